"""Subscriptions: made, changed, found, muted, tried."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from archive.ids import uuid7
from config.home import Home
from releases.alerts.cadence import ROLES, check_settings, next_digest, quiet_until
from releases.alerts.channel import channel_of, open_channel
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.filters import Filters, check_filters, read_filters, write_filters
from releases.alerts.matching_check import refuse_everything
from releases.alerts.story import story
from releases.alerts.webhook import new_secret
from releases.models import Account, Delivery, Event, Subscription

_TIMING = frozenset({"cadence", "timezone", "digest_at", "digest_day", "quiet", "most_per_day"})
LANGUAGES = ("en", "es")
MUTED = "the subscription was muted before this was sent"


class Choices(TypedDict, total=False):
    """What a subscription may say of itself: the columns of that name, with their defaults."""

    role: str
    cadence: str
    timezone: str
    digest_at: str
    digest_day: str
    empty_digests: bool
    quiet: str
    most_per_day: int
    language: str


def subscribe(
    home: Home,
    channel: str,
    filters: Filters | Mapping[str, Any],
    *,
    name: str = "",
    note: str = "",
    owner: Account | None = None,
    ask: bool = False,
    **choices: Unpack[Choices],
) -> Subscription:
    """Make a subscription. `filters` as `Filters`, or as a mapping with some of its keys. `ask`: it waits until the
    owner of the address says yes (`releases.alerts.confirm`).

    Raises:
        SubscriptionRefused: the channel cannot work, a portal is not watched, the filters would match
            everything by accident, or a choice makes no sense.
    """
    filters = checked(home, filters)
    web = channel.lower().startswith(("https:", "http:"))
    secret = new_secret() if web else ""
    open_channel(channel, secret, home)
    made = Subscription(
        id=uuid7(), name=" ".join(name.split()) or _name(filters), note=note, channel=channel, secret=secret,
        filters=write_filters(filters), created_at=timezone.now(), mute_token=secrets.token_urlsafe(32),
        owner=owner, confirm_token=secrets.token_urlsafe(32) if ask else "",
    )  # fmt: skip
    _choose(made, choices)
    made.digest_due_at = None if ask else next_digest(made, made.created_at)
    made.save(force_insert=True)
    return made


def checked(home: Home, filters: Filters | Mapping[str, Any]) -> Filters:
    """`filters`, as `Filters` or a mapping with some of its keys, if a subscription may have them.

    Raises:
        SubscriptionRefused, QueryError: see `subscribe`.
    """
    if not isinstance(filters, Filters):
        filters = read_filters(dict(filters))
    check_filters(filters)
    refuse_everything(home, filters)
    watched = {path.stem for path in home.portals.glob("*.toml")}
    if unknown := sorted(set(filters.portals) - watched):
        raise SubscriptionRefused(
            f"not watched here: {', '.join(unknown)}; watched: {', '.join(sorted(watched)) or 'none'}",
            todo="`recordwatch portals add` adds one",
        )
    return filters


def change(
    ident: str,
    *,
    name: str = "",
    note: str | None = None,
    filters: Filters | None = None,
    now: datetime | None = None,
    **choices: Unpack[Choices],
) -> Subscription:
    """Change what a subscription asks for (`filters`, as `checked` gives them), when and how it is told. What waits for
    a digest comes with the next one there is; what was owed under other filters stays owed.

    Raises:
        SubscriptionRefused: there is no such subscription, or a choice makes no sense; nothing is changed.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        found = Subscription.objects.select_for_update().get(id=find(ident).id)
        before = found.cadence
        found.name = " ".join(name.split()) or found.name
        found.note = found.note if note is None else note
        found.filters = found.filters if filters is None else write_filters(filters)
        _choose(found, choices)
        if found.muted_at is None and not found.waits and not _TIMING.isdisjoint(choices):
            found.digest_due_at = next_digest(found, moment)
            if found.cadence == "instant" and Delivery.objects.filter(subscription=found, state="held").exists():
                found.digest_due_at = quiet_until(found, moment) or moment
        if before == "instant" != found.cadence:
            found.certified = {"until": moment.isoformat()}  # what came before was told when it came
        found.save()
    return found


