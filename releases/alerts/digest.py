"""Digests: what waited becomes one message, in one transaction, so that every event is in exactly one.

What waits are deliveries in state `held`. A digest takes all of its subscription's that there are when it
is made, whatever the clock says of them: nothing can fall between two periods. It belongs to no commit
and has an id of its own from its first breath; resends carry it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from archive.ids import uuid7
from config.faults import fault
from config.home import Home
from releases.alerts.active import active
from releases.alerts.cadence import PERIOD, missed_digests, next_digest, quiet_until
from releases.alerts.digest_certificate import certify
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.waited import Waited, late, many, put_off
from releases.models import Delivery, Subscription

MOST_AT_ONCE = 3
"""Messages to one subscription that may be due together; more become one."""
_INSTANT_WAIT = timedelta(days=3)
_FEW = ("news", "match")


def make_digests(home: Home, now: datetime) -> int:
    """Make every digest that is due at `now`. Returns how many; killed anywhere, each is made once.

    One that is due later than it could be was set by a clock that has been put back since: its time is
    set anew.
    """
    late = [Q(cadence=cadence, digest_due_at__gt=now + period) for cadence, period in PERIOD.items()]
    due = active().filter(digest_due_at__lte=now).values_list("id", flat=True).order_by("digest_due_at", "id")
    made = sum(_make_due(ident, home, now) for ident in list(due))
    for condition in (*late, Q(cadence="instant", digest_due_at__gt=now + _INSTANT_WAIT)):
        for ident in list(active().filter(condition).values_list("id", flat=True)):
            made += _make_due(ident, home, now)
    return made


def _make_due(ident: str, home: Home, now: datetime) -> bool:
    with transaction.atomic():
        subscription = Subscription.objects.select_for_update().get(id=ident)
        due = subscription.digest_due_at
        if due is None or subscription.muted_at is not None or subscription.waits:
            return False
        try:
            following = next_digest(subscription, now)
            ahead = due > now
            missed = 0 if ahead else missed_digests(subscription, due, now)
        except SubscriptionRefused:  # settings that make no sense (any more): tell what there is, daily
            following, ahead, missed = now + timedelta(days=1), False, 0
        if ahead and following == due:
            return False
        if ahead and subscription.cadence != "instant":
            made = False  # the clock was put back
        else:
            made = _close(subscription, home, now, late(due, now, missed))
        subscription.digest_due_at = following
        subscription.save(update_fields=["digest_due_at", "certified"])
        fault("digest.closing")
    fault("digest.closed")
    return made


def _close(subscription: Subscription, home: Home, now: datetime, waited: Waited) -> bool:
    """Make the digest of what is held; False where there is none to make."""
    held = list(Delivery.objects.filter(subscription=subscription, state="held").order_by("created_at", "id"))
    if subscription.cadence == "instant":
        if len(held) < 2:  # as it would have come
            Delivery.objects.filter(id__in=[one.id for one in held]).update(state="owed", next_at=now)
            return False
        _gather(subscription, held, home, now, put_off(subscription, {one.waits for one in held}))
        return True
    if not held and not subscription.empty_digests:
        return False
    _gather(subscription, held, home, now, waited)
    return True


def _gather(subscription: Subscription, held: Sequence[Delivery], home: Home, now: datetime, waited: Waited) -> None:
    """One message of all of `held`; the period it vouches for goes on from where the last one ended."""
    periodic = subscription.cadence != "instant"
    past: dict[str, Any] = subscription.certified if periodic else {}
    begun = datetime.fromisoformat(past["until"]) if past else subscription.created_at
    since = begun if periodic else min(one.created_at for one in held)
    certificate, upto = certify(subscription, home, since, past.get("portals", {}))
    if periodic:
        subscription.certified = {"until": now.isoformat(), "portals": upto}
    digest = Delivery.objects.create(
        id=uuid7(),
        subscription=subscription,
        kind="digest",
        commit="",
        since=min(since, now),
        until=now,
        events=list(dict.fromkeys(event for one in held for event in one.events)),
        state="owed",
        next_at=now,
        created_at=now,
        certificate={**certificate, "waited": waited},
    )
    Delivery.objects.filter(id__in=[one.id for one in held]).update(state="gathered", digest=digest.id)


def keep_quiet(now: datetime, only: Collection[str] | None = None) -> None:
    """Put off what is due within somebody's quiet hours: to their end, and into one message.

    What was tried before keeps its id, so it is not joined with others. An operator is told of a
    portal's health at any hour.
    """
    quiet = Subscription.objects.filter(muted_at=None).exclude(quiet="")
    for ident in list(quiet.values_list("id", flat=True)):
        with transaction.atomic():
            subscription = Subscription.objects.select_for_update().get(id=ident)
            try:
                until = quiet_until(subscription, now)
            except SubscriptionRefused:
                continue
            if until is None:
                continue
            due = Delivery.objects.filter(subscription=subscription, state="owed", next_at__lte=now)
            due = due.exclude(kind="health").exclude(id__in=list(only or ()))
            fresh = due.filter(attempts=0).exclude(kind="digest") if subscription.cadence == "instant" else due.none()
            if fresh.update(state="held", waits="quiet hours"):
                earlier = subscription.digest_due_at
                subscription.digest_due_at = min(until, earlier) if earlier and earlier > now else until
                subscription.save(update_fields=["digest_due_at"])
            due.update(next_at=until, waits="quiet hours")


def join_many(home: Home, now: datetime) -> int:
    """More than a few messages that are due together for one subscription become one. Returns how many did."""
    due = Delivery.objects.filter(
        state="owed", attempts=0, next_at__lte=now, kind__in=_FEW, subscription__muted_at=None
    )
    crowded = due.values("subscription").annotate(number=Count("id")).filter(number__gt=MOST_AT_ONCE)
    idents = list(crowded.values_list("subscription", flat=True))
    for ident in idents:
        with transaction.atomic():
            subscription = Subscription.objects.select_for_update().get(id=ident)
            held = list(due.filter(subscription=ident).select_for_update().order_by("created_at", "id"))
            if len(held) <= MOST_AT_ONCE:
                continue
            _gather(subscription, held, home, now, many(len(held)))
            Delivery.objects.filter(id__in=[one.id for one in held]).update(waits="many at once")
            if subscription.cadence != "instant":
                subscription.save(update_fields=["certified"])
            fault("digest.joined")
    return len(idents)
