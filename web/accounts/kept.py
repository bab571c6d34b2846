"""What the keeper does for accounts: sends letters, lets go of what is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib.sessions.models import Session
from django.db.models import Q

from archive.holdings import Holdings
from web.accounts.letters import send_due
from web.accounts.models import AuditEntry, Link, Visit
from web.accounts.throttle import forget_old

TIDY_EVERY = timedelta(hours=1)
AUDIT_KEPT = timedelta(days=2 * 365)
LINKS_KEPT = timedelta(days=30)
"""After they ended or expired; operators see in that time what became of an invitation."""
_tidied: list[datetime] = []


def keep(holdings: Holdings) -> None:
    """See `web.keeper`."""
    now = datetime.now(UTC)
    send_due(holdings.home, now)
    if not _tidied or abs(now - _tidied[0]) >= TIDY_EVERY:
        tidy(now)
        _tidied[:] = [now]


def tidy(now: datetime) -> None:
    """Forget sessions, counts, links and entries whose time is over."""
    Session.objects.filter(expire_date__lt=now).delete()
    Visit.objects.exclude(session__in=Session.objects.values("session_key")).delete()
    forget_old(now)
    Link.objects.filter(Q(ended_at__lt=now - LINKS_KEPT) | Q(expires_at__lt=now - LINKS_KEPT)).delete()
    AuditEntry.objects.forget(now - AUDIT_KEPT)
