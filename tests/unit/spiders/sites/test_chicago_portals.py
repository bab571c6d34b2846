"""The shipped portal files about Chicago's police policy that need no code: on real pages where they are at hand,
and on fictional pages in the words and structure that were seen.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scrapy.http import Response, TextResponse

from config.portal import Portal, read_portal
from crawler.check import check_settings
from releases.model import EmptyMarker, ListingPage, Record
from spiders.registry import spider_class
from tests.captures import REAL, needs_captures
from tests.portals.offline import Outcome, crawl, html

ROOT = Path(__file__).resolve().parents[4]
"""Captures stand beside the repository; machines that were not given them have none."""
SHIPPED = [
    "chicago-ccpsa-press", "chicago-consent-decree-docket", "chicago-consent-decree-monitor", "chicago-consent-decree-pages", "chicago-district-councils",
    "chicago-district-councils-2023", "chicago-fop-lodge-7", "chicago-police-board", "chicago-police-board-decisions",
    "chicago-police-board-meetings", "chicago-sergeants-association", "cpd-directives", "cpd-directives-2010s",
    "cpd-drafts-2024", "cpd-reform",
]  # fmt: skip


def shipped(slug: str) -> Portal:
    return read_portal(ROOT / "spiders" / "portals" / f"{slug}.toml")


def read(slug: str, pages: dict[str, str | bytes]) -> Outcome:
    """The shipped portal over `pages`: address, or the end of one, → page."""
    portal = shipped(slug)

    def fetch(url: str) -> Response:
        (body,) = (body for address, body in pages.items() if url == address or url.endswith(address))
        if url.endswith(".xml"):
            return TextResponse(url, body=body if isinstance(body, bytes) else body.encode())
        return html(url, body if isinstance(body, bytes) else body.encode())

    return crawl(spider_class(portal.spider)(portal), fetch)


@pytest.mark.parametrize("slug", SHIPPED)
def test_shipped_files_are_accepted(slug: str) -> None:
    portal = shipped(slug)
    check_settings(portal, slug)
    assert portal.slug == slug
    assert portal.timezone == "America/Chicago"


@needs_captures
def test_real_meetings_of_the_police_board() -> None:
    page = (REAL / "chicago-police-board" / "chi_policeboard.html").read_bytes()
    outcome = read("chicago-police-board-meetings", {"public_meetings.html": page})
    found = outcome.of(Record)
    assert outcome.errors == []
    assert (len(found), sum(len(record.files) for record in found)) == (12, 18)
    assert {record.fields["year"] for record in found} == {"2017"}
    assert [sum(record.fields[name] is not None for record in found) for name in ("blue_book", "transcript")] == [9, 9]
    assert (found[0].key, found[-1].key) == ("Thursday, January 19", "Thursday, December 14")


@needs_captures
def test_a_real_page_of_the_board_as_a_watched_page() -> None:
    """Another page of the same site stands in for the page on discipline: its own words, and 19 documents."""
    page = (REAL / "chicago-police-board" / "chi_policeboard.html").read_bytes()
    outcome = read("chicago-police-board", {"police_discipline.html": page, "public_meetings_archives.html": page})
    assert outcome.errors == []
    found = outcome.of(Record)
    assert len(found) == 2
    assert len(found[0].files) == 19
    lines = str(found[0].fields["text"]).splitlines()
    assert [sum(line.startswith(f"Thursday, {month} ") for line in lines) for month in ("January", "October")] == [1, 1]


@needs_captures
def test_real_pages_of_district_councils() -> None:
    """Agendas, notices, bylaws, nominations; pages that were not kept answer as the last that was."""
    folder = REAL / "chicago-ccpsa-district-councils"
    portal = shipped("chicago-district-councils-2023")
    kept = {f"DC00{n}": (folder / f"DC00{n}.html").read_bytes() for n in range(1, 6)}
    outcome = crawl(
        spider_class(portal.spider)(portal),
        lambda url: html(url, kept.get(url.rsplit("/", 1)[-1].removesuffix(".html"), kept["DC005"])),
    )
    assert outcome.errors == []
    found = {record.key.rsplit("/", 1)[-1].removesuffix(".html"): record for record in outcome.of(Record)}
    assert len(found) == 22
    assert {name: len(found[name].files) for name in kept} == {
        "DC001": 6,
        "DC002": 3,
        "DC003": 1,
        "DC004": 1,
        "DC005": 1,
    }


DISCIPLINE = """<h1>Police Discipline</h1><nav><ul><li>Case No archive PB</li></ul></nav>
<p>Below are the Findings and Decisions decided in:</p><ul>{decided}</ul>
<p>Currently before the Police Board are the following cases:</p><p>No. 99 PB 9002: Imaginary conduct</p>"""


def test_decisions_of_the_police_board() -> None:
    """One record per case number, two in one month; a month without is none; what is pending is no decision."""
    decided = (
        '<li>March 2099: Case Nos. <a href="/content/dam/x/98PB9001.pdf">98 PB 9001</a> and'
        ' <a href="/content/dam/x/98PB9002.pdf">98 PB 9002</a></li><li>February 2099: None</li>'
        '<li>January 2099: <a href="/content/dam/x/98PB9000.pdf">Case No. 98 PB 9000</a></li>'
    )
    outcome = read("chicago-police-board-decisions", {"police_discipline.html": DISCIPLINE.format(decided=decided)})
    assert outcome.errors == []
    assert [(one.key, one.fields["month"], one.kind) for one in outcome.of(Record)] == [
        ("98 PB 9001", "March 2099", "decision"), ("98 PB 9002", "March 2099", "decision"),
        ("98 PB 9000", "January 2099", "decision"),
    ]  # fmt: skip
    assert [file.url.rsplit("/", 1)[-1] for file in outcome.of(Record)[2].files] == ["98PB9000.pdf"]


def test_a_year_without_decisions_yet() -> None:
    page = DISCIPLINE.format(decided="<li>January 2099: None</li>")
    outcome = read("chicago-police-board-decisions", {"police_discipline.html": page})
    assert [one.words for one in outcome.of(EmptyMarker)] == ["January 2099: None"]
    page = DISCIPLINE.format(decided="<li>January 2099: None</li><li>February 2099: Matter of 99 PB 9009</li>")
    outcome = read("chicago-police-board-decisions", {"police_discipline.html": page})
    assert "at least 1 row" in outcome.errors[0].what


COUNCIL = "https://ccpsa.chicago.gov/district-council/3rd-district-council/"
MEETING = "https://ccpsa.chicago.gov/public-meeting-calendar/event/3rd-district-council-may-5-2099/"
SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
INDEX = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'


def test_a_meeting_of_a_district_council() -> None:
    """The structure of a real page of 2026: details, and a table of documents with their types."""
    base = "https://ccpsa.chicago.gov"
    document = f"{base}/wp-content/uploads/2099/05/Minutes-003-2099-05-05-regular.pdf"
    menu = f'<header><nav><a href="{COUNCIL}">3rd</a><a href="{base}/x.pdf">Guide</a></nav></header>'
    meeting = (
        f"<html><head><title>3rd District Council - May 5, 2099 - CCPSA</title></head><body>{menu}"
        "<main id=primary><div class='container single-event-container'><p class='event-heading'>Meeting Details</p>"
        "<div><p>Date</p><p>May 5, 2099 10:00 AM</p></div><div><p>Organizer</p><p>3rd District Council</p></div>"
        "<div><p>Location</p><p>An invented fieldhouse, where nobody meets</p></div>"
        "<table class='event-documents-table table'><thead><tr><th>Type</th><th>File Name</th><th>Display</th></tr></thead>"
        f"<tr><td>Minutes</td><td class='file-name'>Minutes.pdf</td><td><a class='preview-link' href='{document}'>Preview</a>"
        "</td></tr></table></div></main></body></html>"
    )
    council = (
        f"<html><head><title>3rd District Council</title></head><body>{menu}<main><div class='member-column'>"
        "<h3 class='title'>A. Imaginary</h3><p class='position'>Chair</p></div><div class='member-column'>"
        "<h3 class='title'>Vacant</h3><p class='position'>Nominating Committee</p></div></main></body></html>"
    )
    locations = "".join(f"<url><loc>{url}</loc></url>" for url in (COUNCIL, MEETING, f"{base}/careers/"))
    outcome = read("chicago-district-councils", {
        "/about-the-district-councils/": "<main><p>Twenty-two invented councils meet in public.</p></main>",
        "/sitemap_index.xml": INDEX.format(f"<sitemap><loc>{base}/all-sitemap.xml</loc></sitemap>"),
        "/all-sitemap.xml": SITEMAP.format(locations), COUNCIL: council, MEETING: meeting,
    })  # fmt: skip
    assert outcome.errors == []
    found = {record.url: record for record in outcome.of(Record)}
    assert set(found) == {f"{base}/about-the-district-councils/", COUNCIL, MEETING}
    assert [file.url for file in found[MEETING].files] == [document]
    assert found[COUNCIL].files == ()
    assert all(
        words in str(found[MEETING].fields["text"]) for words in ("May 5, 2099 10:00 AM", "Minutes", "fieldhouse")
    )
    assert all(words in str(found[COUNCIL].fields["text"]) for words in ("Vacant", "Nominating Committee", "Chair"))


def test_reports_of_the_monitor() -> None:
    page = (
        "<nav><a href='/x/'>Monitoring Reports</a></nav><h2>Semi-Annual Independent Monitoring Reports</h2>"
        "<p><a href='/wp-content/uploads/2099/04/IMR-99.pdf'>Ninety-ninth Semi-Annual Independent Monitoring Report</a></p>"
        "<p><a href='/wp-content/uploads/2098/10/IMR-98.pdf'>Eighth Semi-Annual Independent Monitoring Report and "
        "Comprehensive Assessment Part 1</a></p><p><a href='/special/'>IMT Special Report: Invented Focus Groups</a> | "
        "<a href='/press/'>Press Release</a></p>"
    )
    outcome = read("chicago-consent-decree-monitor", {"/reports-information/": page})
    assert outcome.errors == []
    assert [(record.fields["report"], len(record.files)) for record in outcome.of(Record)] == [
        ("ninth", 1), ("Eighth", 1), (None, 0),
    ]  # fmt: skip


def test_the_docket() -> None:
    """Two pages by the link that the answer gives; what nobody bought has no file."""
    portal = shipped("chicago-consent-decree-docket")

    def entry(number: int, file: str) -> dict[str, object]:
        return {
            "id": 9000 + number, "entry_number": number, "date_filed": "2099-04-14", "description": f"Report {number}",
            "recap_documents": [{"description": "Report", "filepath_ia": file, "filepath_local": "recap/x.pdf"}],
        }  # fmt: skip

    following = "https://www.courtlistener.com/api/rest/v4/docket-entries/?cursor=abc"
    file = "https://archive.org/download/gov.uscourts.ilnd.0/gov.uscourts.ilnd.0.852.0.pdf"
    answers = {
        portal.url: {"count": "https://x.example/", "next": following, "results": [entry(852, file)]},
        following: {"next": None, "results": [entry(851, "")]},
    }

    def fetch(url: str) -> Response:
        return TextResponse(url, body=json.dumps(answers[url]).encode(), headers={"Content-Type": "application/json"})

    outcome = crawl(spider_class(portal.spider)(portal), fetch)
    assert outcome.errors == []
    found = {record.key: record for record in outcome.of(Record)}
    assert {key: [one.url for one in record.files] for key, record in found.items()} == {"9852": [file], "9851": []}
    assert (found["9852"].title, found["9852"].fields["filed"]) == ("852 Report 852", "2099-04-14")
    assert [page.last for page in outcome.of(ListingPage)] == [False, True]
    assert portal.token is not None
    assert portal.token.value({"COURTLISTENER_TOKEN": "x"}.get) == "Token x"
