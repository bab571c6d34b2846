"""JustFOIA: what is asked, what is read, and what each difference from the known answers raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Note, Record, Sighting
from spiders.platforms.justfoia import JustFoiaSpider
from tests.portals.offline import Outcome
from tests.replicas.asking import Edit, crawled
from tests.replicas.justfoia import TENANT, JustFoiaReplica

BASE = f"https://{TENANT}"


def portal(**parameters: Any) -> Portal:
    return Portal("jf", "N", "A", "P", f"{BASE}/publicportal/requests", "justfoia", parameters)


@pytest.fixture
def replica() -> Iterator[JustFoiaReplica]:
    with JustFoiaReplica() as made:
        yield made


def read(replica: JustFoiaReplica, edit: Edit | None = None, **parameters: Any) -> Outcome:
    """The spider over the replica's answers; `edit` may change each answer's JSON, by its path."""
    return crawled(replica, JustFoiaSpider(portal(**parameters)), edit)


def records(outcome: Outcome) -> dict[str, Record]:
    return {record.key: record for record in outcome.of(Record)}


def many(replica: JustFoiaReplica) -> None:
    for number in range(5, 255):
        replica.file_request(f"PR-{number}-2026", f"Fleet records {number}.", "2026-04-01")


def test_the_newest_requests_are_asked_for_more(replica: JustFoiaReplica) -> None:
    outcome = read(replica, details=2)
    found = records(outcome)
    assert [url.rpartition("=")[2] for url in outcome.asked[1:]] == ["PR-4-2026", "PR-3-2026"]
    assert (found["PR-3-2026"].fields["state"], found["PR-3-2026"].fields["text"]) == (
        "open",
        "Overtime of the marine unit.",
    )
    assert [file.name for file in found["PR-3-2026"].files] == ["overtime.xlsx"]
    assert "files" in found["PR-1-2025"].absent_means_unknown
    assert found["PR-1-2025"].absent_means_unknown.isdisjoint(found["PR-1-2025"].fields)


def test_pages_are_read_to_the_one_that_is_not_full(replica: JustFoiaReplica) -> None:
    many(replica)
    outcome = read(replica, details=0)
    assert [(page.number, page.rows, page.last) for page in outcome.of(ListingPage)] == [
        (1, 100, False), (2, 100, False), (3, 54, True)
    ]  # fmt: skip
    assert len(records(outcome)) == 254


def test_a_tenant_that_gives_everything_at_once(replica: JustFoiaReplica) -> None:
    many(replica)
    replica.hazards.add("whole")
    outcome = read(replica, details=0)
    assert [(page.rows, page.last) for page in outcome.of(ListingPage)] == [(254, True)]


def test_endless_page_1_is_an_error(replica: JustFoiaReplica) -> None:
    many(replica)
    replica.hazards.add("endless")
    assert "the rows of page 1 again" in str(read(replica, details=0).errors[0])


def test_newest_stops_and_says_so(replica: JustFoiaReplica) -> None:
    many(replica)
    outcome = read(replica, details=0, newest=1)
    assert [page.capped for page in outcome.of(ListingPage)] == [1]
    assert "parameters.newest = 1" in outcome.of(Note)[0].words


def test_nothing_is_said_by_an_empty_list(replica: JustFoiaReplica) -> None:
    replica.rows.clear()
    outcome = read(replica)
    assert outcome.of(EmptyMarker)[0].words == "searchResults: []"
    assert outcome.errors == []


def test_a_number_with_odd_characters_stays_one_address(replica: JustFoiaReplica) -> None:
    replica.file_request("PD 12/26 #4", "Dispatch log.", "2026-04-01")
    record = records(read(replica))["PD 12/26 #4"]
    assert record.url == f"{BASE}/publicportal/requests/PD%2012%2F26%20%234/view"
    asked = f"{BASE}/publicportal/api/Request?fullRequestNumber=PD%2012%2F26%20%234"
    assert JustFoiaSpider.own_page(portal(), record.url) == asked


@pytest.mark.parametrize(
    ("body", "gone"),
    [(b'{"requestResults": null}', True), (b"{}", False), (b"null", False), (b"<html>", False), (b'{"requestResults": {}}', False), (b"\xff", False)],
)  # fmt: skip
def test_gone_is_only_what_says_so(body: bytes, gone: bool) -> None:
    assert JustFoiaSpider.gone(body) is gone


def changed(name: str, value: Any) -> Edit:
    def edit(target: str, body: Any) -> Any:
        def walk(at: Any) -> None:
            for key, inner in (
                list(at.items()) if isinstance(at, dict) else enumerate(at) if isinstance(at, list) else []
            ):
                walk(inner)
                if key == name:
                    at[key] = value

        walk(body)
        return body

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (changed("dateOfRequest", "March 2"), "a day such as 2026-03-02"),
        (changed("requestName", None), "requestName"),
        (changed("requestName", "x" * 80), "a number such as PR-661-2026"),
        (changed("status", None), "status"),
        (changed("attachmentId", "../../etc"), "a GUID"),
        (changed("requestResults", None), "an object"),
        (changed("searchResults", None), "a list"),
        (lambda target, body: "<html>Forbidden</html>" if "Search" in target else body, "HTML or XML"),
    ],
)
def test_what_is_not_as_known_is_an_error(replica: JustFoiaReplica, edit: Edit, words: str) -> None:
    outcome = read(replica, edit)
    assert words in str(outcome.errors[0])
    if "Name" not in words and words not in {"a list", "HTML or XML", "requestName", "a number such as PR-661-2026"}:
        assert len(outcome.of(Sighting)) == 4


def test_one_wrong_row_does_not_hide_the_others(replica: JustFoiaReplica) -> None:
    replica.rows[1]["requestName"] = None
    outcome = read(replica)
    assert len(outcome.of(Sighting)) == len(records(outcome)) == 3
    assert "searchResults[1].requestName" in str(outcome.errors[0])


def test_a_following_page_that_is_refused_is_no_end(replica: JustFoiaReplica) -> None:
    many(replica)
    outcome = read(
        replica,
        lambda target, body: {"message": "bad"} if len(body.get("searchResults", [])) == 54 else body,
        details=0,
    )
    assert "a list" in str(outcome.errors[0])
    assert not any(page.last for page in outcome.of(ListingPage))


def test_wrong_parameters() -> None:
    with pytest.raises(ConfigError, match=re.escape("parameters.details = -1")):
        JustFoiaSpider(portal(details=-1))
