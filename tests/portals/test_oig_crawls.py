"""An inspector general's publications through whole crawls: layouts and addresses change, reports do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.oig import OigReplica, Report
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
Watched = ReplicaWatch[OigReplica]


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[Watched]:
    with OigReplica() as replica:
        yield ReplicaWatch(verb, tmp_path, replica, "lake-harbor-oig-a")


def test_the_life_of_reports(watch: Watched) -> None:
    site = watch.replica
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["coverage"], watch.said["records"]) == ("healthy", "complete", 4)
    assert watch.crawl() == []
    # Another layout of the list, and other addresses: nothing happened to any report.
    site.hazards = {"layout-b", "moved"}
    assert watch.crawl() == []
    # The department answered; a new report; one is gone.
    site.edit("recommendation-to-reopen", files=(("recommendation-to-reopen.pdf", "Read the recommendation here"),
                                                 ("answer.pdf", "CPD response")))  # fmt: skip
    site.state.reports.insert(0, Report("follow-up", "Follow-Up", "2026-04-01", "A follow-up of the review."))
    site.state.reports = [one for one in site.state.reports if one.slug != "recommendation-to-reopen-2"]
    assert [(kind, key) for kind, key, _ in watch.crawl()] == [
        ("changed", "recommendation-to-reopen"), ("file_added", "recommendation-to-reopen"),
        ("new", "follow-up"), ("withdrawn", "recommendation-to-reopen-2"),
    ]  # fmt: skip


@pytest.mark.parametrize(("hazard", "verdict"), [("bare", "broken"), ("denied", "blocked"), ("down", "down")])
def test_what_is_not_seen_is_not_withdrawn(watch: Watched, hazard: str, verdict: str) -> None:
    assert watch.crawl() == []
    watch.replica.hazards = {hazard}
    assert {kind for kind, _, _ in watch.crawl(3)} <= {"broken", "blocked"}
    assert watch.said["verdict"] == verdict


def test_a_list_that_goes_on_by_script_withdraws_only_what_is_gone(watch: Watched) -> None:
    assert watch.crawl() == []
    watch.replica.hazards = {"load-more"}
    for _ in range(4):
        watch.run("crawl", watch.slug, "--home", watch.home)
    rows = watch.run("releases", "--json", "--home", watch.home).out
    assert "withdrawn" not in rows
