"""DocumentCloud: each way its answers can differ is the typed error that says so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scrapy.http import TextResponse

from config.errors import ConfigError
from config.portal import Portal, Token, read_portal
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.errors import PageError
from spiders.platforms.documentcloud import DocumentCloudSpider
from tests.captures import REAL, needs_captures
from tests.portals.offline import Outcome
from tests.replicas import asking
from tests.replicas.documentcloud import API, SITE, DocumentCloudReplica
from tests.replicas.server import Reply

PORTALS = Path(__file__).parents[3] / "portals"
CAPTURES = REAL / "documentcloud-api"


def portal(slug: str = "documentcloud-project", **changes: Any) -> Portal:
    return msgspec.structs.replace(read_portal(PORTALS / slug / "portal.toml"), **changes)


def crawled(replica: DocumentCloudReplica, watched: Portal) -> Outcome:
    return asking.crawled(replica, DocumentCloudSpider(watched))


@pytest.mark.parametrize(
    ("hazard", "words"),
    [
        (
            "unfiltered",
            "expected documents of project 4021 alone for 'the filter project', found document 20319999 of project 5",
        ),
        ("repeats", "the rows of page 1 again"),
        ("elsewhere", "expected a further page of this list for 'next', found 'https://elsewhere.example/"),
    ],
)
def test_lists_that_are_not_what_was_asked_for(hazard: str, words: str) -> None:
    with DocumentCloudReplica(hazard) as replica:
        outcome = crawled(replica, portal())
    assert words in str(outcome.errors[0])
    assert "20319999" not in {sighting.key for sighting in outcome.of(Sighting)}
    assert not any(page.last for page in outcome.of(ListingPage))


def test_a_search_that_ends_early_is_capped() -> None:
    with DocumentCloudReplica("page-limit") as replica:
        replica.documents[20310003]["source"] = "Cedar Hollow Clerk"
        outcome = crawled(replica, portal("documentcloud-search"))
    assert outcome.errors == []
    last = outcome.of(ListingPage)[-1]
    assert (last.number, last.rows, last.last, last.total, last.capped) == (3, 0, True, 5, 1)


@pytest.mark.parametrize("slug", ["documentcloud-project", "documentcloud-search"])
def test_a_following_page_that_is_gone_is_no_end(slug: str) -> None:
    with DocumentCloudReplica() as replica:
        answered, gone = replica.reply, Reply({"detail": "Gone."}, 410)
        replica.reply = lambda asked: gone if {"page", "cursor"} & asked.query.keys() else answered(asked)  # type: ignore[method-assign]
        outcome = crawled(replica, portal(slug))
    assert "expected page 2 for 'the list', found status 410" in str(outcome.errors[0])
    assert len(outcome.of(Record)) == 2


def test_who_holds_a_token_does_not_take_what_is_private_for_published() -> None:
    with DocumentCloudReplica() as replica:
        replica._visible = lambda asked: list(replica.documents.values())[:5]  # type: ignore[method-assign]
        replica.documents[20310002]["access"] = "private"
        replica.documents[20310004]["access"] = "organization"
        outcome = crawled(replica, portal(token=Token("DOCUMENTCLOUD_TOKEN")))
    assert [record.key for record in outcome.of(Record)] == ["20310001", "20310003", "20310005"]
    assert sum(page.rows for page in outcome.of(ListingPage)) == 3


def test_a_document_and_its_file_stay_the_same_when_slug_and_hosts_change() -> None:
    with DocumentCloudReplica() as replica:
        before = crawled(replica, portal()).of(Record)[0]
        replica.documents[20310001] |= {
            "slug": "force-2031", "asset_url": "https://assets.documentcloud.example",
            "canonical_url": f"https://{SITE}/documents/20310001-force-2031/",
        }  # fmt: skip
        after = crawled(replica, portal()).of(Record)[0]
    assert after.key == before.key
    assert (
        after.files[0].url
        == "https://assets.documentcloud.example/documents/20310001/force-2031.pdf"
        != before.files[0].url
    )
    assert after.files[0].identity == before.files[0].identity == "documentcloud:20310001"


def test_nothing_found_is_said_by_the_list() -> None:
    with DocumentCloudReplica() as replica:
        outcome = crawled(replica, portal(parameters={"project": 9}))
    assert [marker.words for marker in outcome.of(EmptyMarker)] == ["results: []"]
    assert outcome.of(ListingPage)[0].last


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("created_at", "23 September 2025", "a moment as"),
        ("asset_url", "ftp://files.example/", "an http(s) address"),
        ("asset_url", None, "a text"),
        ("canonical_url", "https://www.documentcloud.example/", "an address with /documents/<number>"),
        ("slug", "", "a text"),
        ("access", None, "a text"),
        ("projects", [4021, {}], "a list of texts"),
        ("data", [1], "an object"),
    ],
)
def test_documents_that_are_not_as_seen(key: str, value: Any, words: str) -> None:
    with DocumentCloudReplica() as replica:
        replica.documents[20310001][key] = value
        if key == "access":
            replica._visible = lambda asked: list(replica.documents.values())[:1]  # type: ignore[method-assign]
        outcome = crawled(replica, portal())
    assert key in str(outcome.errors[0])
    assert words in str(outcome.errors[0])
    whole = key not in {"access", "projects"}  # by which it is seen whether a document belongs here at all
    assert {record.key for record in outcome.of(Record)} == ({f"2031000{n}" for n in range(2, 6)} if whole else set())


def test_html_in_place_of_json() -> None:
    spider = DocumentCloudSpider(portal())
    response = TextResponse(f"https://{API}/api/documents/", body=b"<html>Maintenance</html>")
    with pytest.raises(PageError, match="HTML or XML"):
        next(spider.documents(response, 1))


def test_where_a_document_is_asked_for() -> None:
    url = f"https://{SITE}/documents/20310001-use-of-force-report-2031/"
    assert DocumentCloudSpider.own_page(portal(), url) == f"https://{API}/api/documents/20310001/"
    on_api = portal(url=f"https://{API}/api/documents/?project=4021")
    assert DocumentCloudSpider.own_page(on_api, url) == f"https://{API}/api/documents/20310001/"
    assert DocumentCloudSpider.own_page(portal(), f"https://{SITE}/") == ""


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        (b'{"id":1,"access":"private","title":"access: public"}', True),
        (b'{"id":1,"access" : "public"}', False),
        (b'{"id":1,"access":"invisible"}', True),
        (b"<html>", False),
    ],
)
def test_a_document_made_private(body: bytes, gone: bool) -> None:
    assert DocumentCloudSpider.gone(body) is gone


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({}, "all of it is too much"), ({"project": "4021"}, "use a whole number"), ({"org": 3}, "there is no such key")],
)
def test_mistakes_in_the_portal_file(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        DocumentCloudSpider(portal(parameters=parameters))


FOUND = {"documents-list-00.json": (25, 2), "documents-list-01.json": (25, 0), "documents-page-01.json": (1, 0),
         "documents-page-02.json": (1, 0), "documents-search-00.json": (1, 0)}  # fmt: skip
"""File → documents, and those of them that are public."""


@needs_captures
@pytest.mark.parametrize("name", FOUND)
def test_what_is_found_in_real_answers(name: str) -> None:
    """Of a development server: most documents are private, and read as public here to see their fields."""
    body = (CAPTURES / name).read_bytes()
    documents, public = FOUND[name]
    url = "https://api.dev.documentcloud.org/api/documents/"
    watched = portal(parameters={"query": "all"}, url="https://www.dev.documentcloud.org/", token=Token("T"))
    spider = DocumentCloudSpider(watched)
    assert [type(item).__name__ for item in spider.documents(TextResponse(url, body=body), 1)].count("Record") == public
    body = re.sub(rb'"access":"\w+"', b'"access":"public"', body)
    found = [
        item
        for item in DocumentCloudSpider(watched).documents(TextResponse(url, body=body), 1)
        if isinstance(item, Record)
    ]
    assert len(found) == documents
    for field in (
        "file_hash",
        "pages",
        "language",
        "created",
        "updated",
        "organization",
        "original_extension",
        "status",
    ):
        assert all(record.fields[field] for record in found), field
    assert all(
        record.files[0].url.endswith(f"documents/{record.key}/{record.url.rstrip('/').split('-', 1)[1]}.pdf")
        for record in found
    )
