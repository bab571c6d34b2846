"""Signing secrets of webhooks, and how one is replaced without a message lost.

`Subscription.secret` holds the newest secret, then older ones that still sign, with a space between.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from releases.alerts.errors import SubscriptionRefused
from releases.alerts.subscriptions import find
from releases.alerts.webhook import new_secret
from releases.models import Subscription

MOST = 3
"""Secrets that sign at once."""


def rotate_secret(ident: str) -> Subscription:
    """Give a webhook subscription a new secret; the ones before keep signing. Raises SubscriptionRefused."""
    return _change(ident, lambda secrets: [new_secret(), *secrets][:MOST])


def forget_older(ident: str) -> Subscription:
    """Sign with the newest secret alone. Raises SubscriptionRefused."""
    return _change(ident, lambda secrets: secrets[:1])


def _change(ident: str, change: Callable[[list[str]], list[str]]) -> Subscription:
    with transaction.atomic():
        found = Subscription.objects.select_for_update().get(id=find(ident).id)
        if not found.secret:
            raise SubscriptionRefused(f"{found.name!r} is no webhook, so nothing it gets is signed")
        found.secret = " ".join(change(found.secret.split()))
        found.save(update_fields=["secret"])
    return found
