"""GovQA: what is read of a list and of a request, and what each way they can change is told as."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import scrapy
from scrapy.http import HtmlResponse

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.errors import PageError
from spiders.page import parse
from spiders.platforms.govqa import GovQaSpider, stable
from spiders.platforms.govqa_request import FIELDS, sections
from spiders.recognition.govqa import GovQaRecogniser
from spiders.recognition.model import PROOF, Seen
from spiders.webforms import called_back_html, grid_page, read_form
from tests.captures import REAL, needs_captures
from tests.portals.offline import Outcome, converse
from tests.replicas.govqa import HOST, ROOT, GovQaReplica
from tests.replicas.server import Asked

CAPTURES = REAL / "govqa"
LIST = f"https://{HOST}{ROOT}OpenRecordsSummary.aspx?view=1"


def spider(url: str = LIST, **parameters: Any) -> GovQaSpider:
    return GovQaSpider(Portal("p", "P", "A", "X", url, "govqa", parameters=parameters))


@pytest.fixture
def replica() -> Iterator[GovQaReplica]:
    with GovQaReplica() as made:
        yield made


class Talk:
    """A spider's conversation with a replica, redirects followed; `edits` change what pages of a kind say."""

    def __init__(self, replica: GovQaReplica, *edits: tuple[str, str]) -> None:
        self.replica, self.edits, self.edited = replica, edits, 0

    def answer(self, request: scrapy.Request) -> HtmlResponse:
        url, method, body = request.url, request.method, request.body
        for _ in range(5):
            path = url.removeprefix(f"https://{HOST}")
            reply = self.replica.reply(Asked(method, "https", HOST, path, {}, body))
            there = dict(reply.headers).get("Location")
            if there is None:
                break
            url, method, body = f"https://{HOST}{there}", "GET", b""
        text = reply.encoded()[0].decode()
        for old, new in self.edits:
            self.edited += old in text
            text = text.replace(old, new)
        return HtmlResponse(url, status=reply.status, body=text.encode(), encoding="utf-8")


def crawled(replica: GovQaReplica, *edits: tuple[str, str], **parameters: Any) -> Outcome:
    talk = Talk(replica, *edits)
    outcome = converse(spider(**parameters), talk.answer)
    assert talk.edited >= len(edits), "an edit that changes nothing tests nothing"
    return outcome


def test_keys_and_addresses_are_equal_across_sessions(replica: GovQaReplica) -> None:
    first, second = crawled(replica), crawled(replica)
    assert [one.key for one in first.of(Sighting)] == [one.key for one in second.of(Sighting)]
    assert first.of(Record) == second.of(Record)
    assert len(replica.sessions) >= 2
    told = json.dumps(
        [[one.key, one.url, *(file.identity + file.url for file in one.files)] for one in first.of(Record)]
    )
    assert "(S(" not in told
    assert not first.errors


def test_a_session_that_ends_is_renewed_once(replica: GovQaReplica) -> None:
    replica.hazards = {"short-sessions"}
    outcome = crawled(replica)
    assert (len(outcome.of(Record)), outcome.errors) == (12, [])


def test_a_portal_where_every_page_leads_to_the_login_is_an_error_for_each(replica: GovQaReplica) -> None:
    replica.hazards = {"no-archive"}
    (error,) = crawled(replica).errors
    assert error.found == f"sent on to {ROOT}Login.aspx: the session ended, or a login"


def test_page_one_for_ever(replica: GovQaReplica) -> None:
    replica.hazards = {"page-one-again"}
    outcome = crawled(replica)
    assert [(error.expected, error.found) for error in outcome.errors] == [("page 2", "page 1")]
    assert len(outcome.of(Sighting)) == 10
    assert not any(page.last for page in outcome.of(ListingPage))


def test_rows_of_another_page_under_the_right_number(replica: GovQaReplica) -> None:
    replica.requests += replica.requests[:8] + replica.requests[:10]  # page 3 shows page 1's
    errors = crawled(replica).errors
    assert [(error.expected, error.found) for error in errors] == [("rows of page 3", "the rows of page 1 again")]


