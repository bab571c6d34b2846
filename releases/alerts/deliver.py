"""Sends what is owed: claimed one by one, tried side by side, retried with backoff, dead at last.

A claim is one conditional UPDATE, so two processes never send the same delivery at once, on SQLite
as on PostgreSQL; nor do two send to one Slack channel, where they would open two threads of one
record. A claim whose process died is due again after STALE.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone, translation

from archive.catalog.alone import alone
from config.faults import fault
from config.home import Home
from releases.alerts.channel import Channel, channel_of
from releases.alerts.deliver_line import Line
from releases.alerts.deliver_prepare import STALE, prepare
from releases.alerts.errors import DeliveryFailed, SubscriptionRefused
from releases.alerts.inside import Inside
from releases.alerts.slack import SCHEME, Posted, SlackChannel
from releases.alerts.slack_threads import before, keep, over, threads
from releases.alerts.story import Story, all_shut, tell
from releases.models import Delivery

BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 1440))
"""Waits after the first, second, ... failure; after one failure more than that a delivery is dead."""
SEND_SECONDS = 120.0
"""Longest time one sending may take, whatever its channel does."""
SIDE_BY_SIDE = 8
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Report:
    """What `deliver_owed` did, in deliveries."""

    sent: int = 0
    failed: int = 0
    """Not taken this time; due again later."""
    dead: int = 0
    """Given up on; `recordwatch alerts retry --dead` owes them again."""


@dataclass(frozen=True, slots=True)
class _Result:
    delivery: Delivery
    error: str
    """Empty: taken."""
    wait: float = 0.0
    final: bool = False
    """No use in trying again."""
    shut: bool = False
    """Nothing was sent, and nothing is to be: all that it told of is under a restriction."""


_Outbox = queue.SimpleQueue[_Result | Posted]


def deliver_owed(home: Home, now: datetime | None = None, only: Collection[str] | None = None) -> Report:
    """Make the digests that are due at `now` (else the real time) and send every delivery that is; or send
    those of ids `only` that are due, at any hour.

    The home's database must be open in this thread. One channel that fails or hangs stops nobody
    else: it is tried once per call, and its further deliveries wait for the next. Never raises for
    a receiver's sake.
    """
    moment = now or timezone.now()
    if only is None:
        prepare(home, moment)
    with Inside(home) as inside:
        return _deliver_all(home, Line(moment, only), now, inside)


def _deliver_all(home: Home, line: Line, now: datetime | None, inside: Inside) -> Report:
    outbox: _Outbox = queue.SimpleQueue()
    busy: dict[str, tuple[Delivery, float]] = {}
    sent = failed = dead = 0
    while True:
        while len(busy) < SIDE_BY_SIDE and (ident := line.next()) is not None:
            claimed = _claim(ident, now or timezone.now())
            if claimed is None:
                line.done(ident, failed=False)
                continue
            busy[claimed.id] = (claimed, time.monotonic() + SEND_SECONDS)
            fault("delivery.claimed")
            _start(claimed, home, outbox, inside)
        if not busy:
            return Report(sent, failed, dead)
        for result in _results(outbox, busy):
            del busy[result.delivery.id]
            state = _record(result, now)
            sent, failed, dead = sent + (state == "sent"), failed + (state == "owed"), dead + (state == "dead")
            line.done(result.delivery.id, failed=state not in {"sent", "dropped"})


def retry(ids: Collection[str] | None = None, *, now: datetime | None = None) -> int:
    """Owe dead deliveries again at once, with all their attempts: those of `ids`, or every dead one.

    Deliveries of `ids` that wait for their next attempt are made due as well. Returns how many.
    """
    found = Delivery.objects.filter(subscription__muted_at=None)
    found = found.filter(state="dead") if ids is None else found.filter(state__in=("dead", "owed"), id__in=list(ids))
    return found.update(state="owed", attempts=0, next_at=now or timezone.now())


def _claim(ident: str, now: datetime) -> Delivery | None:
    """This delivery, marked as being sent by us; None where another process has it, or it is not due any more."""
    due = Delivery.objects.filter(id=ident, state__in=("owed", "sending"), next_at__lte=now)
    seen = due.select_related("subscription__owner").first()
    if seen is None:
        return None
    until = now + STALE
    if not _taken(seen, now, until):
        return None
    seen.state, seen.attempts, seen.next_at = "sending", seen.attempts + 1, until
    # A correction may have taken something out between look and claim; from now on it does not.
    seen.events = Delivery.objects.values_list("events", flat=True).get(id=seen.id)
    return seen


def _taken(seen: Delivery, now: datetime, until: datetime) -> bool:
    """Whether it is ours from now on, `until` then."""
    # Whoever changes the row first has it: the others' condition no longer holds.
    unchanged = Delivery.objects.filter(id=seen.id, state=seen.state, attempts=seen.attempts, next_at=seen.next_at)
    ours = {"state": "sending", "attempts": seen.attempts + 1, "next_at": until}
    channel = seen.subscription.channel
    if not channel.startswith(SCHEME):
        return bool(unchanged.update(**ours))
    with alone("slack"):  # a channel is one process' at a time, so that nobody else opens a thread meanwhile
        others = Delivery.objects.filter(state="sending", next_at__gt=now, subscription__channel=channel)
        return not others.exclude(id=seen.id).exists() and bool(unchanged.update(**ours))


def _start(delivery: Delivery, home: Home, outbox: _Outbox, inside: Inside) -> None:
    """Prepare in this thread (it has the database), send in a thread of its own (it may hang)."""
    if delivery.subscription.muted_at is not None:
        outbox.put(_Result(delivery, "the subscription was muted before this was sent", final=True))
        return
    if delivery.subscription.waits:
        outbox.put(_Result(delivery, "the owner of this address has not said yes", final=True))
        return
    if (owner := delivery.subscription.owner) is not None and not owner.is_active:
        outbox.put(_Result(delivery, "the account that this is for is shut", final=True))
        return
    if delivery.attempts > len(BACKOFF) + 4:
        outbox.put(_Result(delivery, "the sending process died each time it tried this", final=True))
        return
    try:
        channel = channel_of(delivery.subscription, home)
        with translation.override(delivery.subscription.language or "en"):
            story = inside.seen(tell(delivery, home))
        if not story.events and story.certificate is None and all_shut(delivery.events):
            outbox.put(_Result(delivery, "", shut=True))
            return
        untold = delivery.events and not all_shut(delivery.events)
        if not story.events and (untold or story.certificate is None):
            raise DeliveryFailed("its events are not in the ledger (any more)")  # noqa: TRY301  told like any other
        if isinstance(channel, SlackChannel):
            known = threads(delivery.subscription.channel, story)
            channel.go_on(known, before(delivery.id), outbox.put)
    except Exception as error:
        outbox.put(_Result(delivery, _one_line(error)))
        return
    threading.Thread(target=_send, args=(delivery, channel, story, outbox), daemon=True).start()


def _send(delivery: Delivery, channel: Channel, story: Story, outbox: _Outbox) -> None:
    try:
        with translation.override(delivery.subscription.language or "en"):
            channel.send(story)
        fault("delivery.accepted")
    except DeliveryFailed as error:
        outbox.put(_Result(delivery, _one_line(error), error.wait))
    except Exception as error:
        outbox.put(_Result(delivery, _one_line(error)))
    else:
        outbox.put(_Result(delivery, ""))


def _results(outbox: _Outbox, busy: dict[str, tuple[Delivery, float]]) -> list[_Result]:
    """Wait for one result, or for somebody's time to be over. What was posted meanwhile is written down: at once, so
    that a sender who is killed repeats one message at most.
    """
    deadline = min(until for _, until in busy.values())
    try:
        came = [outbox.get(timeout=max(0.0, deadline - time.monotonic()))]
    except queue.Empty:
        came = []
    # All that came: who answered while we prepared another message was not late.
    while not outbox.empty():
        came.append(outbox.get())
    for one in came:
        if isinstance(one, Posted):
            keep(one)
            one.kept.set()
    found = [one for one in came if isinstance(one, _Result)]
    late = time.monotonic()
    known = {result.delivery.id for result in found}
    for delivery, until in busy.values():
        if until <= late and delivery.id not in known:
            found.append(_Result(delivery, f"the receiver did not finish within {SEND_SECONDS:.0f} s"))
    # A result that comes after its time was over belongs to nobody any more.
    return [result for result in found if result.delivery.id in busy]


def _record(result: _Result, now: datetime | None) -> str:
    """Write what became of a claimed delivery; returns its state. A claim that others took over is left alone."""
    delivery, moment = result.delivery, now or timezone.now()
    if result.shut:
        state, values = "dropped", {"error": "", "events": [], "dropped": delivery.events}
    elif not result.error:
        state, values = "sent", {"sent_at": moment, "error": ""}
    elif result.final or delivery.attempts > len(BACKOFF):
        state, values = "dead", {"error": result.error}
    else:
        wait = BACKOFF[delivery.attempts - 1].total_seconds() * random.uniform(1, 1 + _JITTER)
        state, values = "owed", {"error": result.error, "next_at": moment + timedelta(seconds=max(wait, result.wait))}
    ours = Delivery.objects.filter(id=delivery.id, state="sending", attempts=delivery.attempts)
    ours.update(state=state, **values)
    if state == "sent":
        over(delivery)
    return state


def _one_line(error: BaseException) -> str:
    text = (
        str(error) if isinstance(error, (DeliveryFailed, SubscriptionRefused)) else f"{type(error).__name__}: {error}"
    )
    return " ".join(text.split())[:1000]
