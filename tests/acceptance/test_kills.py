"""kill -9 of the real command: at every named point, and at random instants.

After `recover` and one more crawl: every journalled exchange is in the catalog exactly once, every
event of the story happened exactly once, every owed delivery was sent, resends carry the same id,
`verify --full` is clean and the database equals a rebuild.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.faults import POINTS
from sample.server import SamplePortal, portal_file
from sample.story import DAYS
from tests.acceptance.newsroom import Mailbox, Newsroom, seen
from tests.services.forked import ended_within

SLUG = "lake-harbor"
CRAWL_POINTS = [
    "exchange.received", "warc.appended", "warc.journalled", "spool.write", "warc.sealed", "store.put",
    "store.verified", "log.appended", "commit.stored", "commit.applied", "commit.done", "spool.deleted",
    "matches.told", "delivery.claimed", "delivery.accepted",
    # the second time a point is passed is another place in the crawl: the files after the records
    "warc.sealed:2", "store.put:3", "log.appended:3", "commit.stored:2", "commit.applied:2", "commit.done:2",
]  # fmt: skip


LARGE_POINTS = {"warc.large.midway", "store.part"}
"""Passed with a large body only: `test_large_file` kills there."""
DIGEST_POINTS = {"digest.closing", "digest.closed", "digest.joined"}
"""Passed where digests are due: `test_alerts_kills` kills there."""


def test_every_fault_point_has_its_kill() -> None:
    assert {point.split(":")[0] for point in CRAWL_POINTS} | LARGE_POINTS | DIGEST_POINTS == set(POINTS)


class Stage:
    """A portal, a mailbox and a newsroom that has seen day 1."""

    def __init__(self, folder: Path) -> None:
        self.mailbox = Mailbox()
        self.portal = SamplePortal(day=1)
        self.room = Newsroom(folder / "base", self.mailbox)
        self.room.watch(portal_file(self.portal.url), SLUG)
        self.room.run("alerts", "subscribe", "mailto:reporter@example.org", "--portal", SLUG, "--name", "all")
        searched = ("--portal", SLUG, "--query", "kind:case", "--no-health", "--name", "searched")
        self.room.run("alerts", "subscribe", "mailto:searcher@example.org", *searched)
        self.room.crawl(SLUG)
        self.first_mails = len(self.mailbox.messages)
        self.portal.day = 3

    def close(self) -> None:
        self.portal.close()
        self.mailbox.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("kills"))
    yield stage
    stage.close()


def check_aftermath(stage: Stage, room: Newsroom, journalled: set[str], mails_before: int) -> None:
    room.run("recover")
    result = room.crawl(SLUG)
    assert result["verdict"] == "healthy", result["reason"]
    held = room.captures()
    assert journalled <= set(held)
    assert len(held) == len(set(held))
    events = [event for event in room.rows("releases", "--limit", "1000") if not event["backfill"]]
    assert Counter(one for event in events for one in seen([event])) == Counter(DAYS[3].events)
    room.pass_claims()
    room.run("run")
    deliveries = room.rows("alerts", "deliveries")
    assert {delivery["state"] for delivery in deliveries} == {"sent"}
    told = Counter(str(message["Message-ID"]) for message in stage.mailbox.messages[mails_before:])
    owed = {delivery["id"] for delivery in deliveries}
    assert all(any(ident in message for ident in owed) for message in told), (told, owed)
    for name in ("all", "searched"):
        mailed = [ident for delivery in deliveries if delivery["subscription"] == name for ident in delivery["events"]]
        assert len(mailed) == len(set(mailed)), name
        assert {event["id"] for event in events} <= set(mailed), name
    room.check_archive()


@pytest.mark.parametrize("point", CRAWL_POINTS)
def test_killed_at_a_named_point(stage: Stage, tmp_path: Path, point: str) -> None:
    room = stage.room.copy(tmp_path / "home")
    mails = len(stage.mailbox.messages)
    room.run("crawl", SLUG, codes=(-signal.SIGKILL,), environment={"RECORDWATCH_FAULT": point})
    check_aftermath(stage, room, room.journalled(), mails)


def kill_at_random(room: Newsroom, instant: float) -> bool:
    """Start a crawl, kill it after `instant` seconds; whether it was still running."""
    return not ended_within(instant, "crawl", SLUG, "--home", str(room.path))


def random_kills(stage: Stage, folder: Path, kills: int, seed: int) -> None:
    print(f"seed {seed}: RECORDWATCH_SEED={seed} repeats this run")
    dice = random.Random(seed)
    whole = stage.room.copy(folder / "whole")
    began = time.monotonic()
    whole.crawl(SLUG)
    duration = time.monotonic() - began
    done = 0
    while done < kills:
        room = stage.room.copy(folder / f"home-{done}")
        mails = len(stage.mailbox.messages)
        journalled: set[str] = set()
        for _ in range(min(4, kills - done)):
            kill_at_random(room, dice.uniform(0.2, 1.0) * duration)
            journalled |= room.journalled()
            done += 1
        check_aftermath(stage, room, journalled, mails)


def test_killed_at_random_instants(stage: Stage, tmp_path: Path) -> None:
    random_kills(stage, tmp_path, 10, int(os.environ.get("RECORDWATCH_SEED", random.randrange(10**6))))


@pytest.mark.soak
def test_killed_at_many_random_instants(stage: Stage, tmp_path: Path) -> None:
    random_kills(stage, tmp_path, 200, int(os.environ.get("RECORDWATCH_SEED", random.randrange(10**6))))
