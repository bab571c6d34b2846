"""Who was told what turned out to be wrong. Where nobody was, it is taken back and nothing is said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from django.db import transaction

from releases.models import Delivery, Event, Subscription

_TOLD_LIMIT = 2000
_SLACK = timedelta(days=1)
"""How far a commit's time may lie before its events' own."""


def take_back(wrong: Collection[str]) -> dict[str, set[str]]:
    """Event id → ids of the subscriptions that were told, or may have been, for each of these events.

    From messages that nobody has tried to send they are taken out, and kept in `dropped`; so a reader
    of a daily digest never hears of a mistake that was corrected before the digest was made. A message
    that was tried counts as told, for the receiver may have had it. Call inside a transaction.
    """
    told: dict[str, set[str]] = defaultdict(set)
    if not wrong:
        return told
    first = min(Event.objects.filter(id__in=list(wrong)).values_list("at", flat=True), default=None)
    if first is None:
        return told
    rows = Delivery.objects.filter(created_at__gte=first - _SLACK).exclude(kind="digest").order_by("id")
    hits = [
        (ident, subscription)
        for ident, subscription, events in rows.values_list("id", "subscription", "events").iterator()
        if not set(wrong).isdisjoint(events)
    ]
    with transaction.atomic():
        for subscription in sorted({subscription for _, subscription in hits}):
            # Locked, so that no digest is made between our look at a message and our change of it.
            Subscription.objects.select_for_update().get(id=subscription)
            mine = [ident for ident, owner in hits if owner == subscription]
            for delivery in Delivery.objects.filter(id__in=mine).order_by("id"):
                mistakes = [event for event in delivery.events if event in wrong]
                if not _drop(delivery, mistakes):
                    for event in mistakes:
                        told[event].add(subscription)
    return told


def _drop(delivery: Delivery, mistakes: list[str]) -> bool:
    """Take `mistakes` out of a message, if nobody has tried to send it."""
    if delivery.state == "gathered":
        digest = Delivery.objects.filter(id=delivery.digest).first()
        if digest is None or not _without(digest, mistakes, "owed"):
            return False
        return _without(delivery, mistakes, "gathered")
    if delivery.state in {"held", "owed"}:
        return _without(delivery, mistakes, delivery.state)
    return False


def _without(delivery: Delivery, mistakes: list[str], state: str) -> bool:
    """Whether the row could be changed: it is still in `state`, and was never tried."""
    events = [event for event in delivery.events if event not in mistakes]
    values: dict[str, object] = {"events": events, "dropped": [*delivery.dropped, *mistakes]}
    owner = delivery.subscription
    certifies = delivery.kind == "digest" and owner.empty_digests and owner.cadence != "instant"
    if not events and not certifies:
        values["state"] = "dropped"
    return bool(Delivery.objects.filter(id=delivery.id, state=state, attempts=0).update(**values))


def records_told(subscription: str) -> set[str]:
    """Records whose events this subscription was sent, or is owed."""
    newest = Delivery.objects.filter(subscription=subscription).order_by("-created_at").values_list("events", flat=True)
    idents = [ident for events in newest[:_TOLD_LIMIT] for ident in events]
    told: set[str] = set()
    for start in range(0, len(idents), 500):
        told.update(Event.objects.filter(id__in=idents[start : start + 500]).values_list("record", flat=True))
    return told - {""}
