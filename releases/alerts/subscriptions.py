"""Subscriptions: made, found, muted, tried, and carried to another home."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from archive.ids import uuid7
from config.home import Home
from releases.alerts.channel import channel_of, open_channel
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.filters import Filters, check_filters, read_filters, write_filters
from releases.alerts.matching_check import refuse_everything
from releases.alerts.story import story
from releases.alerts.webhook import new_secret
from releases.models import Delivery, Event, Subscription

M = TypeVar("M", bound=Model)


def subscribe(
    home: Home, channel: str, filters: Filters | Mapping[str, Any], *, name: str = "", note: str = ""
) -> Subscription:
    """Make a subscription. `filters` as `Filters`, or as a mapping with some of its keys.

    Raises:
        SubscriptionRefused: the channel cannot work, a portal is not watched, or the filters would
            match everything by accident.
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
    web = channel.lower().startswith(("https:", "http:"))
    secret = new_secret() if web else ""
    open_channel(channel, secret, home)
    made = Subscription(
        id=uuid7(), name=" ".join(name.split()) or _name(filters), note=note, channel=channel, secret=secret,
        filters=write_filters(filters), created_at=timezone.now(), mute_token=secrets.token_urlsafe(32),
    )  # fmt: skip
    made.save(force_insert=True)
    return made


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
    found = find(ident)
    if found.muted_at is None:
        found.muted_at = now or timezone.now()
        found.save(update_fields=["muted_at"])
    return found


def unmute(ident: str) -> Subscription:
    """Send again, from the next commit on."""
    found = find(ident)
    found.muted_at = None
    found.save(update_fields=["muted_at"])
    return found


def send_test(home: Home, ident: str) -> Subscription:
    """Send a made-up new case through a subscription's channel, now and once.

    Raises:
        DeliveryFailed, OSError: the receiver did not take it.
    """
    found = find(ident)
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


def export_settings() -> Iterator[dict[str, Any]]:
    """Subscriptions and deliveries as JSON objects, oldest first: with the secrets, so keep them so."""
    for subscription in Subscription.objects.order_by("id"):
        yield {"row": "subscription", **_values(subscription, without="owner_id")}
    for delivery in Delivery.objects.order_by("id"):
        yield {"row": "delivery", **_values(delivery)}


def _values(item: Model, without: str = "") -> dict[str, Any]:
    names = [field.attname for field in item._meta.concrete_fields]  # noqa: SLF001  Django's public API
    return {name: getattr(item, name) for name in names if name != without}


def import_settings(rows: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Take over what `export_settings` gave; what is here already stays as it is.

    Deliveries come too, so that a ledger rebuilt later owes nobody twice.

    Returns:
        (subscriptions, deliveries) that are new here.

    Raises:
        SubscriptionRefused: a row is not such an export's; nothing was taken over.
    """
    subscriptions: list[Subscription] = []
    deliveries: list[Delivery] = []
    for number, row in enumerate(rows, 1):
        try:
            if row.get("row") == "subscription":
                filters = write_filters(read_filters(row["filters"]))
                subscriptions.append(_read(Subscription, {**row, "filters": filters}))
            elif row.get("row") == "delivery":
                state = "owed" if row["state"] == "sending" else row["state"]
                deliveries.append(_read(Delivery, {**row, "state": state}))
            else:
                raise SubscriptionRefused("it is neither a subscription nor a delivery")  # noqa: TRY301
        except Exception as error:
            raise SubscriptionRefused(f"line {number} is not from `alerts export`: {error}") from error
    with transaction.atomic():
        before = Subscription.objects.count(), Delivery.objects.count()
        Subscription.objects.bulk_create(subscriptions, ignore_conflicts=True)
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        return Subscription.objects.count() - before[0], Delivery.objects.count() - before[1]


def _read(model: type[M], row: dict[str, Any]) -> M:
    fields = {field.attname: field for field in model._meta.concrete_fields}  # noqa: SLF001
    return model(**{name: fields[name].to_python(value) for name, value in row.items() if name != "row"})
