"""The reform site through whole crawls of the real command: windows, new drafts, drafts that are gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.cpd_reform import CROWDS, TRAINING, CpdReformReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture


Watched = ReplicaWatch[CpdReformReplica]


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[Watched]:
    with CpdReformReplica() as replica:
        yield ReplicaWatch(verb, tmp_path, replica, "police-reform")


def test_a_window_extended_in_place_and_a_new_draft(watch: Watched) -> None:
    assert watch.crawl() == []
    watch.replica.hazards.add("busy")
    assert watch.crawl() == []
    assert watch.replica.refused
    watch.replica.hazards.discard("busy")
    watch.replica.drafts[0] = replace(
        CROWDS, window=CROWDS.window.replace("The comment period will close on March 18",
                                             "The comment period has been extended and will close on April 2"),
    )  # fmt: skip
    changed = ["comment_closes", "comment_extended", "comment_period", "text"]
    assert watch.crawl() == [("changed", "policy-review/invented-crowds", changed)]
    watch.replica.drafts.insert(0, replace(TRAINING, slug="new-draft", title="New Draft"))
    (new,) = watch.crawl()
    assert new[:2] == ("new", "policy-review/new-draft")
    del watch.replica.drafts[0]
    assert watch.crawl() == [("withdrawn", "policy-review/new-draft", [])]


def test_the_archive_in_its_two_states(watch: Watched) -> None:
    assert watch.crawl() == []
    watch.replica.hazards.add("extended")
    told = watch.crawl()
    assert [event[:2] for event in told] == [("changed", "draft_policy/post-301"), ("new", "draft_policy/post-305")]
    # What an archive shows whole has no page to ask: only a third crawl without it is told.
    assert watch.crawl() == []
    assert watch.crawl() == [("withdrawn", "draft_policy/post-299", [])]


def test_a_list_that_repeats_itself_and_a_silent_page_withdraw_nothing(watch: Watched) -> None:
    assert watch.crawl() == []
    watch.replica.hazards.add("endless")
    assert [event[0] for event in watch.crawl(3)] == ["broken"]
    watch.replica.hazards = {"silent"}
    assert watch.crawl(3) == []
    watch.replica.hazards = set()
    assert [event[0] for event in watch.crawl()] == ["recovered"]


def test_a_challenge_is_no_silence(watch: Watched) -> None:
    """The real site has stood behind one: the verdict is `blocked`, and nothing is withdrawn."""
    assert watch.crawl() == []
    watch.replica.hazards = {"challenge"}
    assert [event[0] for event in watch.crawl(3)] == ["blocked"]
    watch.replica.hazards = {"denied"}
    assert watch.crawl(3) == []
    watch.replica.hazards = set()
    assert [event[0] for event in watch.crawl()] == ["recovered"]


def test_the_day_comments_close_is_known_beforehand(watch: Watched) -> None:
    watch.replica.drafts[0] = replace(CROWDS, window="The comment period will close on March 18, 2099.")
    watch.crawl()
    told = {row["key"]: row for row in watch.rows("deadlines")}
    assert "2099-03-18" in str(told["policy-review/invented-crowds"])
