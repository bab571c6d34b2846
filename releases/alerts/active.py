"""Whom anything may be sent to at all: not who is muted, and not who has yet to say yes."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from releases.models import Subscription

ANSWERED = Q(confirm_token="") | Q(confirmed_at__isnull=False)
"""Nobody had to be asked, or the owner of the address said yes."""


def active() -> QuerySet[Subscription]:
    """Subscriptions that get messages, in no order."""
    return Subscription.objects.filter(ANSWERED, muted_at=None)
