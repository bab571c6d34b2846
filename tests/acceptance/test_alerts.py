"""Everything that is owed arrives, whatever servers do: real SMTP, a real web receiver, the real sender."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest

from releases.alerts.deliver import Report, deliver_owed
from releases.alerts.outbox import enqueue
from releases.alerts.subscriptions import change, subscribe
from releases.models import Delivery, Subscription
from tests.acceptance.newsroom import ROOT
from tests.acceptance.receivers import WebReceiver
from tests.services.group import free_port
from tests.unit.releases.alerts.conftest import commit, row

NOW = datetime.now(UTC)
ALL = {"portals": ["lake-harbor"]}


class Smtp:
    """A real mail server whose next answers are planned: a reply, `drop` (after the message was read: it was
    taken, and nobody is told so) or nothing planned: taken.
    """

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller

        self.plan: list[str] = []
        self.refused: set[str] = set()
        self.taken: list[tuple[str, str]] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), server_hostname="mail.example")
        self._controller.start()
        self.port = int(self._controller.port)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refused:
            return "550 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        step = self.plan.pop(0) if self.plan else ""
        if step in {"", "drop"}:
            ident = str(message_from_bytes(envelope.content)["Message-ID"]).strip("<>").partition("@")[0]
            self.taken.append((envelope.rcpt_tos[0], ident))
        if step == "drop":
            server.transport.abort()
        return step if step not in {"", "drop"} else "250 OK"

    def close(self) -> None:
        self._controller.stop()


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    server = Smtp()
    yield server
    server.close()


@pytest.fixture
def hook() -> Iterator[WebReceiver]:
    server = WebReceiver()
    yield server
    server.close()


def until_all_is_sent(home: Any, calls: int = 12) -> Report:
    """Deliver until nothing is owed, the clock going on by what each failure asks to wait."""
    sent = failed = dead = 0
    for number in range(calls):
        report = deliver_owed(home, NOW + number * timedelta(hours=7))
        sent, failed, dead = sent + report.sent, failed + report.failed, dead + report.dead
    return Report(sent, failed, dead)


def test_a_mail_server_with_every_bad_habit(make_home: Any, smtp: Smtp) -> None:
    home = make_home(f'host = "127.0.0.1"\nport = {smtp.port}')
    for number in range(6):
        subscribe(home, f"mailto:reader{number}@example.org", ALL)
    enqueue(commit(row("LH-1"), row("LH-2", "changed")))
    smtp.plan = ["451 try later", "drop", "552 mailbox full", "drop", "421 shutting down"]
    report = until_all_is_sent(home)
    assert (report.sent, report.failed, report.dead) == (6, 5, 0)
    owed = {
        f"{d.subscription.channel.removeprefix('mailto:')}": d.id
        for d in Delivery.objects.select_related("subscription")
    }
    arrived = Counter(smtp.taken)
    assert dict(arrived.keys()) == owed
    assert sorted(arrived.values()) == [1, 1, 1, 1, 2, 2]  # the two that were dropped came again, with their ids
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_one_refused_recipient_dies_alone(make_home: Any, smtp: Smtp) -> None:
    home = make_home(f'host = "127.0.0.1"\nport = {smtp.port}')
    smtp.refused.add("gone@example.org")
    for name in ("gone", "here", "there"):
        subscribe(home, f"mailto:{name}@example.org", ALL)
    enqueue(commit(row("LH-1")))
    report = until_all_is_sent(home, 16)
    assert (report.sent, report.dead) == (2, 1)
    assert {address for address, _ in smtp.taken} == {"here@example.org", "there@example.org"}
    assert "550 no such user here" in Delivery.objects.get(state="dead").error


def test_a_server_that_is_not_there_and_then_is(make_home: Any, smtp: Smtp) -> None:
    home = make_home(f'host = "127.0.0.1"\nport = {free_port()}')
    subscribe(home, "mailto:me@example.org", ALL)
    for number in range(9):
        enqueue(commit(row(f"LH-{number}")))
    assert deliver_owed(home) == Report(failed=1)
    home = make_home(f'host = "127.0.0.1"\nport = {smtp.port}')
    # Nine messages that waited are one; nobody is punished for the server's day off.
    report = deliver_owed(home, datetime.now(UTC) + timedelta(minutes=3))
    assert report.sent <= 2
    told = Counter(event for one in Delivery.objects.filter(state="sent") for event in one.events)
    assert (len(told), set(told.values())) == (9, {1})


def test_a_web_receiver_with_every_bad_habit(make_home: Any, hook: WebReceiver) -> None:
    home = make_home()
    for _ in range(5):
        subscribe(home, hook.url, ALL)
    enqueue(commit(row("LH-1")))
    hook.plan = [500, "cut", 307, 404, 429, "cut", 503]
    report = until_all_is_sent(home)
    assert (report.sent, report.failed, report.dead) == (5, 7, 0)
    assert {ident for ident, _ in hook.taken} == set(Delivery.objects.values_list("id", flat=True))
    assert len({(ident, body) for ident, body in hook.taken}) == 5  # every repeat is the same, byte for byte


SENDER = """
import sys
from datetime import datetime
from config.home import open_home
from archive.catalog.database import open_database
home = open_home(sys.argv[1])
open_database(home.database_url, migrate=False)
from releases.alerts.outbox import deliver_owed
deliver_owed(home, datetime.fromisoformat(sys.argv[2]))
"""


def send(home: Any, now: datetime, fault: str = "") -> subprocess.Popen[bytes]:
    environment = {**os.environ, "RECORDWATCH_FAULT": fault}
    return subprocess.Popen([sys.executable, "-c", SENDER, str(home.path), now.isoformat()], cwd=ROOT, env=environment)


@pytest.mark.parametrize("fault", ["digest.closing", "digest.closed", "delivery.accepted"])
@pytest.mark.parametrize("days", [-2, 0, 2])
def test_killed_at_a_digest_on_the_day_the_clock_changes_or_jumps(
    make_home: Any, hook: WebReceiver, fault: str, days: int
) -> None:
    home = make_home()
    made = subscribe(home, hook.url, ALL, cadence="daily", timezone="America/Chicago", digest_at="02:30")
    start = datetime(2026, 3, 7, 18, tzinfo=UTC)  # the next 02:30 is skipped
    Subscription.objects.update(created_at=start)
    change(made.id, cadence="daily", now=start)
    events = []
    for hour in range(1, 6):
        rows = [row(f"LH-{hour}")]
        enqueue(commit(*rows, at=start + timedelta(hours=hour)))
        events.append(rows[0]["id"])
    due = datetime(2026, 3, 8, 8, 30, tzinfo=UTC)
    assert Subscription.objects.get().digest_due_at == due
    died = send(home, due, fault)
    assert died.wait(60) == -signal.SIGKILL
    moment = due + timedelta(days=days)
    for _ in range(5):
        moment += timedelta(hours=13)
        alive = [send(home, moment) for _ in range(2)]
        assert [one.wait(60) for one in alive] == [0, 0]
    told = Counter(event for one in Delivery.objects.filter(state="sent") for event in one.events)
    assert told == Counter(dict.fromkeys(events, 1))
    sent = set(Delivery.objects.filter(state="sent").values_list("id", flat=True))
    arrived = Counter(ident for ident, _ in hook.taken)
    assert set(arrived) == sent
    assert max(arrived.values()) == (2 if fault == "delivery.accepted" else 1)


def test_the_work_grows_with_what_is_owed_and_not_with_its_square(make_home: Any) -> None:
    """Counted in steps of SQLite's machine, not in seconds: who is next must not be looked up among all that wait."""
    from django.db import connection

    home = make_home()
    each = []
    for number in (80, 800):
        Subscription.objects.all().delete()
        for place in range(number):
            subscribe(home, f"mailto:reader{place}@example.org", ALL)
        enqueue(commit(row("LH-1")))
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        connection.connection.set_progress_handler(step, 100)
        report = deliver_owed(home)
        connection.connection.set_progress_handler(None, 0)
        assert report == Report(sent=number)
        each.append(steps / number)
    assert each[1] < each[0] * 1.5, each
