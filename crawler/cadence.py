"""How often a portal publishes, and whether it has been silent for unusually long. A note, never blindness."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

LOOKED_BACK = 1000
"""Newest records whose days are looked at."""
PAUSES = 8
"""Pauses between releases that are needed to know what is usual."""
UNUSUAL = 2
"""A silence this many times as long as the longest pause known deserves a note."""
SHORTEST = timedelta(days=2)
AT_ONCE = timedelta(hours=6)
"""Records found within this time are one release."""


def silence(portal: str, now: datetime) -> str:
    """One sentence when `portal` has published nothing new for far longer than ever, else empty.

    Reads the database; the records of a portal's first crawl are no release.
    """
    from releases.models import Event

    found = Event.objects.filter(portal=portal, kind="new", backfill=False).order_by("-at")
    times = sorted(found.values_list("at", flat=True)[:LOOKED_BACK])
    releases = (
        [later for earlier, later in pairwise([times[0] - 2 * AT_ONCE, *times]) if later - earlier >= AT_ONCE]
        if times
        else []
    )
    pauses = [later - earlier for earlier, later in pairwise(releases)]
    if len(pauses) < PAUSES:
        return ""
    quiet, longest = now - times[-1], max(pauses)
    if quiet < max(SHORTEST, UNUSUAL * longest):
        return ""
    return (
        f"nothing new since {times[-1]:%Y-%m-%d}, {_days(quiet)}; the longest pause between the last "
        f"{len(releases)} releases was {_days(longest)}. Look at the portal: it may publish elsewhere now"
    )


def _days(span: timedelta) -> str:
    days = max(1, round(span / timedelta(days=1)))
    return f"{days} day{'' if days == 1 else 's'}"