def _choose(subscription: Subscription, choices: Choices) -> None:
    for name, value in choices.items():
        setattr(subscription, name, value)
    check_settings(subscription)
    if subscription.role not in ROLES:
        raise SubscriptionRefused(f"no such role: {subscription.role!r}", todo=f"one of {', '.join(ROLES)}")
    if subscription.language not in LANGUAGES:
        raise SubscriptionRefused(f"no messages in {subscription.language!r}", todo=f"one of {', '.join(LANGUAGES)}")
    if subscription.most_per_day < 0:
        raise SubscriptionRefused("a day can not have fewer than no messages", todo="0 for no limit")
    if "digest_day" in choices and subscription.cadence != "weekly":
        raise SubscriptionRefused(f"{subscription.cadence} messages know no day of the week", todo="--cadence weekly")
    if subscription.role != "editor" and "quarantined" in read_filters(subscription.filters).kinds:
        raise SubscriptionRefused("only editors are told of quarantined passages", todo="--role editor")


def find(ident: str) -> Subscription:
    """The subscription with this id, mute token, name, or unique end of an id.

    Raises:
        SubscriptionRefused: there is none, or more than one.
    """
    for query in ({"id": ident}, {"mute_token": ident}, {"name": ident}, {"id__endswith": ident}):
        found = list(Subscription.objects.filter(**query)[:2]) if ident else []
        if len(found) == 1:
            return found[0]
        if found:
            raise SubscriptionRefused(f"more than one subscription is called {ident!r}", todo="give its id")
    raise SubscriptionRefused(f"there is no subscription {ident!r}", todo="`recordwatch alerts list` shows them")


def mute(ident: str, *, now: datetime | None = None) -> Subscription:
    """Send nothing more to it. What is owed already is given up. Needs no login: the token is enough."""
    with transaction.atomic():
        found = Subscription.objects.select_for_update().get(id=find(ident).id)
        if found.muted_at is None:
            found.muted_at, found.digest_due_at = now or timezone.now(), None
            found.save(update_fields=["muted_at", "digest_due_at"])
            Delivery.objects.filter(subscription=found, state="held").update(state="dead", error=MUTED)
    return found


def unmute(ident: str, *, now: datetime | None = None) -> Subscription:
    """Send again, from the next commit on."""
    with transaction.atomic():
        found = Subscription.objects.select_for_update().get(id=find(ident).id)
        if found.muted_at is not None:
            moment = now or timezone.now()
            found.last_muted = [found.muted_at.isoformat(), moment.isoformat()]
            found.muted_at = None
            found.digest_due_at = None if found.waits else next_digest(found, moment)
            found.certified = {"until": moment.isoformat()}  # a digest speaks of no time in which it was mute
            found.save(update_fields=["muted_at", "last_muted", "digest_due_at", "certified"])
    return found


def send_test(home: Home, ident: str) -> Subscription:
    """Send a made-up new case through a subscription's channel, now and once.

    Raises:
        DeliveryFailed, OSError: the receiver did not take it.
    """
    found = find(ident)
    if found.waits:
        raise SubscriptionRefused("the owner of this address was asked, and has not said yes: nothing is sent before")
    filters = read_filters(found.filters)
    portal = filters.portals[0] if filters.portals else "test"
    example = Event(
        id=uuid7(), at=timezone.now(), portal=portal, record="", key="TEST-001", kind="new", backfill=False, crawl="",
        title="This is a test: nothing was released", url="", old=None, files=[], captures=[], tags=["test"],
        new={"Status": "made up by `recordwatch alerts test`"},
    )  # fmt: skip
    told = story(uuid7(), found, [example], home)
    channel_of(found, home).send(dataclasses.replace(told, headline=f"Test: {told.headline}"))
    return found


def _name(filters: Filters) -> str:
    parts = (*filters.portals, *filters.kinds, *filters.record_kinds, *filters.keys, filters.words)
    return " ".join(part for part in parts if part) or "everything"
