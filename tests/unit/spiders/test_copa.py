from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from scrapy import Request
from scrapy.http import Response

from config.portal import read_portal
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.errors import PageError
from spiders.sites.copa import CopaSpider
from tests.acceptance.copa_truth import CAPTURES
from tests.portals.offline import Outcome, crawl, html, stored

ROOT = Path(__file__).resolve().parents[3]
STORED = ROOT / "tests" / "portals" / "copa" / "pages"
LISTING = "https://www.chicagocopa.org/data-cases/case-portal/"
CASE = "https://www.chicagocopa.org/case/2026-0000901/"


def spider() -> CopaSpider:
    return CopaSpider(read_portal(STORED.parent / "portal.toml"))


def changed(name: str, *changes: tuple[str, str]) -> Callable[[str], Response]:
    """The stored answers, with text of the file `name` replaced."""
    plain = stored(STORED)
    text = (STORED / name).read_text("utf-8")
    url = next(line.split("\t")[1] for line in (STORED / "urls.tsv").read_text().splitlines() if line.startswith(name))
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return lambda asked: html(asked, text) if asked == url else plain(asked)


def read(name: str, *changes: tuple[str, str]) -> Outcome:
    return crawl(spider(), changed(name, *changes))


def record(outcome: Outcome, key: str) -> Record:
    return next(record for record in outcome.of(Record) if record.key == key)


def test_identity_outlives_hosts_and_printed_numbers() -> None:
    before = record(read("case-two-in-one.html"), "2019-9806-and-9807")
    moved = record(
        read("case-two-in-one.html", ("2019-9806 and 9807\n", "2019-09806 and 09807\n")), "2019-9806-and-9807"
    )
    assert (before.key, before.fields) == (moved.key, moved.fields)
    assert (before.printed_key, moved.printed_key) == ("2019-9806 and 9807", "2019-09806 and 09807")
    assert {"2019-9806", "2019-9807"} <= set(before.aliases) & set(moved.aliases)
    assert "http://www.iprachicago.org/case/2019-9806-and-9807/" in before.aliases


def test_a_layout_says_nothing_about_what_it_does_not_print() -> None:
    outcome = read("listing-1.html")
    five, seven = record(outcome, "1070001-2"), record(outcome, "2026-0000901")
    assert five.absent_means_unknown == seven.absent_means_unknown
    assert five.absent_means_unknown & five.fields.keys() == {"incident_types"}
    assert five.absent_means_unknown - seven.fields.keys() == {"incident_types"}
    assert seven.fields["closed_date"] is None
    assert "page_layout" in five.flapping


@pytest.mark.parametrize(
    "heads",
    [
        [('<th scope="col">District of Occurrence</th>', '<!-- <th scope="col">District of Occurrence</th> -->')],
        [('<th scope="col">Closed Date</th>', '<th scope="col">Date Closed</th>')],
        [('<th scope="col">Closed Date</th>', '<th scope="col">Closed Date</th><th scope="col">Rank</th>')],
        [('<table class="table table-striped">', '<div class="cards">')],
        [('<div class="entry-content">', '<div class="content">')],
        [('<th scope="row">', '<!-- <th scope="row">'), ("<td>\n                    02-05-2026 11:34 am", "--> <td>2026/02/05")],
        [("02-05-2026 11:34 am", "5 February 2026")],
        [("2026-0000901\n", "-\n")],
    ],
)  # fmt: skip
def test_a_changed_case_page_is_an_error_and_the_case_stays_sighted(heads: list[tuple[str, str]]) -> None:
    outcome = read("case-7-columns.html", *heads)
    assert [error.url for error in outcome.errors] == [CASE]
    assert "2026-0000901" in {sighting.key for sighting in outcome.of(Sighting)}
    assert "2026-0000901" not in {record.key for record in outcome.of(Record)}
    assert len(outcome.of(Record)) == 2


