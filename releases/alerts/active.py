"""Whom anything may be sent to at all: not who is muted, not who has yet to say yes, not whose account is shut."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from releases.models import Subscription

ANSWERED = Q(confirm_token="") | Q(confirmed_at__isnull=False)
"""Nobody had to be asked, or the owner of the address said yes."""
OPEN = Q(owner=None) | Q(owner__is_active=True)
"""It belongs to no account, or to one that may log in."""


def active() -> QuerySet[Subscription]:
    """Subscriptions that get messages, in no order."""
    return Subscription.objects.filter(ANSWERED, OPEN, muted_at=None)
