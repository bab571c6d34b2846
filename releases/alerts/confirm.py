"""Double opt-in: whoever gives an address is asked there first, and until they say yes nothing else is sent to it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from releases.alerts.cadence import next_digest
from releases.alerts.unsubscribe import holder
from releases.models import Subscription

PATIENCE = timedelta(days=7)
"""How long a question waits for its answer; then the address is forgotten."""


def asked(token: str) -> Subscription | None:
    """The subscription whose question has this token, answered or not."""
    ident = holder(token, "confirm_token") if token else None
    return Subscription.objects.filter(id=ident).first() if ident else None


def confirm(token: str, *, now: datetime | None = None) -> Subscription | None:
    """Say yes. It is told of what comes from now on. Saying so again changes nothing; None: nobody was asked so."""
    moment = now or timezone.now()
    with transaction.atomic():
        ident = holder(token, "confirm_token") if token else None
        found = Subscription.objects.select_for_update().filter(id=ident).first() if ident else None
        if found is not None and found.waits:
            found.confirmed_at = found.created_at = moment
            found.digest_due_at = None if found.muted_at else next_digest(found, moment)
            found.save(update_fields=["confirmed_at", "created_at", "digest_due_at"])
    return found


def forget_unanswered(now: datetime | None = None) -> int:
    """Delete what nobody said yes to within PATIENCE. Returns how many."""
    late = (now or timezone.now()) - PATIENCE
    waiting = Subscription.objects.filter(confirmed_at=None, created_at__lt=late).exclude(confirm_token="")
    return waiting.delete()[1].get("releases.Subscription", 0)