def test_the_error_names_expected_and_found_columns() -> None:
    old = '<th scope="col">District of Occurrence</th>'
    error = read("case-7-columns.html", (old, f"<!-- {old} -->")).errors[0]
    assert "“district of occurrence”" in error.expected
    assert "District" not in error.found
    assert "“Closed Date”" in error.found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Page 1 of 2", "Page 1"), "Page N of M"),
        (("Page 1 of 2", "Page 2 of 2"), "page 1"),
        (('<div class="nav-next"><a', '<div class="next"><a'), "1 next page"),
        (("Page 1 of 2", "Page 1 of 1"), "no next page"),
        (("/case/2026-0000901/", "/cases?id=2026-0000901"), "/case/<slug>/"),
        (("ipra-case-search-data-table", "case-table"), "at least 1 case"),
    ],
)
def test_a_changed_listing_is_an_error(change: tuple[str, str], words: str) -> None:
    outcome = read("listing-1.html", change)
    assert words in outcome.errors[0].expected
    assert not any(page.last for page in outcome.of(ListingPage))


def test_pagination_that_repeats_a_page_ends_with_an_error() -> None:
    first = (STORED / "listing-1.html").read_text("utf-8")
    plain = stored(STORED)

    def answer(url: str) -> Response:
        if "case-portal" not in url:
            return plain(url)
        number = int(url.rpartition("sf_paged=")[2]) if "sf_paged" in url else 1
        text = first.replace("Page 1 of 2", f"Page {number} of 999999")
        return html(url, text.replace("sf_paged=2", f"sf_paged={number + 1}"))

    outcome = crawl(spider(), answer)
    assert len([url for url in outcome.asked if "case-portal" in url]) == 2
    assert "again" in outcome.errors[0].found


def test_an_empty_list_that_says_so_and_one_that_does_not() -> None:
    said = crawl(spider(), lambda url: html(url, "<body><main><p>No Results Found</p></main></body>"))
    assert [marker.words for marker in said.of(EmptyMarker)] == ["No Results Found"]
    assert said.of(ListingPage)[0].last
    silent = crawl(spider(), lambda url: html(url, "<body><main></main></body>"))
    assert silent.yielded == []
    assert "words that there is none" in silent.errors[0].expected


def test_menus_are_not_listings() -> None:
    assert "1099999-featured" not in {sighting.key for sighting in read("listing-1.html").of(Sighting)}
    files = [file.url for record in read("listing-1.html").of(Record) for file in record.files]
    assert not [url for url in files if "Annual-Report" in url or "Privacy" in url]


def test_a_video_without_an_address_is_an_error() -> None:
    error = read("case-5-columns.html", ("var src = 'https://player.vimeo.com", "var url = 'https://player.vimeo.com"))
    assert "#link100000001" in error.errors[0].selector


def test_an_answer_that_is_no_page() -> None:
    with pytest.raises(PageError, match="an HTML page"):
        list(spider().listing(Response(LISTING, body=b"%PDF-1.4"), number=1))


def test_a_redirected_case_keeps_the_listed_slug() -> None:
    body = (STORED / "case-7-columns.html").read_bytes()
    moved = html("https://www.chicagocopa.org/case/2026-0000901-2/", body)
    found = next(item for item in spider().case(moved, slug="2026-0000901") if isinstance(item, Record))
    assert (found.key, found.url) == ("2026-0000901", moved.url)


if CAPTURES.is_dir():

    def test_structure_fixtures_of_the_real_portal() -> None:
        def answer(name: str, url: str) -> Response:
            return html(url, (CAPTURES / name).read_bytes())

        five = next(iter(spider().case(answer("case-page-gen1-5col-2018.html", CASE), slug="a")))
        seven = next(iter(spider().case(answer("case-page-gen2-7col-2026.html", CASE), slug="b")))
        assert isinstance(five, Record)
        assert isinstance(seven, Record)
        assert (five.fields["incident_date"], five.fields["district"]) == ("2013-04-30T21:30", ["04"])
        assert len(five.fields["involved_civilians"] or ()) == 3  # type: ignore[arg-type]
        assert [file.kind for file in five.files] == ["video", "audio", "incident-report"]
        assert (seven.fields["incident_date"], seven.fields["closed_date"]) == ("2026-02-05T11:34", None)
        listed = list(spider().listing(answer("case-portal-listing-gen2-skeleton.html", LISTING), number=1))
        assert [item.key for item in listed if isinstance(item, Sighting)] == ["1111111-1"]
        assert len([item for item in listed if isinstance(item, Request)]) == 2