def test_the_older_layout_is_read_by_its_headers(replica: GovQaReplica) -> None:
    replica.hazards = {"older-layout"}
    outcome = crawled(replica)
    assert not outcome.errors
    records = {one.key: one for one in outcome.of(Record)}
    assert len(records) == 12
    assert records["R000411-090225"].fields["closed_date"] == "2025-09-12T14:05"
    assert len(records["R000411-090225"].files) == 3
    bare = records["R000412-091525"]
    assert (bare.url, bare.files, bare.aliases, bare.fields["status"]) == (LIST, (), (), "Open")


def test_rows_alone(replica: GovQaReplica) -> None:
    outcome = crawled(replica, details=False)
    assert {len(one.files) for one in outcome.of(Record)} == {0}
    assert outcome.of(Record)[1].fields["summary"] == "Policy on vehicle pursuits & its drafts"
    assert not [url for url in outcome.asked if "Details" in url]


def test_pages_of_old_closed_requests_are_not_read_and_what_they_say_stays(replica: GovQaReplica) -> None:
    outcome = crawled(replica, closed=1)
    assert [url.partition("rid=")[2] for url in outcome.asked if "Details" in url] == ["7412&view=1", "7411&view=1"]
    records = {one.key: one for one in outcome.of(Record)}
    assert len(records) == 12
    read, unread = records["R000411-090225"], records["R000398-081425"]
    assert unread.fields.keys() == {"number", "status", "state", "requested_date", "summary"}
    assert unread.absent_means_unknown == read.absent_means_unknown
    assert unread.absent_means_unknown.isdisjoint(unread.fields)
    assert {"files", "text", "closed_date"} <= read.absent_means_unknown
    assert read.title == unread.title.replace("Use of force report LH-2025-0107", read.title)


def test_an_archive_that_says_it_is_empty(replica: GovQaReplica) -> None:
    replica.requests = []
    outcome = crawled(replica)
    assert outcome.of(EmptyMarker)[0].words == "No data to display"
    assert [page.total for page in outcome.of(ListingPage)] == [0]


def test_a_label_that_the_portal_file_names_is_taken_and_others_are_hinted_at(replica: GovQaReplica) -> None:
    made = spider(labels={"Incident date:": "incident_date"})
    records = {one.key: one for one in converse(made, Talk(replica).answer).of(Record)}
    assert records["R000398-081425"].fields["incident_date"] == "7/4/2025"
    assert made.hints == []
    made = spider()
    records = {one.key: one for one in converse(made, Talk(replica).answer).of(Record)}
    assert "incident_date" not in records["R000398-081425"].fields
    assert made.hints == ["requests also print Incident Date: `parameters.labels` takes what you name there"]


@pytest.mark.parametrize(
    ("edits", "what", "found"),
    [
        ([('"gridView_DXDataRow', '"gridView_Row')], "at least 1 request", "none"),
        ([("Request Number:", "Ticket:")], "request number", "labels ['Ticket', 'Create Date'"),
        ([("dxp-summary", "pager-words")], "`Page N of M (K items)`", "none"),
        ([("Page 1 of 2 (12 items)", "1 / 2")], "`Page N of M (K items)`", "['1 / 2']"),
        ([("__VIEWSTATE", "__STATE")], "1 form with a view state", "0"),
        ([("Reference No:", "Ticket:")], "R000", "none"),
        ([("R000411-090225</p>", "R000999-010125</p>")], "R000411-090225", "'R000999-010125'"),
        ([("9/12/2025 2:05:00 PM", "12.09.2025")], "a date as %m/%d/%Y", "'12.09.2025'"),
        ([("{'result'", "{'generalError':'Out of sorts','x'"), ("'html'", "'h'")], "a script with HTML", "'Out of sorts'"),
        ([("javascript:__doPostBack(&#39;rptAttachments$ctl01", "javascript:take(&#39;rptAttachments$ctl01")],
         "3 attachments with a name and a control to press", "2"),
    ],
)  # fmt: skip
def test_every_way_a_page_can_change_is_told(
    replica: GovQaReplica, edits: list[tuple[str, str]], what: str, found: str
) -> None:
    outcome = crawled(replica, *edits)
    assert outcome.errors
    assert all(what in error.expected for error in outcome.errors)
    assert any(found in error.found for error in outcome.errors)
    assert "(S(" not in "".join(str(error) for error in outcome.errors)


