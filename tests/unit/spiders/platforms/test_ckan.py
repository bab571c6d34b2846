"""CKAN: each way its answers can differ is the typed error that says so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from config.errors import ConfigError
from config.portal import Portal, read_portal
from releases.model import EmptyMarker, ListingPage, Record, Sighting
from spiders.platforms.ckan import CkanSpider, root_of
from tests.portals.offline import Outcome
from tests.replicas import asking
from tests.replicas.ckan import SITE, CkanReplica
from tests.replicas.server import Asked, Reply

PORTALS = Path(__file__).parents[3] / "portals"
FIRST = "00000000-1111-4222-8333-444444444444"


def portal(**parameters: Any) -> Portal:
    found = read_portal(PORTALS / "ckan-police" / "portal.toml")
    return msgspec.structs.replace(found, parameters=parameters) if parameters else found


def crawled(replica: CkanReplica, watched: Portal) -> Outcome:
    return asking.crawled(replica, CkanSpider(watched))


@pytest.mark.parametrize(
    ("hazard", "words"),
    [
        (
            "unfiltered",
            "expected data sets of police-department alone for 'the filter organization', found water-quality of water-works",
        ),
        ("repeats", "the rows of page 1 again"),
        ("short", "expected data sets up to 6 for 'result.results', found none after 4"),
        ("failing", "Search index is down"),
    ],
)
def test_searches_that_are_not_what_was_asked_for(hazard: str, words: str) -> None:
    with CkanReplica(hazard) as replica:
        outcome = crawled(replica, portal())
    assert words in str(outcome.errors[0])
    assert "00000007" not in "".join(sighting.key for sighting in outcome.of(Sighting))
    assert not any(page.last for page in outcome.of(ListingPage))


def test_a_condition_that_the_index_does_not_understand() -> None:
    with CkanReplica() as replica:
        outcome = crawled(replica, portal(filter="bad"))
    assert "Invalid search query" in str(outcome.errors[0])


@pytest.mark.parametrize("status", [404, 410])
def test_a_following_page_that_is_gone_is_no_end(status: int) -> None:
    with CkanReplica() as replica:
        answered = replica.reply
        replica.reply = lambda asked: Reply("<h1>Gone</h1>", status) if "start=2" in asked.url else answered(asked)  # type: ignore[method-assign]
        outcome = crawled(replica, portal())
    assert "found HTML or XML" in str(outcome.errors[0])
    assert len(outcome.of(Record)) == 2


def test_parameters_reach_the_search() -> None:
    with CkanReplica() as replica:
        keys = [record.title for record in crawled(replica, portal(query="stops")).of(Record)]
        everything = [record.title for record in crawled(replica, portal(page_size=3)).of(Record)]
        crawled(replica, portal(organization="water-works", filter="tags:open"))
    assert keys == ["Traffic stops"]
    assert len(everything) == 5
    assert replica.asked[-1].query["fq"] == 'organization:"water-works" AND (tags:open)'


def test_a_data_set_that_changes_while_the_list_is_read_moves_no_page() -> None:
    with CkanReplica() as replica:
        answered = replica.reply

        def reply(asked: Asked) -> Reply:
            answer = answered(asked)
            replica.packages[FIRST]["metadata_modified"] = f"2032-01-01T00:00:{len(replica.asked):02d}.000001"
            return answer

        replica.reply = reply  # type: ignore[method-assign]
        outcome = crawled(replica, portal())
    assert [record.key[:8] for record in outcome.of(Record)] == ["00000000", "00000001", "00000002", "00000003"]
    assert outcome.errors == []


def test_services_and_pages_are_no_files() -> None:
    with CkanReplica() as replica:
        (record, *_) = crawled(replica, portal()).of(Record)
    assert [(file.name, file.kind, file.identity) for file in record.files] == [
        ("Use of force (CSV)", "data", "ckan:r0-upload"),
        ("Data dictionary", "document", ""),
    ]
    resources = record.fields["resources"]
    assert isinstance(resources, list)
    names = [row["name"] for row in resources if isinstance(row, dict)]
    assert names == ["Use of force (CSV)", "Data dictionary", "Feature service", "About"]


def test_who_keeps_it_is_no_field() -> None:
    with CkanReplica() as replica:
        said = msgspec.json.encode([[r.fields, r.text] for r in crawled(replica, portal()).of(Record)])
    assert b"clerk@" not in said
    assert b"A Clerk" not in said


def test_an_empty_search_says_so_in_its_count() -> None:
    with CkanReplica() as replica:
        outcome = crawled(replica, portal(organization="parks"))
    assert [marker.words for marker in outcome.of(EmptyMarker)] == ["count: 0"]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("metadata_modified", "02/03/2031", "a moment as"),
        ("name", "", "a text"),
        ("resources", {"0": {}}, "a list"),
        ("tags", ["police"], "an object"),
        ("organization", "police-department", "an object"),
    ],
)
def test_data_sets_that_are_not_as_documented(key: str, value: Any, words: str) -> None:
    with CkanReplica() as replica:
        replica.packages[FIRST][key] = value
        outcome = crawled(replica, portal(query="i"))
    assert any(words in str(error) for error in outcome.errors), outcome.errors
    assert len(outcome.of(Record)) == (4 if key != "organization" else 0)  # without it nobody knows whose a data set is


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://data.example/", "https://data.example"),
        ("https://data.example/dataset?q=x", "https://data.example"),
        ("https://data.example/en/dataset/use-of-force", "https://data.example"),
        ("https://data.example/pt_BR/organization/police", "https://data.example"),
        ("https://city.example/opendata/organization/police", "https://city.example/opendata"),
        ("https://city.example/opendata/", "https://city.example/opendata"),
        ("https://city.example/data/api/3/action/package_search", "https://city.example/data"),
    ],
)
def test_where_a_portal_begins(url: str, root: str) -> None:
    assert root_of(url) == root


def test_where_a_data_set_is_asked_for() -> None:
    assert (
        CkanSpider.own_page(portal(), f"https://{SITE}/dataset/use-of-force")
        == f"https://{SITE}/api/3/action/package_show?id=use-of-force"
    )
    assert CkanSpider.own_page(portal(), f"https://{SITE}/about") == ""


@pytest.mark.parametrize(
    ("body", "gone"),
    [
        (b'{"success": false, "error": {"message": "Not found", "__type": "Not Found Error"}}', True),
        (b'{"success": true, "result": {"notes": "Not Found Error"}}', False),
        (b'{"success": false, "error": {"__type": "Search Error"}}', False),
    ],
)
def test_a_data_set_that_is_gone(body: bytes, gone: bool) -> None:
    assert CkanSpider.gone(body) is gone


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"page_size": 5000}, "use 1 to 1,000 data sets"),
        ({"organization": 'a" OR "'}, "its name as in addresses"),
        ({"fq": "x"}, "there is no such key"),
    ],
)
def test_mistakes_in_the_portal_file(parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        CkanSpider(portal(**parameters))
