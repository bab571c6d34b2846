"""A table on a Socrata domain through whole crawls: what becomes news, and what never does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.replica_watch import Event, ReplicaWatch
from tests.replicas.socrata import OFFICERS, SUMMARY, SocrataReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture


@pytest.fixture
def replica() -> Iterator[SocrataReplica]:
    with SocrataReplica() as served:
        yield served


def test_rows_that_change_come_and_go(verb: Verb, tmp_path: Path, replica: SocrataReplica) -> None:
    watch = ReplicaWatch(verb, tmp_path, replica, "socrata-cases")
    assert watch.crawl() == []
    assert len(watch.asked("/reports/5.pdf")) == 1
    replica.updated += 86_400
    assert watch.crawl() == []
    rows = replica.tables[SUMMARY]
    rows[1]["current_status"] = "Closed/Final"
    rows[3]["current_status"] = "Closed/Final"
    rows[0] |= {"closed_date": "2031-08-02T00:00:00.000", "finding": "Sustained"}
    del rows[2]["closed_date"]  # nulls are left out of a row
    rows.append({**rows[3], "log_no": "2031-0000008", "beat": "0808"})
    assert watch.crawl_changes() == [
        Event("changed", "2031-0000001", ["closed_date", "finding"]),
        Event("changed", "2031-0000003", ["closed_date"]),
        Event("changed", "2031-0000004", ["status"]),
        Event("new", "2031-0000008", []),
    ]
    removed = rows.pop(5)
    assert watch.crawl() == [Event("withdrawn", removed["log_no"], [])]
    assert watch.asked(f"log_no={removed['log_no']}"), "the row itself is asked for"
    rows.insert(0, removed)
    assert watch.crawl() == [Event("restored", removed["log_no"], [])]


def test_one_row_per_officer(verb: Verb, tmp_path: Path, replica: SocrataReplica) -> None:
    """Rows of one case may come in any order; another officer is a change of the case."""
    watch = ReplicaWatch(verb, tmp_path, replica, "socrata-officers")
    assert watch.crawl() == []
    replica.tables[OFFICERS].reverse()
    assert watch.crawl() == []
    case = replica.tables[OFFICERS][0]
    replica.tables[OFFICERS].append({**case, "rank_of_involved_officer": "Lieutenant"})
    assert watch.crawl() == [Event("changed", case["log_no"], ["officers"])]


def test_a_column_that_the_publisher_renames_withdraws_nothing(
    verb: Verb, tmp_path: Path, replica: SocrataReplica
) -> None:
    watch = ReplicaWatch(verb, tmp_path, replica, "socrata-cases")
    assert watch.crawl() == []
    replica.hazards = {"renamed"}
    assert [event.kind for event in watch.crawl(3)] == ["broken"]
    assert "a column 'current_status'" in watch.out
    replica.hazards = {"busy"}
    assert [event.kind for event in watch.crawl()] == ["recovered"]


def test_a_condition_the_platform_does_not_know_is_told_in_its_words(
    verb: Verb, tmp_path: Path, replica: SocrataReplica
) -> None:
    watch = ReplicaWatch(verb, tmp_path, replica, "socrata-cases")
    watch.edit('key = "log_no"', 'key = "log_no"\nwhere = "asignment = \'OPA\'"')
    assert [event.kind for event in watch.crawl(3)] == ["broken"]
    assert "No such column: asignment" in watch.out
    watch.edit("asignment", "assignment")
    watch.crawl()
    assert {event["key"] for event in watch.events() if event["kind"] == "new"} == {
        row["log_no"] for row in replica.tables[SUMMARY] if row["assignment"] == "OPA"
    }