def test_what_requesters_write_into_a_cell_leads_nowhere(replica: GovQaReplica) -> None:
    replica.requests[0].summary = "redirectInfo('1') Page 1 of 1 (1 items) <b class='dxp-summary'>"
    outcome = crawled(replica)
    assert not outcome.errors
    assert outcome.of(ListingPage)[0].total == 12
    assert not [url for url in outcome.asked if "rid=1&" in url]


@pytest.mark.parametrize("url", [f"https://{HOST}/", f"https://{HOST}{ROOT}supporthome.aspx"])
def test_the_portal_file_names_the_archive(url: str) -> None:
    with pytest.raises(ConfigError, match=r"OpenRecordsSummary\.aspx"):
        spider(url)


def test_sessions_are_no_part_of_an_address() -> None:
    dressed = f"https://{HOST}{ROOT}(S(2rztm4xsj04qo445twgqihlj))/OpenRecordsSummary.aspx?sSessionID=19&view=6"
    assert stable(dressed) == f"https://{HOST}{ROOT}OpenRecordsSummary.aspx?view=6"
    assert GovQaSpider.own_page(spider().portal, LIST) == ""


def test_the_grid_is_asked_in_its_own_words() -> None:
    assert grid_page(2) == "c0:GB|20;12|PAGERONCLICK3|PN1;"
    assert grid_page(12) == "c0:GB|21;12|PAGERONCLICK4|PN11;"
    said = called_back_html("u", r"0|/*DX*/({'id':1,'result':{'html':'<b a=\'1\'>\x3ci\u003e\r\n\\</b>','x':''}})")
    assert said == "<b a='1'><i>\r\n\\</b>"


def test_a_form_is_posted_as_a_browser_would() -> None:
    page = parse("https://x/(S(a))/p.aspx", """<form action="./q.aspx?rid=1"><input name=__VIEWSTATE value="a&amp;b+">
        <input type=submit name=go value=Go><input type=checkbox name=no><input type=checkbox name=yes checked>
        <input name=off value=1 disabled><select name=s><option value=1>One<option selected>Two</select>
        <select name=f><option value=9>x</select><textarea name=t>words
 here</textarea></form><form><input name=other></form>""")  # fmt: skip
    form = read_form(page, page.url)
    assert form.action == "https://x/(S(a))/q.aspx?rid=1"
    assert form.fields == {"__VIEWSTATE": "a&b+", "yes": "on", "s": "Two", "f": "9", "t": "words\n here"}
    assert form.pressed("c")["__EVENTTARGET"] == "c"


def seen(replica: GovQaReplica, url: str) -> Seen:
    return Seen(Talk(replica).answer(scrapy.Request(url)))


def test_recognised_from_the_front_page_and_the_archive(replica: GovQaReplica) -> None:
    recogniser = GovQaRecogniser()
    for start in (LIST, f"https://{HOST}{ROOT}supporthome.aspx"):
        first = seen(replica, start)
        assert max(sign.weight for sign in recogniser.signs(first)) == PROOF
        (question,) = recogniser.questions(first)
        proposal = recogniser.propose(first, {"archive": seen(replica, question.url)})
        assert proposal is not None
        assert (proposal.records, proposal.name) == (12, "Lake Harbor Police Records Center")
        assert proposal.canaries == ("R000385-080105", "R000384-080106")
        assert "(S(" not in proposal.url
    replica.requests *= 100
    large = recogniser.propose(first, {"archive": seen(replica, LIST)})
    assert large is not None
    assert any("parameters.closed = 1,000" in doubt for doubt in large.doubts)
    replica.hazards = {"no-archive"}
    assert recogniser.propose(first, {"archive": seen(replica, LIST)}) is None


@pytest.mark.parametrize("body", [b"", b"\x00\xff" * 50, b"{}", b"<a " * 5000, b"<tr id=gridView_DXDataRow0>"])
def test_garbage_is_no_sign(body: bytes) -> None:
    garbage = Seen(HtmlResponse("https://lakeharbor.example/x", body=body, encoding="utf-8"))
    assert GovQaRecogniser().signs(garbage) == []
    assert GovQaRecogniser().questions(garbage) == []


