"""CivicPlus: the Document Center, an archive, the Agenda Center, and what each way they can change is told as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import scrapy
from scrapy.http import HtmlResponse, Response, TextResponse

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Note, Record, Sighting
from spiders.platforms.civicplus import CivicPlusSpider
from spiders.recognition.civicplus import CivicPlusRecogniser
from spiders.recognition.model import PROOF, Seen
from tests.portals.offline import Outcome, converse
from tests.replicas.civicplus import HOST, CivicPlusReplica, Meeting
from tests.replicas.server import Asked

SITE = f"https://{HOST}"
CENTER, ARCHIVE, AGENDAS = f"{SITE}/DocumentCenter/Index/49", f"{SITE}/Archive.aspx?AMID=31", f"{SITE}/AgendaCenter"


@pytest.fixture
def replica() -> Iterator[CivicPlusReplica]:
    with CivicPlusReplica() as made:
        yield made


def response(replica: CivicPlusReplica, request: scrapy.Request) -> Response:
    headers = {name.decode().lower(): values[0].decode() for name, values in request.headers.items()}
    headers["cookie"] = "ASP.NET_SessionId=a1"
    target = request.url.removeprefix(SITE)
    reply = replica.reply(Asked(request.method, "https", HOST, target, headers, request.body))
    body, kind = reply.encoded()
    made = HtmlResponse if "html" in kind else TextResponse
    return made(request.url, status=reply.status, body=body, encoding="utf-8")


def crawled(replica: CivicPlusReplica, *edits: tuple[str, str], url: str = CENTER, **parameters: Any) -> Outcome:
    edited = [0]

    def answer(request: scrapy.Request) -> Response:
        found = response(replica, request)
        text = found.text
        for old, new in edits:
            edited[0] += old in text
            text = text.replace(old, new)
        return found.replace(body=text.encode())

    spider = CivicPlusSpider(Portal("p", "P", "A", "X", url, "civicplus", parameters=parameters))
    outcome = converse(spider, answer)
    assert edited[0] >= len(edits), "an edit that changes nothing tests nothing"
    return outcome


@pytest.mark.parametrize("hazards", [set(), {"token"}], ids=["open", "with a token"])
def test_a_folder_and_all_below_it(replica: CivicPlusReplica, hazards: set[str]) -> None:
    replica.hazards = hazards
    outcome = crawled(replica)
    assert not outcome.errors
    assert len(outcome.of(Record)) == len({one.key for one in outcome.of(Sighting)}) == 106
    assert {page.listing: page.rows for page in outcome.of(ListingPage)} == {"49": 1, "50": 104, "52": 1}
    (force,) = [one for one in outcome.of(Record) if one.key == "9001"]
    assert (force.fields["folder"], force.fields["modified"], force.files[0].name) == (
        ["Policies"], "2025-03-04", "Use of Force.docx",
    )  # fmt: skip
    assert force.url == f"{SITE}/DocumentCenter/View/9001"


def test_the_whole_document_center_and_what_is_left_out(replica: CivicPlusReplica) -> None:
    whole = crawled(replica, url=f"{SITE}/DocumentCenter")
    assert {"7001", "8101"} <= {one.key for one in whole.of(Record)}
    some = crawled(replica, url=f"{SITE}/DocumentCenter/", skip=["Parks", "police/press logs"])
    assert {one.key for one in some.of(Record)} == {"8101", "9001"}
    shallow = crawled(replica, depth=1)
    assert {one.key for one in shallow.of(Record)} == {"8101"}
    assert "folders below parameters.depth = 1 are not read" in {note.words for note in shallow.of(Note)}
    assert {error.expected for error in crawled(replica, folders=1).errors} == {
        "at most 1 folders (parameters.folders)"
    }


def test_an_empty_folder_says_so(replica: CivicPlusReplica) -> None:
    police = replica.center.folders[0]
    police.documents, police.folders = [], []
    outcome = crawled(replica)
    assert (outcome.errors, [marker.words for marker in outcome.of(EmptyMarker)]) == ([], ["TotalCount: 0"])


@pytest.mark.parametrize(
    ("hazard", "expected", "found"),
    [
        ("same-rows", "rows of page 2", "the rows of page 1 again"),
        ("cut-short", "the other 4 of 104 documents", "a list of 0"),
        ("signed-out", "JSON", "HTML or XML: '<!DOCTYPE html><html><head><title>Sign In"),
    ],
)
def test_a_list_that_cannot_be_whole_is_told(replica: CivicPlusReplica, hazard: str, expected: str, found: str) -> None:
    if hazard == "same-rows":
        press = replica.center.folders[0].folders[0]
        press.documents += press.documents[:96]  # two full pages
    replica.hazards = {hazard}
    errors = crawled(replica).errors
    assert {error.expected for error in errors} == {expected}
    assert all(error.found.startswith(found) for error in errors)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (('"TotalCount"', '"Count"'), "a whole number"),
        (('"ID"', '"Number"'), "a text"),
        (('"DisplayName":"Use', '"Name":"Use'), "a text"),
        (('"Data"', '"Rows"'), "a list"),
        (('"Value":"50"', '"Value":"n50"'), "a folder's number"),
        (('"Documents":[{', '"Files":[{'), "the other 1 of 1 documents"),
    ],
)
def test_every_way_an_answer_can_change_is_told(
    replica: CivicPlusReplica, edit: tuple[str, str], expected: str
) -> None:
    outcome = crawled(replica, edit)
    assert expected in {error.expected for error in outcome.errors}


def test_an_archive(replica: CivicPlusReplica) -> None:
    outcome = crawled(replica, url=ARCHIVE)
    assert [(one.key, one.title) for one in outcome.of(Record)] == [
        ("201", "Commission Minutes January 2025"), ("202", "Commission Minutes February 2025"),
    ]  # fmt: skip
    assert outcome.of(Record)[0].files[0].identity == "archive/201"
    direct = crawled(replica, ("Archive.aspx?ADID=202", "/ArchiveCenter/ViewFile/Item/202"), url=ARCHIVE)
    assert {one.key for one in direct.of(Record)} == {"201", "202"}
    (error,) = crawled(replica, ("ADID=", "ID="), url=ARCHIVE).errors
    assert error.expected == "at least 1 item of the archive"


def test_meetings_keep_their_number_when_their_day_moves(replica: CivicPlusReplica) -> None:
    before = {one.key: one for one in crawled(replica, url=AGENDAS).of(Record)}
    assert set(before) == {"3433", "3400", "3399"}
    replica.meetings[0].day, replica.meetings[0].said = "04302025", "April 30, 2025"
    after = {one.key: one for one in crawled(replica, url=AGENDAS).of(Record)}
    assert (before["3433"].fields["date"], after["3433"].fields["date"]) == ("2025-04-23", "2025-04-30")
    assert [file.identity for file in before["3433"].files] == [file.identity for file in after["3433"].files]


def test_recordings_and_minutes_of_a_meeting(replica: CivicPlusReplica) -> None:
    records = {one.key: one for one in crawled(replica, url=AGENDAS).of(Record)}
    files = {file.name: file for file in records["3400"].files}
    assert set(files) == {"Agenda", "Minutes", "Packet", "Recording"}
    assert (files["Recording"].host, files["Recording"].kind) == ("embed", "video")
    assert not any("html=true" in file.url or "Previous" in file.url for file in records["3400"].files)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("catAgendaRow", "agendaRow"), "at least 1 element"),
        (('name="_0305', 'title="_0305'), "1 anchor _MMDDYYYY-number"),
        (('aria-label="Agenda for March 5, 2025"', 'aria-label="Agenda for 2025-03-05"'), "a date as AGENDA FOR %B %d, %Y"),
        (('aria-label="Agenda for March 5', 'title="Agenda for March 5'), "1 element"),
        (("Special Meeting", ""), "the meeting's title"),
    ],
)  # fmt: skip
def test_a_row_that_differs_is_told_and_the_others_are_read(
    replica: CivicPlusReplica, edit: tuple[str, str], expected: str
) -> None:
    outcome = crawled(replica, edit, url=AGENDAS)
    assert [error.expected for error in outcome.errors] == [expected]
    assert len(outcome.of(Record)) == (0 if "catAgendaRow" in edit[0] else 2)


def test_the_portal_file_names_a_part_of_the_site() -> None:
    for url in (f"{SITE}/", f"{SITE}/Archive.aspx", f"{SITE}/DocumentCenter/View/12"):
        with pytest.raises(ConfigError, match=r"DocumentCenter/Index/12"):
            CivicPlusSpider(Portal("p", "P", "A", "X", url, "civicplus"))


def test_recognised_by_its_parts(replica: CivicPlusReplica) -> None:
    recogniser = CivicPlusRecogniser()

    def proposed(url: str) -> Any:
        first = Seen(response(replica, scrapy.Request(url)))
        assert max(sign.weight for sign in recogniser.signs(first)) == PROOF
        asked = {
            one.name: Seen(response(replica, scrapy.Request(one.url, method="POST", body=one.body, headers=dict(one.headers))))
            for one in recogniser.questions(first)
        }  # fmt: skip
        return recogniser.propose(first, asked)

    center, archive, agendas = proposed(CENTER), proposed(ARCHIVE), proposed(AGENDAS)
    assert (center.url, center.records, center.name) == (CENTER, None, "Document Center • Lake Harbor")
    assert "2 folders below it are counted only by a crawl" in center.doubts
    assert (archive.records, archive.files, archive.window) == (2, 2, False)
    assert (agendas.records, agendas.files, agendas.window) == (3, 7, True)
    replica.hazards = {"token"}
    assert "the folder's size is not known" in proposed(CENTER).doubts[0]


@pytest.mark.parametrize("body", [b"", b"\xff\x00" * 40, b"{}", b"<tr class=catAgendaRow>" * 50])
def test_garbage_is_no_proof(body: bytes) -> None:
    garbage = Seen(TextResponse("https://lakeharbor.example/", body=body))
    assert all(sign.weight < PROOF for sign in CivicPlusRecogniser().signs(garbage))
    assert CivicPlusRecogniser().questions(garbage) == []
    assert CivicPlusRecogniser().propose(garbage, {}) is None


def test_a_meeting_with_minutes_alone_stands_on_the_list(replica: CivicPlusReplica) -> None:
    replica.meetings = [Meeting(3390, "02052025", "February 5, 2025", "Retreat", minutes=True)]
    outcome = crawled(replica, ("/ViewFile/Agenda/", "/Elsewhere/"), url=AGENDAS)
    (record,) = outcome.of(Record)
    assert (record.url, [file.name for file in record.files]) == (AGENDAS, ["Minutes"])
