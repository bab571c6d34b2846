"""Why an event was sent to a subscription, waits, or was not sent: answered from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from archive.catalog.models import AppliedCommit, ChangeLog
from releases.alerts.filters import HEALTH_KINDS, Candidate, Filters, matches, read_filters
from releases.alerts.matching_candidates import candidates
from releases.alerts.subscriptions import find
from releases.alerts.why_delivery import Became, what_became
from releases.alerts.wording import clean
from releases.ledger.retract import open_event, retractions
from releases.models import Delivery, Event, MatchOwed, Subscription
from releases.restricting.shown import as_told

WhyNot = Literal[
    "muted", "waits", "made later", "role", "portal", "health", "not told", "kind", "record kind", "key", "list", "words", "fields",
    "query", "not asked yet", "backfill", "unknown",
]  # fmt: skip
_CHECKS: tuple[tuple[WhyNot, tuple[str, ...], str], ...] = (
    ("portal", ("portals",), "it follows other portals: {}"),
    ("kind", ("kinds",), "it asks for other kinds of event: {}"),
    ("record kind", ("record_kinds",), "it asks for other kinds of record: {}"),
    ("key", ("keys",), "it asks for other records: {}"),
    ("list", ("records",), "it is on another watch list than: {}"),
    ("words", ("words",), "not all of these words occur in its title, key, fields and file names: {}"),
    ("fields", ("fields",), "the record's fields are others: {}"),
)
"""Filters in the order in which they are looked at."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Why, for one event and one subscription."""

    event: str
    subscription: str
    sent: bool
    reason: Became | WhyNot
    """What became of it, or the first thing that kept it away."""
    about: str
    """The event and the subscription, in a line."""
    sentences: tuple[str, ...]
    message: str = ""
    """Id of the message: the Message-ID up to its @, or the webhook-id."""
    at: datetime | None = None
    """When it was sent, or is to be tried."""


def why(event: str, subscription: str, now: datetime | None = None) -> Answer:
    """Why the event with this id (or end of an id) was sent to this subscription, or was not.

    Raises:
        RetractionRefused, SubscriptionRefused: there is no such event, or no such subscription.
    """
    happened, asker = as_told(open_event(event)), find(subscription)
    about = (
        f"{happened.kind} {clean(happened.key or happened.portal, 120)} ({happened.portal}, "
        f"{happened.at:%Y-%m-%d %H:%M} UTC) to “{asker.name}”:"
    )
    if told := _deliveries(happened, asker):
        return _owed(happened, asker, about, told, now)
    reason, sentence = _why_not(happened, asker)
    return Answer(happened.id, asker.id, False, reason, about, (f"not sent: {sentence}.",))


def _deliveries(event: Event, asker: Subscription) -> list[Delivery]:
    """The deliveries that hold the event, or held it; what was sent first."""
    mine = Delivery.objects.filter(subscription=asker, created_at__gte=event.at - timedelta(days=1))
    mine = mine.exclude(kind="digest").select_related("subscription").order_by("created_at", "id")
    found = [one for one in mine.iterator() if event.id in one.events or event.id in one.dropped]
    return sorted(found, key=lambda one: event.id not in one.events)


def _owed(event: Event, asker: Subscription, about: str, told: list[Delivery], now: datetime | None) -> Answer:
    first = told[0]
    if event.id in first.dropped:
        sentence = "not sent: it was retracted before anyone was told, so it was taken back and nothing is said of it."
        return Answer(event.id, asker.id, False, "taken back", about, (sentence,))
    fate = what_became(first, now)
    sentences = [f"{fate.sentence}."]
    if fate.message:
        what = "digest" if first.state == "gathered" else first.kind
        sentences.append(f"Message: {fate.message} ({what}), by the name “{asker.name}”.")
    if correction := retractions([event]).get(event.id):
        corrected = [what_became(one, now) for one in _deliveries(correction, asker)]
        said = corrected[0].sentence if corrected else "not owed"
        sentences.append(f"It was retracted on {correction.at:%Y-%m-%d}; the correction: {said}.")
    return Answer(
        event.id, asker.id, fate.became == "sent", fate.became, about, tuple(sentences), fate.message, fate.at
    )


def _why_not(event: Event, asker: Subscription) -> tuple[WhyNot, str]:
    """The first thing that kept it away, in the order in which `releases.alerts.outbox` looks."""
    commit, at = _commit(event)
    if asker.waits:
        return "waits", "the owner of its address was asked, and has not said yes"
    if asker.created_at > at:
        return "made later", f"the subscription was made on {asker.created_at:%Y-%m-%d %H:%M} UTC, after the event"
    if asker.muted_at is not None and asker.muted_at <= at:
        return "muted", f"the subscription is mute since {asker.muted_at:%Y-%m-%d %H:%M} UTC"
    if asker.last_muted:
        begun, ended = (datetime.fromisoformat(text) for text in asker.last_muted)
        if begun <= at < ended:
            return "muted", f"the subscription was mute from {begun:%Y-%m-%d %H:%M} to {ended:%Y-%m-%d %H:%M} UTC"
    filters = read_filters(asker.filters)
    candidate = candidates([event])[event.id]
    if event.kind == "quarantined" and asker.role != "editor":
        return "role", f"only editors are told of quarantined passages, and its role is {asker.role}"
    if event.kind in HEALTH_KINDS and not event.record:
        return _portal_only(filters, candidate)
    if event.kind == "retracted" and (wrong := (event.old or {}).get("event")) and "retracted" not in filters.kinds:
        return "not told", f"it was never told what this corrects (event {wrong})"
    for reason, names, words in _CHECKS:
        only = msgspec.structs.replace(Filters(), **{name: getattr(filters, name) for name in names})
        if not matches(only, candidate, role=asker.role, asked=True):
            return reason, words.format(_shown(getattr(filters, names[0])))
    if filters.query and MatchOwed.objects.filter(commit=commit).exists():
        return "not asked yet", "its query has not been asked of this commit yet; the next run does"
    if filters.query:
        return "query", f"its query finds nothing in what the commit brought of this record: {filters.query}"
    if event.backfill and not filters.backfill:
        return "backfill", "it is of a portal's first crawl, which is one message that counts its new records"
    return "unknown", (
        "every filter holds, and yet nothing was owed: the delivery is not in this database (any more), or the "
        "subscription was mute at a time that is no longer on record"
    )


def _portal_only(filters: Filters, candidate: Candidate) -> tuple[WhyNot, str]:
    if not matches(Filters(portals=filters.portals), candidate):
        return "portal", f"it follows other portals: {', '.join(filters.portals)}"
    if not matches(filters, candidate):
        return "health", "it was made with --no-health: not to be told when a portal goes blind"
    return "unknown", "it follows the portal, and yet nothing was owed: the delivery is not in this database (any more)"


def _commit(event: Event) -> tuple[str, datetime]:
    """The commit that brought the event, and when."""
    line = ChangeLog.objects.filter(table="releases.Event", row=event.id).order_by("seq").first()
    applied = AppliedCommit.objects.filter(id=line.commit).first() if line else None
    return (applied.id, applied.at) if applied else ("", event.at)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {test}" for name, test in value.items())
    return value if isinstance(value, str) else ", ".join(value)
