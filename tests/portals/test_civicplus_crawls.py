"""A CivicPlus site through whole crawls: what becomes news, and what never does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.civicplus import CivicPlusReplica, Document, Meeting
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture


@pytest.fixture
def replica() -> Iterator[CivicPlusReplica]:
    with CivicPlusReplica("token") as served:
        yield served


def test_documents_that_come_change_and_go(verb: Verb, tmp_path: Path, replica: CivicPlusReplica) -> None:
    watch = ReplicaWatch(verb, tmp_path, replica, "harbor-documents")
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["records"], watch.said["files"]) == ("healthy", 106, 106)
    assert watch.crawl() == []
    asked = [one for one in replica.asked if "/View/" in one.target]
    assert asked
    assert all("if-none-match" in one.headers for one in asked)
    police = replica.center.folders[0]
    policies, logs = police.folders[1].documents, police.folders[0].documents
    policies[0].body, policies[0].modified = b"PK second version" + b"0" * 300, "Jun 2, 2025"
    policies.append(Document(9002, "Vehicle Pursuits"))
    policies.append(logs.pop(4))  # to another folder
    gone = logs.pop(7)
    events = watch.crawl_changes()
    assert events == [
        ("changed", "4004", ["folder"]), ("changed", "9001", ["modified", "size"]), ("file_replaced", "9001", []),
        ("new", "9002", []), ("withdrawn", str(gone.id), []),
    ]  # fmt: skip
    assert watch.crawl() == []


@pytest.mark.parametrize("hazard", ["cut-short", "signed-out"])
def test_a_list_that_is_not_whole_withdraws_nothing(
    verb: Verb, tmp_path: Path, replica: CivicPlusReplica, hazard: str
) -> None:
    watch = ReplicaWatch(verb, tmp_path, replica, "harbor-documents")
    assert watch.crawl() == []
    replica.hazards = {"token", hazard}
    assert [kind for kind, _, _ in watch.crawl(3)] == ["broken"]
    replica.hazards = {"token"}
    assert [kind for kind, _, _ in watch.crawl()] == ["recovered"]


def test_meetings(verb: Verb, tmp_path: Path, replica: CivicPlusReplica) -> None:
    watch = ReplicaWatch(verb, tmp_path, replica, "harbor-agendas")
    assert watch.crawl() == []
    replica.meetings[0].minutes = True
    replica.meetings.insert(0, Meeting(3450, "05072025", "May 7, 2025", "Police Commission"))
    assert [(kind, key) for kind, key, _ in watch.crawl()] == [("file_added", "3433"), ("new", "3450")]
    assert watch.crawl() == []


def test_an_archive_that_grows(verb: Verb, tmp_path: Path, replica: CivicPlusReplica) -> None:
    watch = ReplicaWatch(verb, tmp_path, replica, "harbor-minutes")
    assert watch.crawl() == []
    replica.archive[203] = "Commission Minutes March 2025"
    assert [(kind, key) for kind, key, _ in watch.crawl()] == [("new", "203")]
