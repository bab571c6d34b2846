"""Laserfiche WebLink: folders walked, documents read, and what each way an answer can change is told as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import scrapy
from scrapy.http import Response, TextResponse

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Note, Record, Sighting
from spiders.platforms.laserfiche import LaserficheSpider
from spiders.printed import moment
from spiders.recognition.laserfiche import LaserficheRecogniser
from spiders.recognition.model import PROOF, Seen
from tests.portals.offline import Outcome, converse
from tests.replicas.laserfiche import HOST, REPOSITORY, ROOT, Entry, LaserficheReplica
from tests.replicas.server import Asked

START = f"https://{HOST}{ROOT}Browse.aspx?id=1&dbid=0&repo={REPOSITORY}"
COOKIES = {"cookie": "AcceptsCookies=1; WebLinkSession=s1"}


@pytest.fixture
def replica() -> Iterator[LaserficheReplica]:
    with LaserficheReplica() as made:
        yield made


def crawled(
    replica: LaserficheReplica, *edits: tuple[str, str], url: str = START, order: Any = "mdy", **parameters: Any
) -> Outcome:
    spider = LaserficheSpider(Portal("p", "P", "A", "X", url, "laserfiche", date_order=order, parameters=parameters))
    edited = [0]

    def answer(request: scrapy.Request) -> Response:
        path, method, body = request.url.removeprefix(f"https://{HOST}"), request.method, request.body
        headers = {name.decode().lower(): values[0].decode() for name, values in request.headers.items()} | COOKIES
        reply = replica.reply(Asked(method, "https", HOST, path, headers, body))
        while location := dict(reply.headers).get("Location"):
            path = location
            reply = replica.reply(Asked("GET", "https", HOST, path, headers))
        text = reply.encoded()[0].decode()
        for old, new in edits:
            edited[0] += old in text
            text = text.replace(old, new)
        return TextResponse(f"https://{HOST}{path}", body=text.encode(), encoding="utf-8", status=reply.status)

    outcome = converse(spider, answer)
    assert edited[0] >= len(edits), "an edit that changes nothing tests nothing"
    return outcome


def test_every_folder_is_walked_though_a_page_has_forty_rows(replica: LaserficheReplica) -> None:
    outcome = crawled(replica)
    assert not outcome.errors
    assert len(outcome.of(Record)) == len({one.key for one in outcome.of(Sighting)}) == 50
    assert {page.listing: page.rows for page in outcome.of(ListingPage)} == {"1": 1, "101": 45, "102": 1, "200": 3}
    records = {one.key: one for one in outcome.of(Record)}
    assert records["301"].fields["folder"] == ["Officer Involved Shootings", "2024-0031 Mill/Oak Street"]
    assert records["301"].fields["pages"] == 14
    scan, video = records["303"].files[0], records["302"].files[0]
    assert (scan.host, video.host, video.kind, video.name) == ("embed", "direct", "video", "Body Worn Camera 1.mp4")
    assert [note.words.partition(":")[0] for note in outcome.of(Note)] == ["entries of type 2 are not read"]


def test_version_10_says_the_same_in_another_wrapping(replica: LaserficheReplica) -> None:
    before = crawled(replica)
    replica.hazards = {"version-10"}
    after = crawled(replica)
    assert not after.errors
    assert after.of(Record) == before.of(Record)


def test_what_the_portal_file_leaves_out(replica: LaserficheReplica) -> None:
    outcome = crawled(replica, skip=["logs", "Officer Involved Shootings/2024-0031 Mill/Oak Street"])
    assert {one.key for one in outcome.of(Record)} == {"103", "600"}
    outcome = crawled(replica, depth=2)
    assert "301" not in {one.key for one in outcome.of(Record)}
    assert "folders below parameters.depth = 2 are not read" in {note.words for note in outcome.of(Note)}
    errors = crawled(replica, folders=2).errors
    assert {error.expected for error in errors} == {"at most 2 folders (parameters.folders)"}
    cases = {one.key: one.fields.get("case") for one in crawled(replica, columns={"f_Case Number": "case"}).of(Record)}
    assert (cases["301"], cases["303"]) == ("LH-2024-0031", None)


def test_repository_and_folder_come_from_the_page_where_the_address_says_none(replica: LaserficheReplica) -> None:
    outcome = crawled(replica, url=f"https://{HOST}{ROOT}Browse.aspx")
    assert len(outcome.of(Record)) == 50
    assert all(f"repo={REPOSITORY}" in one.url for one in outcome.of(Record))


def test_a_folder_that_stands_in_two_places_is_read_once_and_an_endless_tree_ends(replica: LaserficheReplica) -> None:
    loop = Entry(900, "Loop", children=[])
    assert loop.children is not None
    loop.children.append(loop)
    replica.repository.root.children = [loop]
    outcome = crawled(replica)
    assert (outcome.errors, outcome.of(Record)) == ([], [])


def test_an_empty_folder_says_so(replica: LaserficheReplica) -> None:
    replica.repository.root.children = []
    outcome = crawled(replica)
    assert [marker.words for marker in outcome.of(EmptyMarker)] == ["totalEntries: 0"]


@pytest.mark.parametrize(
    ("hazard", "expected", "found"),
    [
        ("same-rows", "rows of page 40", "the rows of page 0 again"),
        ("cut-short", "the other 5 of 45 entries", "a list of 0"),
        ("failed", "a listing", "'Entry not found. [9001]'"),
        ("login", "JSON", "HTML or XML: '<html><title>Sign In"),
    ],
)
def test_a_listing_that_cannot_be_whole_is_told(
    replica: LaserficheReplica, hazard: str, expected: str, found: str
) -> None:
    replica.hazards = {hazard}
    outcome = crawled(replica)
    assert [error.expected for error in outcome.errors] == [expected]
    assert outcome.errors[0].found.startswith(found)
    assert "101" not in {page.listing for page in outcome.of(ListingPage)}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (('"results"', '"rows"'), "a list of entries"),
        (('"totalEntries"', '"count"'), "a whole number"),
        (('"entryId"', '"id"'), "a text"),
        (('"type":-2', '"type":"doc"'), "a whole number"),
        (('"folderId":1,', '"folderId":7,'), "1"),
        (('"colTypes"', '"columns"'), "a list"),
        (('"name":"Policy Manual"', '"name":""'), "a text"),
    ],
)
def test_every_way_an_answer_can_change_is_told(
    replica: LaserficheReplica, edit: tuple[str, str], expected: str
) -> None:
    errors = crawled(replica, edit).errors
    assert errors
    assert {error.expected for error in errors} == {expected}


def test_a_page_without_a_repository_is_told(replica: LaserficheReplica) -> None:
    (error,) = crawled(replica, ("repoName", "store"), url=f"https://{HOST}{ROOT}Browse.aspx").errors
    assert error.expected == "a repository, in the page or as `repo=` in url"
    (error,) = crawled(replica, ("rootFolder", "top"), url=f"https://{HOST}{ROOT}Browse.aspx?repo=x").errors
    assert error.expected == "a folder, in the page or as `id=` in url"


def test_settings_that_mean_nothing_are_refused(replica: LaserficheReplica) -> None:
    with pytest.raises(ConfigError, match=r"parameters\.depth = 0: use 1 or more"):
        crawled(replica, depth=0)
    with pytest.raises(ConfigError, match="a folder's number"):
        crawled(replica, url=f"https://{HOST}{ROOT}Browse.aspx?id=top")
    with pytest.raises(ConfigError, match=r"…/Browse\.aspx\?id=1&repo=…"):
        crawled(replica, url=f"https://{HOST}/WebLink")
    assert LaserficheSpider.own_page(Portal("p", "P", "A", "X", START, "laserfiche"), START) == ""


def test_dates_are_read_only_as_the_portal_file_says() -> None:
    assert moment("3/4/2025 9:15:00 PM", "mdy") == "2025-03-04T21:15:00"
    assert moment("3/4/2025 21:15:00", "dmy") == "2025-04-03T21:15:00"
    assert moment("3/4/2025 9:15:00 PM", "") == "3/4/2025 9:15:00 PM"
    assert moment("2025-03-04", "") == "2025-03-04"
    assert moment("", "mdy") is None


def test_recognised_by_its_page_and_its_listing_service(replica: LaserficheReplica) -> None:
    recogniser = LaserficheRecogniser()
    shell = TextResponse(f"https://{HOST}{ROOT}Browse.aspx", body=replica.reply(Asked("GET", "https", HOST, f"{ROOT}Browse.aspx", COOKIES)).encoded()[0])  # fmt: skip
    first = Seen(shell)
    assert max(sign.weight for sign in recogniser.signs(first)) == PROOF
    (question,) = recogniser.questions(first)
    headers = {name.lower(): value for name, value in question.headers} | COOKIES
    reply = replica.reply(
        Asked("POST", "https", HOST, question.url.removeprefix(f"https://{HOST}"), headers, question.body)
    )
    proposal = recogniser.propose(first, {"folder": Seen(TextResponse(question.url, body=reply.encoded()[0]))})
    assert proposal is not None
    assert (proposal.url, proposal.name, proposal.records) == (START, REPOSITORY, None)
    assert "5 entries" in proposal.evidence[0]
    assert "this is the whole repository: a folder further down may be what you want" in proposal.doubts
    failed = TextResponse(question.url, body=b'{"data":{"failed":true}}')
    assert recogniser.propose(first, {"folder": Seen(failed)}) is None
    assert recogniser.propose(first, {}) is None


@pytest.mark.parametrize("body", [b"", b"\xff\x00" * 40, b"{}", b'"repoName":"' * 900])
def test_garbage_is_no_sign(body: bytes) -> None:
    garbage = Seen(TextResponse("https://lakeharbor.example/", body=body))
    assert LaserficheRecogniser().signs(garbage) == []
    assert LaserficheRecogniser().questions(garbage) == []
