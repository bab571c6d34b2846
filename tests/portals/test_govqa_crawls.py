"""A GovQA archive through whole crawls: attachments behind postbacks, sessions that differ and end, what becomes news."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.govqa import BLOBS, Attachment, GovQaReplica, Request, pdf
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
POLICY = "R000411-090225"


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[ReplicaWatch[GovQaReplica]]:
    with GovQaReplica() as replica:
        yield ReplicaWatch(verb, tmp_path, replica, "harbor-requests")


def blobs(watch: ReplicaWatch[GovQaReplica]) -> list[bool]:
    """Of each file asked for: whether only for what changed."""
    return [
        "if-none-match" in one.headers for one in watch.replica.asked if one.host == BLOBS and one.path != "/robots.txt"
    ]


def test_files_are_had_once_and_what_changes_is_told(watch: ReplicaWatch[GovQaReplica]) -> None:
    assert watch.crawl() == []
    assert (watch.said["files"], watch.said["file_errors"], blobs(watch)) == (4, 0, [False] * 4)
    assert watch.crawl() == []  # other sessions, other links
    assert (watch.said["file_errors"], blobs(watch)) == (0, [True] * 4)
    requests = watch.replica.requests
    requests[0].status, requests[0].closed = "Closed - Records", "9/20/2025 10:00:00 AM"
    requests[0].attachments.append(Attachment("stop.mp4", b"\x00\x00\x00\x18ftypmp42" + b"frame" * 50))
    requests[1].attachments[0].body = pdf("pursuit policy 2025, corrected")
    requests.insert(0, Request("R000413-092225", 7413, "9/22/2025 1:00:00 AM", "Overtime in August", "Open"))
    told = ["due_date", "number", "requested_date", "state", "status", "summary", "text"]
    events = [
        (kind, key, [name for name in new if name in told or kind == "changed"]) for kind, key, new in watch.crawl()
    ]
    assert [(kind, key) for kind, key, _ in events] == [
        ("changed", "R000412-091525"), ("file_added", "R000412-091525"), ("file_replaced", POLICY), ("new", "R000413-092225"),
    ]  # fmt: skip
    assert events[0][2] == ["closed_date", "state", "status"]
    assert watch.crawl() == []


def test_a_corrected_file_under_its_old_name_and_another_control(watch: ReplicaWatch[GovQaReplica]) -> None:
    """Controls are numbered by their place: a file that comes first makes no other file a new one."""
    assert watch.crawl() == []
    watch.replica.requests[1].attachments.insert(0, Attachment("A cover letter.pdf", pdf("cover")))
    assert watch.crawl() == [("file_added", POLICY, [])]


def test_one_document_under_two_names_is_still_asked_for_conditionally(watch: ReplicaWatch[GovQaReplica]) -> None:
    """The archive keeps its bytes once; each name has its own place in the portal's store."""
    comments = watch.replica.requests[1].attachments
    comments[2].body = comments[1].body
    assert watch.crawl() == []
    assert watch.crawl() == []
    assert (watch.said["file_errors"], blobs(watch)) == (0, [True] * 4)


def test_what_is_not_read_again_is_no_change(watch: ReplicaWatch[GovQaReplica]) -> None:
    assert watch.crawl() == []
    watch.edit("[parameters]", "[parameters]\nclosed = 0")
    assert watch.crawl() == []
    assert len(watch.asked("Details")) == 1  # of the one that is open
    watch.replica.requests[2].status = "Closed - Reopened and released"
    watch.replica.requests[0].status = "In progress"
    assert watch.crawl() == [("changed", "R000398-081425", ["status"]), ("changed", "R000412-091525", ["status"])]
    watch.edit("closed = 0", "closed = 100")
    assert watch.crawl() == []
    assert watch.said["files"] == 4


def test_a_withdrawn_request_takes_three_crawls(watch: ReplicaWatch[GovQaReplica]) -> None:
    assert watch.crawl() == []
    del watch.replica.requests[5]
    assert [watch.crawl(), watch.crawl()] == [[], []]
    assert [(kind, key) for kind, key, _ in watch.crawl()] == [("withdrawn", "R000388-080102")]


def test_sessions_that_end_in_mid_crawl_cost_a_second_try_and_nothing_else(watch: ReplicaWatch[GovQaReplica]) -> None:
    watch.replica.hazards = {"short-sessions"}
    assert watch.crawl() == []
    assert (watch.said["records"], watch.said["files"], watch.said["file_errors"]) == (12, 4, 0)
    assert watch.asked("timeout=1")
    watch.replica.hazards = set()
    assert watch.crawl() == []


def test_a_busy_portal_is_waited_for(watch: ReplicaWatch[GovQaReplica]) -> None:
    watch.replica.hazards = {"busy-callbacks"}
    assert watch.crawl() == []
    assert (watch.said["records"], watch.said["file_errors"]) == (12, 0)
    assert len([one for one in watch.replica.asked if one.method == "POST" and b"__CALLBACKID" in one.body]) == 2


@pytest.mark.parametrize(
    ("hazard", "kind"),
    [
        ("page-one-again", "broken"),
        ("no-archive", "broken"),
        ("unlinked", "broken"),
        ("down", "down"),
        ("challenge", "blocked"),
    ],
)
def test_nothing_is_withdrawn_by_a_portal_that_cannot_be_read(
    watch: ReplicaWatch[GovQaReplica], hazard: str, kind: str
) -> None:
    assert watch.crawl() == []
    watch.replica.hazards = {hazard}
    for _ in range(2):
        events = watch.crawl(3)
        assert {event for event, _, _ in events} <= {"broken", "blocked"}
        assert watch.said["verdict"] == kind
    watch.replica.hazards = set()
    assert [event for event, _, _ in watch.crawl() if event != "recovered"] == []
