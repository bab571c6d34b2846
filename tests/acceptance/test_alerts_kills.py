"""kill -9 of the real `run`, while two portals are crawled, digests are made and messages are sent.

Afterwards every owed event has reached every subscription in exactly one message, repeats carry the id
of the first, and nothing else was received.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.catalog.database import open_database
from sample.server import SamplePortal, portal_file
from tests.acceptance.newsroom import Mailbox, Newsroom
from tests.acceptance.receivers import WebReceiver
from tests.services.forked import ended_within

PORTALS = ("lake-harbor", "lake-harbor-two")
SENDERS = {"mail": "mailto:now@example.org", "daily": "mailto:daily@example.org", "ops": "mailto:ops@example.org"}
POINTS = [
    "digest.closing", "digest.closed", "digest.closed:2", "digest.joined", "delivery.claimed", "delivery.claimed:4",
    "delivery.accepted", "delivery.accepted:3",
]  # fmt: skip


class Stage:
    """Two portals, receivers, and a newsroom with a backlog: four days were crawled, and nobody was told. `crawled` is the
    same with the last day crawled too: what is left is to tell.
    """

    def __init__(self, folder: Path) -> None:
        self.mailbox, self.hook = Mailbox(), WebReceiver()
        self.portal = SamplePortal(day=1)
        self.room = Newsroom(folder / "base", self.mailbox)
        text = portal_file(self.portal.url)
        for slug in PORTALS:
            self.room.watch(text.replace('slug = "lake-harbor"', f'slug = "{slug}"'), slug)
        follow = ("--portal", PORTALS[0], "--portal", PORTALS[1])
        self.room.run("alerts", "subscribe", SENDERS["mail"], *follow, "--name", "mail")
        self.room.run("alerts", "subscribe", self.hook.url, *follow, "--name", "hook")
        self.room.run("alerts", "subscribe", SENDERS["daily"], *follow, "--name", "daily", "--cadence", "daily")
        weekly = ("--cadence", "weekly", "--role", "operator", "--timezone", "America/Chicago")
        self.room.run("alerts", "subscribe", SENDERS["ops"], *follow, "--name", "ops", *weekly)
        for day in (1, 4, 5, 6):
            self._crawl(self.room, day)
        set_digests_due(self.room)
        self.crawled = self.room.copy(folder / "crawled")
        self._crawl(self.crawled, 8)

    def _crawl(self, room: Newsroom, day: int) -> None:
        self.portal.day = day
        for slug in PORTALS:
            room.run("crawl", slug, "--no-deliver", codes=(0, 3))

    def close(self) -> None:
        self.portal.close()
        self.mailbox.close()
        self.hook.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("alerts"))
    yield stage
    stage.close()


def set_digests_due(room: Newsroom) -> None:
    """As if a digest's hour had come."""
    from django.db import connection

    from releases.models import Subscription

    open_database(room.home.database_url)
    Subscription.objects.exclude(cadence="instant").update(digest_due_at=datetime.now(UTC) - timedelta(minutes=1))
    connection.close()


def received(stage: Stage, mails: int, hooks: int) -> dict[str, Counter[str]]:
    """Channel → message id → how often it came, since these numbers."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for message in stage.mailbox.messages[mails:]:
        found[f"mailto:{message['To']}"][str(message["Message-ID"]).strip("<>").partition("@")[0]] += 1
    for ident, _ in stage.hook.taken[hooks:]:
        found[stage.hook.url][ident] += 1
    return found


def check_told(stage: Stage, room: Newsroom, mails: int, hooks: int, *crawl: str) -> None:
    """Mend, crawl what is due (`--all`: everything) and send to the end; then compare what was owed, what is noted as sent
    and what arrived.
    """
    from django.db import connection

    from releases.models import Delivery, Event, Subscription

    room.run("recover")
    room.run("run", *crawl)
    room.pass_claims()
    set_digests_due(room)
    room.run("run")
    open_database(room.home.database_url)
    arrived = received(stage, mails, hooks)
    everything = set(Event.objects.values_list("id", flat=True))
    first_files = set(Event.objects.filter(backfill=True).exclude(kind="new").values_list("id", flat=True))
    assert Event.objects.filter(kind="recovered").count() == len(PORTALS)
    for subscription in Subscription.objects.all():
        mine = Delivery.objects.filter(subscription=subscription)
        assert set(mine.values_list("state", flat=True)) <= {"sent", "gathered"}
        messages = {one.id: one.events for one in mine.filter(state="sent")}
        assert set(arrived.pop(subscription.channel)) == set(messages), subscription.name
        told = Counter(event for events in messages.values() for event in events)
        assert set(told.values()) == {1}, (subscription.name, told.most_common(3))
        assert everything - first_files <= set(told) <= everything
    assert not arrived
    bodies: dict[str, set[bytes]] = defaultdict(set)
    for ident, body in stage.hook.taken[hooks:]:
        bodies[ident].add(body)
    assert all(len(same) == 1 for same in bodies.values())
    connection.close()


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_a_named_point(stage: Stage, tmp_path: Path, point: str) -> None:
    room = stage.crawled.copy(tmp_path / "home")
    mails, hooks = len(stage.mailbox.messages), len(stage.hook.taken)
    room.run("run", codes=(-signal.SIGKILL,), environment={"RECORDWATCH_FAULT": point})
    check_told(stage, room, mails, hooks)


def kill_at_random(room: Newsroom, instant: float) -> None:
    """Start `run`, kill it and the crawls it started after `instant` seconds, as a power cut would."""
    ended_within(instant, "run", "--all", "--home", str(room.path))


def random_kills(stage: Stage, folder: Path, kills: int, seed: int) -> None:
    print(f"seed {seed}: RECORDWATCH_SEED={seed} repeats this run")
    dice = random.Random(seed)
    whole = stage.room.copy(folder / "whole")
    began = time.monotonic()
    whole.run("run", "--all")
    duration = time.monotonic() - began
    done = 0
    while done < kills:
        room = stage.room.copy(folder / f"home-{done}")
        mails, hooks = len(stage.mailbox.messages), len(stage.hook.taken)
        for _ in range(min(5, kills - done)):
            kill_at_random(room, dice.uniform(0.3, 1.0) * duration)
            if dice.random() < 0.5:
                room.pass_claims()
            done += 1
        check_told(stage, room, mails, hooks, "--all")


@pytest.mark.timeout(1200)
def test_killed_at_random_instants(stage: Stage, tmp_path: Path) -> None:
    random_kills(stage, tmp_path, 10, int(os.environ.get("RECORDWATCH_SEED", random.randrange(10**6))))


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_killed_at_many_random_instants(stage: Stage, tmp_path: Path) -> None:
    random_kills(stage, tmp_path, 200, int(os.environ.get("RECORDWATCH_SEED", random.randrange(10**6))))


def test_a_rebuilt_catalog_owes_nobody_again(stage: Stage, tmp_path: Path) -> None:
    room = stage.crawled.copy(tmp_path / "home")
    mails, hooks = len(stage.mailbox.messages), len(stage.hook.taken)
    room.run("run")
    told = received(stage, mails, hooks)
    room.run("rebuild", "--force")
    room.run("run")
    assert received(stage, mails, hooks) == told
    check_told(stage, room, mails, hooks)
