"""The City Clerk's API as it answers, and as it should not."""

from __future__ import annotations

from typing import Any

import pytest

from config.errors import ConfigError
from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Record
from spiders.sites.elms import ElmsSpider
from tests.portals.offline import Outcome
from tests.replicas.asking import crawled
from tests.replicas.elms import API, SITE, ElmsReplica


def portal(**parameters: Any) -> Portal:
    return Portal("c", "C", "A", "P", f"https://{SITE}/", "elms", {"api": f"https://{API}", **parameters})


def read(replica: ElmsReplica, **parameters: Any) -> Outcome:
    return crawled(replica, ElmsSpider(portal(**parameters)))


@pytest.mark.parametrize("hazards", [(), ("bare",), ("bare", "text")])
def test_records_are_the_same_however_the_api_gives_them(hazards: tuple[str, ...]) -> None:
    with ElmsReplica(*hazards) as replica:
        outcome = read(replica, search=["fictional"])
    assert outcome.errors == []
    found = {record.printed_key: record for record in outcome.of(Record)}
    assert list(found) == ["O2026-0000001", "O2026-0000002", "SO2026-0000003"]
    passed = found["SO2026-0000003"]
    assert (passed.fields["status"], passed.fields["final_action_date"]) == ("6-Passed", "2026-04-15")
    assert [file.name for file in passed.files] == ["O2026-0000003.pdf"]
    assert found["O2026-0000002"].files == ()


@pytest.mark.parametrize(
    ("hazard", "said"), [("endless", "the rows of page 1"), ("short", "rows up to the 3 that meta.count says")]
)
def test_a_list_that_does_not_go_on_is_an_error(hazard: str, said: str) -> None:
    with ElmsReplica(hazard) as replica:
        outcome = read(replica, search=["fictional"], page_size=1)
    assert any(said in str(error) for error in outcome.errors), outcome.errors


def test_a_page_other_than_the_one_asked_for_is_an_error() -> None:
    with ElmsReplica() as replica:
        original = replica._listed

        def first_page(rows: Any, query: dict[str, str]) -> Any:
            return original(rows, {**query, "skip": "0"})

        replica._listed = first_page  # type: ignore[method-assign]
        outcome = read(replica, search=["fictional"], page_size=1)
    assert "expected 1 for 'meta.skip', found 0" in str(outcome.errors[0])


def test_nothing_is_empty_in_the_apis_own_words() -> None:
    with ElmsReplica() as replica:
        outcome = read(replica, search=["zebra"])
    assert [marker.words for marker in outcome.of(EmptyMarker)] == ["meta.count is 0"]
    assert [(page.last, page.total) for page in outcome.of(ListingPage)] == [(True, 0)]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"introductionDate": "18 Feb 2026"}, "introductionDate"),
        ({"matterId": None}, "data[0].matterId"),
        ({"recordNumber": ""}, "data[0].recordNumber"),
        ({"attachments": {"path": "x"}}, "data[0].attachments"),
    ],
)
def test_a_field_in_another_form_names_itself(change: dict[str, Any], what: str) -> None:
    with ElmsReplica() as replica:
        replica.matters[0].update(change)
        outcome = read(replica, search=["fictional"])
    assert what in outcome.errors[0].selector


def test_a_shell_is_not_asked_whether_a_matter_is_there() -> None:
    assert (
        ElmsSpider.own_page(portal(search=["x"]), f"https://{SITE}/Matter/?matterId=A-1") == f"https://{API}/matter/A-1"
    )
    assert (
        ElmsSpider.own_page(portal(search=["x"]), f"https://{SITE}/Meeting/?meetingId=B-1")
        == f"https://{API}/meeting/B-1"
    )
    assert ElmsSpider.own_page(portal(search=["x"]), f"https://{SITE}/") == ""


def test_all_of_it_is_not_watched_by_accident() -> None:
    with pytest.raises(ConfigError, match="say what to watch"):
        ElmsSpider(portal())
