"""NextRequest: what is asked, what is read, and what each difference from the known answers raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import scrapy
from scrapy.http import Response

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Note, Record, Sighting
from spiders.page import iso, parse, tidy
from spiders.platforms.nextrequest import NextRequestSpider
from spiders.platforms.nextrequest_rows import BYLINE, MOMENT
from tests.captures import REAL, needs_captures
from tests.portals.offline import Outcome, converse
from tests.replicas.asking import Edit, crawled, served
from tests.replicas.nextrequest import TENANT, NextRequestReplica

BASE = f"https://{TENANT}"
ROOT = Path(__file__).resolve().parents[4]
CAPTURES = REAL / "nextrequest"


def portal(**parameters: Any) -> Portal:
    return Portal("nr", "N", "A", "P", f"{BASE}/requests", "nextrequest", parameters)


@pytest.fixture
def replica() -> Iterator[NextRequestReplica]:
    with NextRequestReplica() as made:
        yield made


def read(replica: NextRequestReplica, edit: Edit | None = None, **parameters: Any) -> Outcome:
    """The spider over the replica's answers; `edit` may change each answer's JSON, by its path."""
    return crawled(replica, NextRequestSpider(portal(**parameters)), edit)


def asked_for(replica: NextRequestReplica) -> list[scrapy.Request]:
    """Every request that the spider makes."""
    made: list[scrapy.Request] = []

    def answer(request: scrapy.Request) -> Response:
        made.append(request)
        return served(replica, request)

    converse(NextRequestSpider(portal()), answer)
    return made


def records(outcome: Outcome) -> dict[str, Record]:
    return {record.key: record for record in outcome.of(Record)}


def test_open_requests_are_asked_for_more_and_old_closed_ones_are_not(replica: NextRequestReplica) -> None:
    outcome = read(replica, closed=0, released=0)
    found = records(outcome)
    assert sorted(found) == ["25-1", "25-2", "25-3", "26-4", "26-5", "26-6"]
    asked = [url for url in outcome.asked if "/client/requests/" in url and "timeline" not in url]
    assert [url.rpartition("/")[2] for url in asked] == ["26-6", "26-5", "26-4"]
    assert "files" in found["25-1"].absent_means_unknown
    assert found["25-1"].absent_means_unknown.isdisjoint(found["25-1"].fields)
    assert found["26-4"].absent_means_unknown - found["26-4"].fields.keys() == {"files"}
    assert [file.identity for file in found["26-4"].files] == [f"/documents/{n}/download" for n in (503, 504, 505)]


def test_a_closed_request_with_a_new_document_is_asked_for_more(replica: NextRequestReplica) -> None:
    replica.release("25-1", "Addendum.pdf", "March 20, 2026, 11:00am", b"%PDF")
    found = records(read(replica, closed=0, released=1))
    assert [file.name for file in found["25-1"].files] == ["Policy 300.pdf", "Addendum.pdf"]
    assert found["25-1"].fields["closed_date"] == "2025-01-14"


def test_a_list_of_documents_that_is_switched_off_is_said_and_no_more(replica: NextRequestReplica) -> None:
    replica.hazards.add("no-documents")
    outcome = read(replica)
    assert outcome.errors == []
    assert len(records(outcome)) == 6
    assert "status 404" in outcome.of(Note)[0].words


def test_the_times_of_a_request(replica: NextRequestReplica) -> None:
    fields = records(read(replica))["25-3"].fields
    assert (fields["requested_date"], fields["closed_date"], fields["answered_date"]) == (
        "2025-06-02",
        "2025-06-09",
        "2025-06-09",
    )
    assert fields["timeline"][-1] == {
        "date": "2025-06-09T16:12",
        "what": "Request closed",
        "text": "All responsive records have been released.",
    }  # type: ignore[index]


def test_a_reopened_request_has_no_closing_day(replica: NextRequestReplica) -> None:
    replica.row("25-3")["request_state"] = "Open"
    replica.happens("25-3", "Request reopened", "", "July 1, 2025, 1:00pm")
    fields = records(read(replica))["25-3"].fields
    assert (fields["state"], fields["closed_date"], fields["answered_date"]) == ("open", None, "2025-06-09")


def test_pages_end_by_the_count_that_the_list_says(replica: NextRequestReplica) -> None:
    replica.hazards.add("small")
    pages = read(replica).of(ListingPage)
    assert [(page.number, page.rows, page.last, page.total, page.capped) for page in pages] == [
        (1, 4, False, 6, None), (2, 2, True, 6, None)
    ]  # fmt: skip


def test_endless_page_1_is_an_error(replica: NextRequestReplica) -> None:
    replica.hazards |= {"small", "endless"}
    (error, *_) = read(replica, released=0).errors
    assert "the rows of page 1 again" in str(error)


def test_a_list_that_says_more_than_it_shows_is_an_error(replica: NextRequestReplica) -> None:
    replica.hazards.add("short")
    outcome = read(replica)
    (error,) = outcome.errors
    assert ("rows of page 2 (7 in all)" in str(error), "none" in str(error)) == (True, True)
    assert len(outcome.of(Sighting)) == 6
    assert not any(page.last for page in outcome.of(ListingPage))


def test_beyond_the_platforms_last_page_the_list_is_read_from_its_other_end(replica: NextRequestReplica) -> None:
    replica.hazards |= {"small", "window"}
    for number in range(7, 12):
        replica.file_request(f"26-{number}", f"Fleet records {number}.", "04/01/2026")
    outcome = read(replica)
    pages = [(page.listing, page.number, page.rows, page.last, page.capped) for page in outcome.of(ListingPage)]
    assert pages == [
        ("newest first", 1, 4, False, None), ("newest first", 2, 4, False, None), ("newest first", 3, 0, True, None), ("oldest first", 1, 3, True, None)
    ]  # fmt: skip
    assert len(records(outcome)) == 11
    assert (outcome.errors, outcome.of(Note)) == ([], [])


def test_what_neither_end_reaches_is_beyond_the_cap(replica: NextRequestReplica) -> None:
    replica.hazards |= {"small", "window"}
    for number in range(7, 27):
        replica.file_request(f"26-{number}", f"Fleet records {number}.", "04/01/2026")
    outcome = read(replica)
    last = outcome.of(ListingPage)[-1]
    assert (last.listing, last.number, last.last, last.total, last.capped) == ("oldest first", 3, True, 26, 10)
    assert len(records(outcome)) == 16
    assert "16 of 26 requests are read: the platform gives no further page" in outcome.of(Note)[-1].words


def test_an_order_that_the_platform_ignores_ends_after_one_page(replica: NextRequestReplica) -> None:
    replica.hazards |= {"small", "window", "one-order"}
    for number in range(7, 27):
        replica.file_request(f"26-{number}", f"Fleet records {number}.", "04/01/2026")
    outcome = read(replica)
    assert [(page.listing, page.rows, page.capped) for page in outcome.of(ListingPage)][-1] == ("oldest first", 0, 18)
    assert outcome.errors == []


def test_newest_stops_where_the_portal_file_says(replica: NextRequestReplica) -> None:
    replica.hazards.add("small")
    outcome = read(replica, newest=1)
    assert [page.capped for page in outcome.of(ListingPage)] == [2]
    assert "parameters.newest = 1" in outcome.of(Note)[-1].words


def test_a_first_page_that_is_refused_is_no_end(replica: NextRequestReplica) -> None:
    first = next(iter(NextRequestSpider(portal(released=0)).first()))
    assert "handle_httpstatus_list" not in first.meta
    assert "page_number=1&" in first.url


def test_nothing_is_said_in_the_lists_own_number(replica: NextRequestReplica) -> None:
    replica.requests.clear()
    outcome = read(replica, released=0)
    assert outcome.of(EmptyMarker)[0].words == "total_count: 0"
    assert outcome.errors == []


def test_search_and_departments_reach_the_list(replica: NextRequestReplica) -> None:
    outcome = read(replica, search="plate readers", departments=[11, 12], released=0)
    assert list(records(outcome)) == ["26-6"]
    assert "department_ids%5B%5D=11&department_ids%5B%5D=12&search_term=plate+readers" in outcome.asked[0]


def test_documents_as_records(replica: NextRequestReplica) -> None:
    found = records(read(replica, what="documents"))
    assert list(found) == ["505", "504", "503", "502", "501"]
    assert found["501"].fields["request"] == "25-1"
    assert (found["502"].files[0].kind, found["505"].files[0].kind) == ("data", "audio")
    assert NextRequestSpider.own_page(portal(), found["501"].url) == ""


def test_a_document_that_is_a_link_leads_there(replica: NextRequestReplica) -> None:
    ident = replica.release("26-5", "https://video.example.org/a.mp4", "March 20, 2026, 11:00am", b"x")
    replica.documents[-1] |= {"link": True, "file_extension": None}
    (file,) = records(read(replica))["26-5"].files
    assert (file.url, file.kind, file.identity) == (
        "https://video.example.org/a.mp4",
        "video",
        f"/documents/{ident}/download",
    )


def test_own_page_is_the_answer_behind_the_shell() -> None:
    assert NextRequestSpider.own_page(portal(), f"{BASE}/requests/22-7") == f"{BASE}/client/requests/22-7"


def test_a_request_whose_page_is_gone_is_said(replica: NextRequestReplica) -> None:
    spider_reply = replica._detail
    replica._detail = lambda number: spider_reply("none" if number == "26-5" else number)  # type: ignore[method-assign]
    outcome = read(replica)
    assert "request 26-5 is listed, and its own page answers 404" in [note.words for note in outcome.of(Note)]
    assert "26-5" not in records(outcome)
    assert outcome.errors == []


def changed(name: str, where: str, value: Any) -> Edit:
    """Sets `name` of every row under `where` of the answers that have it."""

    def edit(target: str, body: Any) -> Any:
        rows = body.get(where) if where and isinstance(body, dict) else [body]
        for row in rows if isinstance(rows, list) else []:
            if isinstance(row, dict) and name in row:
                row[name] = value
        return body

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (changed("request_date", "requests", "2 March 2026"), "a date as %m/%d/%Y or %B %d, %Y"),
        (changed("request_state", "requests", None), "requests[0].request_state"),
        (changed("id", "requests", "../../admin"), "a number such as 22-7"),
        (changed("total_count", "", "many"), "a whole number"),
        (changed("pretty_id", "", "99-9"), "99-9"),
        (changed("timeline_byline", "timeline", "yesterday by Staff"), "a time such as"),
        (changed("timeline_id", "timeline", None), "timeline_id"),
        (changed("total_documents_count", "", 40), "40 documents"),
        (changed("requests", "", {}), "a list"),
        (lambda target, body: "<html>Sign in</html>" if "timeline" in target else body, "HTML or XML"),
        (lambda target, body: "" if "request_documents" in target else body, "an empty answer"),
    ],
)  # fmt: skip
def test_what_is_not_as_known_is_an_error_and_stays_sighted(
    replica: NextRequestReplica, edit: Edit, words: str
) -> None:
    outcome = read(replica, edit, released=0)
    assert words in str(outcome.errors[0])
    if words not in {"a whole number", "a list", "a number such as 22-7"}:
        assert len(outcome.of(Sighting)) == 6


def test_one_wrong_row_does_not_hide_the_others(replica: NextRequestReplica) -> None:
    replica.row("26-5")["request_date"] = "soon"
    outcome = read(replica)
    assert len(records(outcome)) == 5
    assert len(outcome.errors) == 1


def test_one_wrong_number_does_not_hide_the_others(replica: NextRequestReplica) -> None:
    replica.row("26-5")["id"] = "../26-5"
    outcome = read(replica)
    assert len(outcome.of(Sighting)) == len(records(outcome)) == 5
    assert "requests[1].id" in str(outcome.errors[0])


@pytest.mark.parametrize("part", ["26-5/timeline", "request_id=26-5&"])
def test_a_part_of_a_request_that_is_refused_is_an_error(replica: NextRequestReplica, part: str) -> None:
    request = next(request for request in asked_for(replica) if part in request.url)
    assert 404 in request.meta["handle_httpstatus_list"]
    outcome = read(replica, lambda target, body: {"error": "not found"} if part in target else body)
    assert "found nothing" in str(outcome.errors[0])
    assert "26-5" not in records(outcome)


def test_a_timeline_that_shows_less_than_it_says_is_a_note(replica: NextRequestReplica) -> None:
    outcome = read(replica, lambda target, body: {**body, "total_count": 9} if "26-5/timeline" in target else body)
    assert "the timeline of request 26-5 shows 1 of 9 entries" in [note.words for note in outcome.of(Note)]
    assert "26-5" in records(outcome)


def test_signatures_and_counters_change_nothing(replica: NextRequestReplica) -> None:
    assert read(replica).of(Record) == read(replica).of(Record)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({"newest": -1}, "parameters.newest = -1"), ({"what": "files"}, "'requests' or 'documents'"), ({"serch": "x"}, "do you mean parameters.search")],
)  # fmt: skip
def test_wrong_parameters(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        NextRequestSpider(portal(**parameters))


def test_what_is_asked_for_is_no_new_baseline() -> None:
    assert NextRequestSpider.version(portal(newest=3, closed=9)) == NextRequestSpider.version(portal())
    assert NextRequestSpider.version(portal(what="documents")) != NextRequestSpider.version(portal())


@needs_captures
def test_a_real_page_prints_what_the_spider_reads_of_the_api() -> None:
    """The rendered page of one request: every byline's time, and entries' names as they are known."""
    page = parse(f"{BASE}/requests/22-7", (CAPTURES / "request_22-7.html").read_text("utf-8"))
    assert page.one("h1").text == "Request 22-7"
    assert page.one(".main-content.nextrequest")
    bylines = [tidy(part.text) for part in page.many(".content-footer")]
    found = [BYLINE.match(byline) for byline in bylines]
    assert all(found)
    times = [iso(page.url, "byline", f"{one[1]} {one[2]}", MOMENT) for one in found if one]
    assert (len(times), times[0], times[-1]) == (13, "2025-10-30T14:40", "2022-01-31T12:51")
    assert times == sorted(times, reverse=True)  # type: ignore[type-var]


@needs_captures
def test_real_documents_have_the_known_addresses() -> None:
    rows = msgspec.json.decode((CAPTURES / "foia_docs_cache.json").read_bytes())
    assert len(rows) == 50
    assert all(
        re.fullmatch(r"https://[a-z]+\.nextrequest\.com/documents/\d+/download", row["download_url"]) for row in rows
    )
    assert all(re.fullmatch(r"\d\d-\d+", row["request_id"]) for row in rows)
    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", row["upload_date"]) for row in rows)
