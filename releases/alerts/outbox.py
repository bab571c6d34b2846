"""Who must be told of a commit: written in the transaction that applies it, so that nothing is lost."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from archive.commit import Commit
from releases.access import shut_records
from releases.alerts.active import active
from releases.alerts.cadence import day_began, next_day, next_digest, quiet_until
from releases.alerts.deliver import deliver_owed as deliver_owed  # noqa: PLC0414  the outbox's other end
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.filters import HEALTH_KINDS, Candidate, matches, read_filters
from releases.alerts.outbox_candidates import commit_candidates, event_rows
from releases.alerts.outbox_corrections import records_told, take_back
from releases.models import Delivery, Subscription

_NAMESPACE = uuid.UUID("5b0e51a7-7c9c-5c3e-9d1f-8a3c54b4a4d9")
_SLICE = 500
QUIET = "deposit"
"""Reason of a commit that readers hear of only where whoever made it says so; editors hear of what it holds back."""
COUNTED = ("news", "match", "digest")
"""Kinds of message that `most_per_day` limits. Corrections and an operator's health always come."""
WITHIN = ("owed", "sending", "sent", "dead")
"""States of messages of their own."""


def delivery_id(subscription: str, commit: str, kind: str = "news") -> str:
    """The one id that `commit`'s message of this kind to `subscription` has, on every resend and after any replay."""
    suffix = "" if kind == "news" else f"/{kind}"
    return str(uuid.uuid5(_NAMESPACE, f"{subscription}/{commit}{suffix}"))


@dataclass(frozen=True, slots=True)
class Owing:
    """What one subscription is to be told of one commit, in one message."""

    subscription: str
    commit: str
    events: Sequence[str]
    kind: str
    at: datetime


def enqueue(commit: Commit) -> None:
    """Owe each subscription what it asked for of the commit's events.

    Call inside the transaction that applies `commit`; calling it again changes nothing. A
    subscription made (or confirmed) after the commit gets nothing of it. Events of a backfill make one message:
    for subscriptions without `backfill` only where new records came, so that the file commits that
    follow a first crawl stay quiet. Corrections, and portals' health for operators, are messages of
    their own. A deposit that is not to be told is told to nobody, saved searches included; nor is what happens to a
    record under a restriction.
    """
    from releases.alerts.matching import owe as owe_matches  # imports this module

    rows = event_rows(commit)
    if commit.reason == QUIET and all(row.get("backfill") for row in rows if row["kind"] != "quarantined"):
        rows = [row for row in rows if row["kind"] == "quarantined"]
    else:
        owe_matches(commit)
    shut = shut_records()
    rows = [row for row in rows if row.get("record") not in shut]
    if not rows:
        return
    owed = set(Delivery.objects.filter(commit=commit.id).exclude(kind="match").values_list("subscription", flat=True))
    found = active().filter(created_at__lte=commit.at).order_by("id")
    subscriptions = [subscription for subscription in found if subscription.id not in owed]
    if not subscriptions:
        return
    events = list(zip(rows, commit_candidates(commit, rows), strict=True))
    wrong = {
        str(old["event"]) for row in rows if row["kind"] == "retracted" and (old := row.get("old") or {}).get("event")
    }
    told = take_back(wrong)
    owe_all(
        Owing(subscription.id, commit.id, idents, kind, commit.at)
        for subscription in subscriptions
        for kind, idents in _wanted(subscription, events, told).items()
        if idents
    )


def owe(subscription: Subscription, commit: str, events: Sequence[str], kind: str, at: datetime) -> None:
    """Owe one subscription one message about `events`: at once, or with its next digest.

    Call inside a transaction; calling it again with the same commit and kind changes nothing.
    """
    owe_all([Owing(subscription.id, commit, events, kind, at)])


def owe_all(owings: Iterable[Owing]) -> None:
    """`owe` for many subscriptions."""
    listed = sorted(owings, key=lambda owing: owing.subscription)
    for start in range(0, len(listed), _SLICE):
        part = listed[start : start + _SLICE]
        with transaction.atomic():
            # Locked, so that no digest is made between our look at what runs and our write.
            locked = Subscription.objects.select_for_update().order_by("id")
            subscriptions = {s.id: s for s in locked.filter(id__in=[owing.subscription for owing in part])}
            made = [_delivery(owing, subscriptions[owing.subscription]) for owing in part]
            Delivery.objects.bulk_create(made, ignore_conflicts=True)


def _delivery(owing: Owing, subscription: Subscription) -> Delivery:
    waits, due = _waits(subscription, owing)
    if due is not None and (subscription.digest_due_at is None or due < subscription.digest_due_at):
        subscription.digest_due_at = due
        subscription.save(update_fields=["digest_due_at"])
    return Delivery(
        id=delivery_id(owing.subscription, owing.commit, owing.kind),
        subscription=subscription,
        kind=owing.kind,
        commit=owing.commit,
        events=list(owing.events),
        state="held" if waits else "owed",
        waits=waits,
        next_at=owing.at,
        created_at=owing.at,
    )


def _waits(subscription: Subscription, owing: Owing) -> tuple[str, datetime | None]:
    """Why a message is not sent at once, and when the digest is due that will have it; ("", None): at once."""
    if owing.kind == "health":
        return "", None
    try:
        if subscription.cadence != "instant":
            return "digest", subscription.digest_due_at or next_digest(subscription, owing.at)
        if quiet := quiet_until(subscription, owing.at):
            return "quiet hours", quiet
        if subscription.most_per_day and owing.kind in COUNTED:
            began = day_began(subscription, owing.at)
            today = Delivery.objects.filter(subscription=subscription, kind__in=COUNTED, state__in=WITHIN)
            today = today.filter(created_at__gte=began, created_at__lt=began + timedelta(hours=25))
            if today.count() >= subscription.most_per_day:
                return "most per day", next_day(subscription, owing.at)
    except SubscriptionRefused:  # settings that make no sense (any more) must not stop a commit
        return "", None
    return "", None


def _wanted(
    subscription: Subscription, events: list[tuple[dict[str, Any], Candidate]], told: dict[str, set[str]]
) -> dict[str, list[str]]:
    """Kind of message → event ids."""
    filters = read_filters(subscription.filters)
    records: set[str] | None = None
    made: dict[str, list[str]] = {"news": [], "health": [], "correction": []}
    news = []
    for row, event in events:
        health = event.kind in HEALTH_KINDS and not event.record
        if event.kind == "retracted":
            before = False
            if wrong := (row.get("old") or {}).get("event"):
                if subscription.id not in told.get(str(wrong), ()) and "retracted" not in filters.kinds:
                    continue
                before = subscription.id in told.get(str(wrong), ())
            elif event.record:
                records = records_told(subscription.id) if records is None else records
                before = event.record in records
            if before or matches(filters, event, role=subscription.role):
                made["correction"].append(row["id"])
        elif matches(filters, event, role=subscription.role):
            if health and subscription.role == "operator":
                made["health"].append(row["id"])
            else:
                news.append((row["id"], event))
    # Of a first look two things are one message each: what is watched from now on, and what was overdue by then.
    arrivals = any(event.kind in {"new", "overdue"} for _, event in news)
    made["news"] = [ident for ident, event in news if not event.backfill or filters.backfill or arrivals]
    return made
