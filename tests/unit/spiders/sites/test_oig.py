"""An inspector general's publications: two layouts, one identity; what is not as known is an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import scrapy
from scrapy.http import Response

from config.portal import read_portal
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.page import parse
from spiders.sites.oig import CASES, LOGS, PRINTED, OigSpider
from tests.acceptance.copa_truth import CAPTURES
from tests.portals.offline import Outcome, converse
from tests.replicas.asking import served
from tests.replicas.oig import OigReplica

PORTAL = Path(__file__).resolve().parents[3] / "portals" / "lake-harbor-oig-a" / "portal.toml"
TEXTS = CAPTURES.parent / "page-text-excerpts"


@pytest.fixture
def site() -> Iterator[OigReplica]:
    with OigReplica() as replica:
        yield replica


def read(site: OigReplica, *changes: tuple[str, str], at: str = "") -> Outcome:
    """What the spider finds, with text of the pages whose address ends in `at` replaced."""

    def answer(request: scrapy.Request) -> Response:
        found = served(site, request)
        for old, new in changes if request.url.endswith(at) else ():
            assert old.encode() in found.body, found.body
            found = found.replace(body=found.body.replace(old.encode(), new.encode()))
        return found

    return converse(OigSpider(read_portal(PORTAL)), answer)


def by_key(outcome: Outcome) -> dict[str, Record]:
    return {record.key: record for record in outcome.of(Record)}


def test_three_reports_of_one_title_are_three_records(site: OigReplica) -> None:
    site.hazards |= {"layout-b", "moved"}
    records = by_key(read(site))
    same = [record for record in records.values() if "Reopen" in record.title]
    assert len({record.fields["title"] for record in same}) == 1
    assert sorted(number for record in same for number in record.fields["log_numbers"] or ()) == [  # type: ignore[union-attr]
        "2024-0000903", "2024-0000904", "2025-0000901", "2025-0000902",
    ]  # fmt: skip
    assert all(set(record.fields["oig_case_numbers"]) < set(record.aliases) for record in same)  # type: ignore[arg-type]


def test_both_layouts_and_both_addresses_give_the_same_keys(site: OigReplica) -> None:
    first = by_key(read(site))
    site.hazards |= {"layout-b", "moved"}
    second = by_key(read(site))
    assert first.keys() == second.keys()
    for key, record in first.items():
        other = second[key]
        shared = record.fields.keys() & other.fields.keys()
        assert {name: record.fields[name] for name in shared} == {name: other.fields[name] for name in shared}
        assert (record.fields.keys() ^ other.fields.keys()) <= record.absent_means_unknown
        assert [file.url for file in record.files] == [file.url for file in other.files]


def test_reports_and_responses_are_told_apart(site: OigReplica) -> None:
    files = by_key(read(site))["force-review"].files
    assert [(file.kind, file.name) for file in files] == [
        ("report", "Read the full report here."), ("response", "Department's response"),
    ]  # fmt: skip


def test_menus_sections_and_other_sites_are_no_reports(site: OigReplica) -> None:
    outcome = read(site)
    assert {one.key for one in outcome.of(Sighting)} == set(by_key(outcome))
    assert not {"featured-report", "quarterly-reports"} & {one.key for one in outcome.of(Sighting)}


def test_an_empty_list_says_so_and_a_bare_one_is_an_error(site: OigReplica) -> None:
    site.hazards.add("empty")
    outcome = read(site)
    assert [marker.words for marker in outcome.of(EmptyMarker)] == ["No publications found"]
    site.hazards = {"bare"}
    outcome = read(site)
    assert "links to reports" in outcome.errors[0].expected
    assert outcome.yielded == []


def test_a_list_that_goes_on_by_script_is_capped(site: OigReplica) -> None:
    site.hazards.add("load-more")
    assert [(page.rows, page.last, page.capped) for page in read(site).of(ListingPage)] == [(2, True, 1)]


def test_a_missing_next_page_is_an_error(site: OigReplica) -> None:
    site.hazards.add("no-next")
    site.state.per_page = 1
    outcome = read(site)
    assert (outcome.errors[0].expected, outcome.errors[0].found) == ("a link to page 2", "links to pages [3, 4]")
    assert not any(page.last for page in outcome.of(ListingPage))


def test_a_page_that_repeats_is_an_error(site: OigReplica) -> None:
    outcome = converse(
        OigSpider(read_portal(PORTAL)),
        lambda request: served(site, request.replace(url=request.url.replace("page/2/", ""))).replace(url=request.url),
    )
    assert "the rows of page 1 again" in outcome.errors[0].found


@pytest.mark.parametrize(
    ("change", "at", "words"),
    [
        (("<h1>", "<h4>"), "force-review/", "the report's title"),
        (("March 18, 2026", "March 38, 2026"), "reviews-reports/", "a date as"),
        (
            ("<h2>", "<h2>" + "<p></p>" * 3000 + "<a href='/x'>x</a>" * 3000),
            "reviews-reports/",
            "a page of ordinary size",
        ),
    ],
)
def test_a_changed_page_is_an_error(site: OigReplica, change: tuple[str, str], at: str, words: str) -> None:
    outcome = read(site, change, at=at)
    assert words in outcome.errors[0].expected


if TEXTS.is_dir():

    def test_the_real_lists_in_both_layouts() -> None:
        """Only text was had: dates of layout A, log and case numbers of layout B."""
        first = (TEXTS / "igchicago.org_reviews-reports@2021-02.txt").read_text("utf-8").splitlines()
        assert sum(PRINTED.match(line) is not None for line in first) == 4
        second = (TEXTS / "igchicago.org_reviews-reports@~2025.txt").read_text("utf-8")
        text = parse("https://igchicago.org/", f"<p>{second}</p>").text
        assert (
            len({found[1] for found in LOGS.finditer(text)}) == len({found[1] for found in CASES.finditer(text)}) == 3
        )
