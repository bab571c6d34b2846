"""What lists say of the last change of their records: which pages are asked for when it is as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from scrapy.http import Response

from config.errors import ConfigError
from config.portal import Portal
from releases.model import Note, Record, Sighting
from spiders.platforms.legistar import LegistarSpider
from spiders.portal_spider import PortalSpider
from spiders.registry import spider_class
from tests.portals.offline import Outcome, crawl, html
from tests.replicas.asking import crawled
from tests.replicas.legistar import LegistarReplica

SITE = "https://example.org"
LIST = (
    """<table><tr><td><a href="/case/1">One</a><td>2026-05-01<tr><td><a href="/case/2">Two</a><td>2026-05-02</table>"""
)
PAGE = "<main><h1>A page</h1><p>What it says.</p></main>"


@dataclass
class AllRead:
    """Readings of a portal whose every record was read under the stamps of an earlier crawl."""

    stamps: dict[str, str] = field(default_factory=dict)

    def unchanged(self, key: str, stamp: str) -> bool:
        return bool(stamp) and self.stamps.get(key) == stamp


def spider(kind: str, **parameters: Any) -> PortalSpider:
    return spider_class(kind)(Portal("x", "X", "A", "P", f"{SITE}/list", kind, parameters))


def served(pages: dict[str, str]) -> Callable[[str], Response]:
    def fetch(url: str) -> Response:
        found = pages.get(url.removeprefix(SITE))
        return html(url, found) if found is not None else html(url, "<p>Not found").replace(status=404)

    return fetch


def again(first: Outcome, one: PortalSpider) -> PortalSpider:
    """A spider that knows what an earlier crawl read."""
    read = {record.key for record in first.of(Record)}
    one.readings = AllRead({sighting.key: sighting.stamp for sighting in first.of(Sighting) if sighting.key in read})
    return one


def sitemap(*places: tuple[str, str]) -> str:
    rows = "".join(f"<url><loc>{SITE}{path}</loc><lastmod>{at}</lastmod></url>" for path, at in places)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def opened(outcome: Outcome) -> list[str]:
    return [url.removeprefix(SITE) for url in outcome.asked if "/case/" in url]


def test_a_watched_sitemap_says_which_pages_changed() -> None:
    pages = {"/list": PAGE, "/case/1": PAGE, "/case/2": PAGE, "/case/3": PAGE}
    pages["/map.xml"] = sitemap(("/case/1", "2026-05-01T10:00:00Z"), ("/case/2", "2026-05-02"), ("/case/3", ""))
    first = crawl(spider("pages", sitemap="/map.xml"), served(pages))
    assert sorted(opened(first)) == ["/case/1", "/case/2", "/case/3"]
    second = crawl(again(first, spider("pages", sitemap="/map.xml")), served(pages))
    # The third says nothing of itself; the start page is read always.
    assert opened(second) == ["/case/3"]
    assert SITE + "/list" in second.asked
    assert {one.key for one in second.of(Sighting)} == {one.key for one in first.of(Sighting)}
    pages["/map.xml"] = sitemap(("/case/1", "2026-05-07T10:00:00Z"), ("/case/2", "2026-05-02"))
    assert opened(crawl(again(first, spider("pages", sitemap="/map.xml")), served(pages))) == ["/case/1"]


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><id>f</id>
<entry><id>{site}/case/1</id><link href="{site}/case/1"/><title>One</title><updated>{updated}</updated>{more}</entry></feed>"""
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>F</title><link>{site}</link><description/>
<item><title>One</title><link>{site}/case/1</link><pubDate>Fri, 01 May 2026 10:00:00 GMT</pubDate></item></channel></rss>"""


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        (ATOM.format(site=SITE, updated="2026-05-01T10:00:00Z", more=""), "", []),
        (ATOM.format(site=SITE, updated="2026-05-01T10:00:00Z", more=""),
         ATOM.format(site=SITE, updated="2026-05-01T11:00:00Z", more=""), ["/case/1"]),
        # What the feed itself says of the record is part of it.
        (ATOM.format(site=SITE, updated="2026-05-01T10:00:00Z", more=""),
         ATOM.format(site=SITE, updated="2026-05-01T10:00:00Z", more=f'<link rel="enclosure" href="{SITE}/a.pdf"/>'), ["/case/1"]),
        # A time of publication stays when an article is edited.
        (RSS.format(site=SITE), "", ["/case/1"]),
    ],
)  # fmt: skip
def test_a_feed_says_which_entries_changed(before: str, after: str, asked: list[str]) -> None:
    first = crawl(spider("pages", feed="/feed"), served({"/list": PAGE, "/case/1": PAGE, "/feed": before}))
    assert opened(first) == ["/case/1"]
    pages = {"/list": PAGE, "/case/1": PAGE, "/feed": after or before}
    assert opened(crawl(again(first, spider("pages", feed="/feed")), served(pages))) == asked


ROWS: dict[str, Any] = {
    "row": "tr", "fields": {"changed": "td:nth-child(2)"}, "detail": {"fields": {"words": "p"}},
}  # fmt: skip


def test_a_field_of_a_row_says_which_records_changed() -> None:
    pages = {"/list": LIST, "/case/1": PAGE, "/case/2": PAGE}
    first = crawl(spider("listing", modified="changed", **ROWS), served(pages))
    assert opened(first) == ["/case/1", "/case/2"]
    assert opened(crawl(again(first, spider("listing", modified="changed", **ROWS)), served(pages))) == []
    pages["/list"] = LIST.replace("2026-05-02", "2026-05-03")
    assert opened(crawl(again(first, spider("listing", modified="changed", **ROWS)), served(pages))) == ["/case/2"]
    # The row's own words are part of the record.
    pages["/list"] = LIST.replace("One", "One (amended)")
    assert opened(crawl(again(first, spider("listing", modified="changed", **ROWS)), served(pages))) == ["/case/1"]
    # Dates in a form that is no date to us say nothing.
    pages["/list"] = LIST.replace("2026-05-0", "May ")
    first = crawl(spider("listing", modified="changed", **ROWS), served(pages))
    assert len(opened(crawl(again(first, spider("listing", modified="changed", **ROWS)), served(pages)))) == 2


def test_a_sitemap_says_which_records_of_a_list_changed() -> None:
    index = f"<sitemapindex><sitemap><loc>{SITE}/one.xml</loc></sitemap><sitemap><loc>{SITE}/two.xml</loc></sitemap></sitemapindex>"
    pages = {"/list": LIST, "/case/1": PAGE, "/case/2": PAGE, "/map.xml": index}
    pages |= {"/one.xml": sitemap(("/case/1", "2026-05-01")), "/two.xml": sitemap(("/case/2", "2026-05-02"))}
    first = crawl(spider("listing", sitemap="/map.xml", **ROWS), served(pages))
    assert (opened(first), first.errors) == (["/case/1", "/case/2"], [])
    assert opened(crawl(again(first, spider("listing", sitemap="/map.xml", **ROWS)), served(pages))) == []
    pages["/two.xml"] = sitemap(("/case/2", "2026-05-09"))
    assert opened(crawl(again(first, spider("listing", sitemap="/map.xml", **ROWS)), served(pages))) == ["/case/2"]


@pytest.mark.parametrize("body", [None, "<html>Not found</html>", "<urlset><url>", "<a/>", ""])
def test_a_sitemap_that_says_nothing_only_costs_requests(body: str | None) -> None:
    pages = {"/list": LIST, "/case/1": PAGE, "/case/2": PAGE, **({"/map.xml": body} if body is not None else {})}
    outcome = crawl(spider("listing", sitemap="/map.xml", **ROWS), served(pages))
    assert (opened(outcome), outcome.errors) == (["/case/1", "/case/2"], [])
    assert "does not say which pages changed" in outcome.of(Note)[0].words


def test_settings_that_name_nothing_are_refused() -> None:
    with pytest.raises(ConfigError, match="modified"):
        spider("listing", modified="date", **ROWS)
    with pytest.raises(ConfigError, match="sitemap"):
        spider("listing", sitemap="javascript:alert(1)", **ROWS)


def test_a_matter_is_asked_for_again_when_its_row_is_another() -> None:
    def one() -> LegistarSpider:
        return LegistarSpider(
            Portal("c", "C", "A", "P", "https://lakeharbor.legistar.com/Legislation.aspx", "legistar", {})
        )

    def parts(outcome: Outcome) -> set[str]:
        return {url.split("/matters/")[1].split("/")[0] for url in outcome.asked if "/matters/" in url}

    with LegistarReplica() as replica:
        first = crawled(replica, one())
        assert parts(first) == {"101", "102", "103"}
        assert parts(crawled(replica, again(first, one()))) == set()

        def changed(_: str, answer: Any) -> Any:
            for row in answer:
                if row.get("MatterId") == 102:
                    row["MatterLastModifiedUtc"] = "2026-09-02T10:00:00"
            return answer

        assert parts(crawled(replica, again(first, one()), changed)) == {"102"}
