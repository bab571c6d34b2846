"""People's settings as lines of JSON: to be kept beside the archive, or carried to another home."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from releases.alerts.cadence import check_settings
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.filters import read_filters, write_filters
from releases.models import Account, Delivery, Sending, SlackMessage, Subscription

M = TypeVar("M", bound=Model)


def export_settings() -> Iterator[dict[str, Any]]:
    """Subscriptions, deliveries, threads in Slack and what is at DocumentCloud as JSON objects, oldest first: with the secrets, so keep them so.

    Whose a subscription is stands in it as the account's name; accounts themselves are carried by `accounts export`.
    """
    for subscription in Subscription.objects.order_by("id").select_related("owner"):
        owner = subscription.owner.username if subscription.owner else ""
        yield {"row": "subscription", **_values(subscription, without="owner_id"), "owner": owner}
    for delivery in Delivery.objects.order_by("id"):
        yield {"row": "delivery", **_values(delivery)}
    for posted in SlackMessage.objects.order_by("id"):
        yield {"row": "slack", **_values(posted, without="id")}
    for sending in Sending.objects.order_by("id").select_related("by"):
        yield {"row": "sending", **_values(sending, without="by_id"), "by": sending.by.username if sending.by else ""}


def _values(item: Model, without: str = "") -> dict[str, Any]:
    names = [field.attname for field in item._meta.concrete_fields]  # noqa: SLF001  Django's public API
    return {name: getattr(item, name) for name in names if name != without}


def import_settings(rows: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Take over what `export_settings` gave; what is here already stays as it is.

    A subscription whose owner has no account here belongs to nobody, until it is
    taken over again. Deliveries come too, so that a ledger rebuilt later owes nobody twice.

    Returns:
        (subscriptions, deliveries) that are new here.

    Raises:
        SubscriptionRefused: a row is not such an export's; nothing was taken over.
    """
    subscriptions: list[Subscription] = []
    deliveries: list[Delivery] = []
    posted: list[SlackMessage] = []
    sendings: list[Sending] = []
    accounts = dict(Account.objects.values_list("username", "pk"))
    for number, row in enumerate(rows, 1):
        try:
            if row.get("row") == "subscription":
                filters = write_filters(read_filters(row["filters"]))
                owner = accounts.get(str(row.get("owner", "")))
                known = {name: value for name, value in row.items() if name != "owner"}
                made = _read(Subscription, {**known, "filters": filters, "owner_id": owner})
                check_settings(made)
                subscriptions.append(made)
            elif row.get("row") == "delivery":
                state = "owed" if row["state"] == "sending" else row["state"]
                deliveries.append(_read(Delivery, {**row, "state": state}))
            elif row.get("row") == "slack":
                posted.append(_read(SlackMessage, row))
            elif row.get("row") == "sending":
                known = {name: value for name, value in row.items() if name != "by"}
                sendings.append(_read(Sending, {**known, "by_id": accounts.get(str(row.get("by", "")))}))
            else:
                raise SubscriptionRefused("it is neither a subscription nor a delivery")  # noqa: TRY301
        except Exception as error:
            raise SubscriptionRefused(f"line {number} is not from `alerts export`: {error}") from error
    with transaction.atomic():
        before = Subscription.objects.count(), Delivery.objects.count()
        Subscription.objects.bulk_create(subscriptions, ignore_conflicts=True)
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        there = set(SlackMessage.objects.values_list("channel", "record", "delivery"))
        SlackMessage.objects.bulk_create(
            [one for one in posted if (one.channel, one.record, one.delivery) not in there]
        )
        Sending.objects.bulk_create(sendings, ignore_conflicts=True)
        for one in subscriptions:
            if one.owner_id:  # it came before its owner's account did
                Subscription.objects.filter(id=one.id, owner=None).update(owner=one.owner_id)
        return Subscription.objects.count() - before[0], Delivery.objects.count() - before[1]


def _read(model: type[M], row: dict[str, Any]) -> M:
    fields = {field.attname: field for field in model._meta.concrete_fields}  # noqa: SLF001
    return model(**{name: fields[name].to_python(value) for name, value in row.items() if name != "row"})
