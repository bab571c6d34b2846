"""What one crawl's verdict leaves behind for the next."""

from datetime import UTC, datetime

import msgspec

from config.portal import Expect
from crawler.health import Findings, History, history, judge
from releases.model import ListingPage, Record


def crawl(day: int, *, limited: str = "", **fields: str) -> History:
    """One more crawl of three records with `fields`, kept as the crawl's row is; what is known after it."""
    from archive.catalog.models import Crawl, Portal

    findings = Findings(listing_pages=[ListingPage("u", 1, 3, last=True)], answers=[("u", 200, "")], limited_by=limited)
    for number in range(3):
        findings.saw(Record(f"k{number}", "case", "u", "t", fields))
    judged = judge(findings, history("copa"), Expect())
    at = datetime(2026, 1, day, tzinfo=UTC)
    Portal.objects.get_or_create(slug="copa", defaults={"name": "", "url": "", "first_crawl_at": at})
    Crawl.objects.create(
        id=f"c{day}", portal="copa", started_at=at, verdict=judged.verdict, coverage=judged.coverage,
        answers=msgspec.to_builtins(judged.answers), figures=msgspec.to_builtins(judged.figures), extractor="copa 1",
        listed_at=at,
    )  # fmt: skip
    return history("copa")


def test_history_is_the_last_complete_healthy_crawl(catalog):
    assert history("copa") == History(first=True, backfill=True)
    limited = crawl(1, limited="--max-records = 3", status="open")
    assert (limited.first, limited.backfill, limited.sightings) == (False, True, None)
    full = crawl(2, status="open", district="7")
    assert (full.backfill, full.sightings, full.records) == (False, 3, 3)
    assert full.fields == {"status": 3, "district": 3}
    assert crawl(3, status="open") == full, "a broken crawl is nothing to compare with"
    from archive.catalog.models import Crawl

    assert Crawl.objects.get(id="c3").verdict == "broken"
