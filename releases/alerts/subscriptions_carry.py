"""People's settings as lines of JSON: to be kept beside the archive, or carried to another home."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from releases.alerts.cadence import check_settings
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.filters import read_filters, write_filters
from releases.models import Delivery, Subscription

M = TypeVar("M", bound=Model)


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
                made = _read(Subscription, {**row, "filters": filters})
                check_settings(made)
                subscriptions.append(made)
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
