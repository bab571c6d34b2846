"""Every portal file that ships: it can be read, it says how sure we are, and it fits answers of the shape it names.

The answers here are fictional, in the shape that the file's comment says was seen in working programs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from config.portal import read_portal
from crawler.check import check_settings
from releases.model import Record
from spiders.registry import spider_class
from tests.portals.offline import Outcome, crawl

FOLDER = Path(__file__).resolve().parents[3] / "spiders" / "portals"
FILES = sorted(FOLDER.glob("*.toml"))
LAPD_HEAD = "<tr>" + "".join(
    f"<th>{name}</th>" for name in ("#", "Date", "Type", "Division", "Location", "Name", "CI Number", "Video")
) + "</tr>"  # fmt: skip
LAPD_ROW = (
    "<tr><td>1</td><td>8/27/26</td><td>O.I.S. - Hit</td><td>Harbor</td><td>100 block of Pier Road</td>"
    "<td><a href='/newsroom/nrf000-26/'>Fictional Person</a></td><td>F000-26</td>"
    "<td><a href='https://youtu.be/FICTIONAL001'>Video</a></td></tr>"
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_is_whole_and_says_how_sure_we_are(path: Path) -> None:
    portal = read_portal(path)
    check_settings(portal, str(path))
    assert portal.slug == path.stem
    assert not portal.allow_private_network
    comments = " ".join(line.lstrip("# ") for line in path.read_text("utf-8").splitlines() if line.startswith("#"))
    assert len(comments) > 60, "what it is, and how we know"


NEXTREQUEST = [path for path in FILES if read_portal(path).spider == "nextrequest"]


@pytest.mark.parametrize("path", NEXTREQUEST, ids=lambda path: path.stem)
def test_requests_in_california_go_by_its_law(path: Path) -> None:
    """But for the police accountability office, whose requests are standing ones of its own."""
    portal = read_portal(path)
    expected = ("us-ca",) if "California" in portal.place and portal.slug != "san-francisco-dpa" else ()
    assert portal.laws == expected
    assert len(portal.deadlines) == len(expected)


def read(slug: str, body: Any) -> Outcome:
    portal = read_portal(FOLDER / f"{slug}.toml")
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)

    def fetch(url: str) -> Response:
        if encoded.startswith((b"[", b"{")):
            return TextResponse(url, body=encoded, headers={"Content-Type": "application/json"})
        if encoded.startswith(b"<"):
            return HtmlResponse(url, body=encoded, encoding="utf-8")
        return TextResponse(url, body=encoded, headers={"Content-Type": "text/csv"})

    return crawl(spider_class(portal.spider)(portal), fetch)


def test_ccrb_closing_reports() -> None:
    outcome = read(
        "nyc-ccrb-closing-reports",
        b"ComplaintId,WebsiteDocumentFileName\n209900001,209900001_RedactedClosingReport.pdf\n",
    )
    (record,) = outcome.of(Record)
    assert record.title == "Complaint 209900001"
    assert record.files[0].url.endswith("/pdf/closing-reports/209900001_RedactedClosingReport.pdf")


def test_departure_letters_are_one_each_though_a_case_has_several() -> None:
    rows = b"CaseNumber,LastName,FirstName,FileLink\n209900001,Example,A,a.pdf\n209900001,Sample,B,b.pdf\n"
    records = read("nyc-ccrb-departure-letters", rows).of(Record)
    assert len({record.key for record in records}) == 2
    assert {record.title for record in records} == {"Case 209900001"}
    assert [record.files[0].url.rpartition("/")[2] for record in records] == ["a.pdf", "b.pdf"]


def test_a_column_that_is_gone_is_an_error() -> None:
    outcome = read("nyc-ccrb-closing-reports", b"ComplaintId,Document\n1,a.pdf\n")
    assert "WebsiteDocumentFileName" in str(outcome.errors[0])


def test_seattle_summaries() -> None:
    rows = [
        {
            "case": {"url": "https://www.seattle.gov/Documents/2099OPA-0001.pdf", "description": "2099OPA-0001"},
            "finding": "Sustained",
        }
    ]
    (record,) = read("seattle-opa-closed-cases", rows).of(Record)
    assert (record.key, record.files[0].name) == ("2099OPA-0001", "Closed-case summary")


@pytest.mark.parametrize("moved", [False, True])
def test_lapd_columns_are_found_by_their_headers(moved: bool) -> None:
    head, row = LAPD_HEAD, LAPD_ROW
    if moved:  # another column in front
        head, row = head.replace("<th>#", "<th>Bureau</th><th>#"), row.replace("<td>1<", "<td>South</td><td>1<")
    (record,) = read("lapd-critical-incidents", f"<table>{head}{row}</table>".encode()).of(Record)
    assert (record.key, record.title) == ("F000-26", "100 block of Pier Road")
    assert (record.fields["date"], record.fields["division"]) == ("2026-08-27", "Harbor")
    assert [file.identity for file in record.files] == ["youtube:FICTIONAL001"]
    assert "Fictional Person" not in str(record.fields)


def test_philadelphia_rows() -> None:
    body = b"<table><tr><th>Case</th></tr><tr><td><a href='/ois/99-01'>PS99-01</a></td><td>100 Pier Street</td><td>2099</td><td>FICTIONAL narrative.</td></tr></table>"
    (record,) = read("philadelphia-police-ois", body).of(Record)
    assert (record.key, record.fields["location"], record.fields["narrative"]) == (
        "99-01",
        "100 Pier Street",
        "FICTIONAL narrative.",
    )