@needs_captures
def test_real_markup_and_rows() -> None:
    grid = (CAPTURES / "_shape_OpenRecordsSummary_grid.html").read_text("utf-8")
    page = f"<form><input type=hidden name=__VIEWSTATE value=x>{grid.replace('1 of 10 (97', '1 of 1 (1')}</form>"
    where = "https://office.govqa.us/WEBAPP/_rs/(S(abc))/OpenRecordsSummary.aspx?view=1"
    items = list(spider().listing(HtmlResponse(where, body=page.encode(), encoding="utf-8")))
    (sighting,) = [one for one in items if isinstance(one, Sighting)]
    assert sighting.url == "https://office.govqa.us/WEBAPP/_rs/RequestArchiveDetails.aspx?rid=714629&view=1"
    (request,) = [one for one in items if isinstance(one, scrapy.Request)]
    assert request.url == where.replace("OpenRecordsSummary.aspx?", "RequestArchiveDetails.aspx?rid=714629&")
    row = request.cb_kwargs["row"]
    assert {name for name, text in row.cells.items() if text} == {"number", "requested", "summary", "status"}

    shape = (CAPTURES / "_shape_RequestArchiveDetails.html").read_text("utf-8")
    told = dict(sections(parse("u", shape)))
    assert set(told) == {"Reference No", "Create Date", "Close Date"}
    there = where.replace("OpenRecordsSummary.aspx?", "RequestArchiveDetails.aspx?rid=703017&")
    shown = HtmlResponse(there, body=shape.replace(told["Reference No"], row.number).encode(), encoding="utf-8")
    (record,) = [one for one in spider().detail(shown, row) if isinstance(one, Record)]
    assert record.fields["closed_date"] == "2026-08-20T13:22"
    (file,) = record.files
    assert file.press is not None
    assert (file.press.control, file.kind) == ("rptAttachments$ctl00$lnkStreamCloud", "document")


@needs_captures
def test_real_rows_of_the_older_layout_and_the_page_they_were_served_three_times() -> None:
    rows = json.loads((CAPTURES / "jso_records_requests@2025-07-21a.json").read_text("utf-8"))
    labels = {FIELDS.get(label.lower()) for label in rows[0]}
    assert labels == {"number", "status", "text", "closed", None}  # `Files`, and the scraper's own column
    assert rows[:25] == rows[25:50] == rows[50:], "what this scraper took for three pages is one"
    cells = "".join(
        f'<tr id="gridView_DXDataRow{n}">{"".join(f"<td>{text}</td>" for text in (row["Reference No"], row["Status"], "x", row["Close Date"]))}'
        f'<td><a onclick="{row["FileLinkOnClick"] or ""}">f</a></td></tr>' for n, row in enumerate(rows[:25])
    )  # fmt: skip
    heads = "".join(
        f"<td>{name}</td>" for name in ("Reference No", "Status", "Public Record Request", "Close Date", "Files")
    )
    older = (
        f'<form><input name=__VIEWSTATE><table><tr id="gridView_DXHeadersRow0">{heads}</tr>{cells}</table></form>'
        '<b class="dxp-summary">Page 1 of 3 (75 items)</b>'
    )
    made = spider("https://office.mycusthelp.com/WEBAPP/_rs/OpenRecordsSummary.aspx", details=False)
    where = stable(made.portal.url)
    found = list(made.listing(HtmlResponse(where, body=older.encode(), encoding="utf-8")))
    records = [one for one in found if isinstance(one, Record)]
    assert len(records) == 25 == len({one.key for one in records})
    assert all(record.fields["closed_date"] for record in records)
    assert {record.fields["state"] for record in records} <= {"closed", "unknown"}
    (more,) = [one for one in found if isinstance(one, scrapy.Request)]
    again = "0|/*DX*/({'result':{'html':'" + older.replace("Page 1", "Page 2").replace("'", "\\'") + "'}})"
    with pytest.raises(PageError, match="the rows of page 1 again"):
        list(made.turned(HtmlResponse(where, body=again.encode(), encoding="utf-8"), **more.cb_kwargs))
