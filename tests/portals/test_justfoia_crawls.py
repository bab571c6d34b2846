"""A JustFOIA portal through whole crawls: what becomes news, and whose robots.txt is obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.justfoia import STORE, JustFoiaReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
SLUG = "lake-harbor-clerk"


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[ReplicaWatch[JustFoiaReplica]]:
    with JustFoiaReplica("signed", "null") as replica:
        yield ReplicaWatch(verb, tmp_path, replica, SLUG)


def test_what_a_clerk_does_is_told_once(watch: ReplicaWatch[JustFoiaReplica]) -> None:
    replica = watch.replica
    assert watch.crawl() == []
    assert watch.crawl() == []
    stored = [one for one in replica.asked if one.host == STORE and one.path != "/robots.txt"]
    assert [bool(one.headers.get("if-none-match")) for one in stored] == [True]
    replica.release("PR-4-2026", "dispatch.mp3", b"ID3 dispatch" + b" " * 200)
    replica.status["PR-4-2026"] = "Completed"
    replica.file_request("PR-5-2026", "Pursuit policy.", "2026-03-23")
    assert watch.crawl() == [
        ("changed", "PR-4-2026", ["state", "status"]),
        ("file_added", "PR-4-2026", []),
        ("new", "PR-5-2026", ["number", "requested_date", "state", "status", "text"]),
    ]


def test_a_document_replaced_and_a_request_taken_down(watch: ReplicaWatch[JustFoiaReplica]) -> None:
    replica = watch.replica
    assert watch.crawl() == []
    (guid,) = (one["attachmentId"] for one in replica.attached["PR-3-2026"])
    replica.bytes[guid] = b"PK overtime, corrected" + b" " * 200
    replica.rows = [row for row in replica.rows if row["requestName"] != "PR-2-2025"]
    del replica.status["PR-2-2025"]
    assert [event[:2] for event in watch.crawl()] == [("file_replaced", "PR-3-2026"), ("withdrawn", "PR-2-2025")]


def test_its_robots_txt_is_obeyed_unless_the_portal_file_says_why_not(watch: ReplicaWatch[JustFoiaReplica]) -> None:
    watch.replica.robots = "User-agent: *\nDisallow: /\nCrawl-delay: 0\n"
    watch.crawl(3)
    assert watch.said["verdict"] == "blocked"
    assert watch.asked("/publicportal") == []
    watch.edit(
        "[parameters]", '[politeness]\nrobots = false\nrobots_why = "published records; the clerk agreed"\n[parameters]'
    )
    watch.crawl()
    assert watch.said["verdict"] == "healthy"
