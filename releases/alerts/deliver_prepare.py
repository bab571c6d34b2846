"""What comes before sending: digests are made, quiet is kept; and a clock that was put back is noticed."""

from __future__ import annotations

from datetime import datetime, timedelta

from config.home import Home
from releases.alerts.digest import join_many, keep_quiet, make_digests
from releases.models import Delivery

STALE = timedelta(minutes=10)
"""How long a claim holds. Longer than one sending may take, so that a living sender is never doubled."""
AHEAD = timedelta(minutes=5)
"""A delivery made later than this from now was made before the clock was put back."""
LONGEST_WAIT = timedelta(days=3)
"""Nothing waits longer for its next attempt: not for backoff, a receiver's wish or quiet hours."""


def prepare(home: Home, now: datetime) -> None:
    """Bring what is owed up to date at `now`. Killed anywhere, the next call goes on."""
    mend_times(now)
    make_digests(home, now)
    keep_quiet(now)
    join_many(home, now)


def mend_times(now: datetime) -> None:
    """Make due what only a clock that was put back since keeps waiting."""
    owed = Delivery.objects.filter(state="owed", next_at__gt=now)
    owed.filter(attempts=0, created_at__gt=now + AHEAD).update(next_at=now)
    owed.filter(next_at__gt=now + LONGEST_WAIT).update(next_at=now)
    Delivery.objects.filter(state="sending", next_at__gt=now + 2 * STALE).update(next_at=now)
