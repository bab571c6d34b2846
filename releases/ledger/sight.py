"""How well a portal was seen lately: its crawls since the last healthy one. Reads the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.catalog.models import Crawl

DARK = frozenset({"blocked", "broken", "down"})
"""Verdicts of crawls that saw nothing to rely on."""
LOOKED_BACK = 60
"""Crawls from which it is learnt how long this portal is usually seen in part only."""
IN_A_ROW, MOST_IN_A_ROW = 3, 10
LONGEST = timedelta(days=14)
"""`partial` crawls in a row that are said: so many, or more where that is usual, and never later than this."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The crawls since a portal was last seen healthy. Times are when crawls began or were listed."""

    healthy_at: datetime | None
    """Last healthy or empty crawl; None when there was none."""
    since: datetime | None
    """First crawl after it; None when there was none."""
    dark: int
    """Crawls since then that saw nothing to rely on."""
    partial: int
    """Crawls since then that saw a part."""
    in_a_row: int
    """Of these, the newest ones in a row."""
    row_since: datetime | None
    """When that row began."""
    usual: int
    """The longest such row that ended by itself before."""

    def worth_saying(self, now: datetime) -> bool:
        """Whether one more `partial` crawl, at `now`, makes a row that its readers should hear of."""
        row = self.in_a_row + 1
        long = self.row_since is not None and now - self.row_since >= LONGEST
        return row >= min(MOST_IN_A_ROW, max(IN_A_ROW, self.usual + 1)) or long


def sight(portal: str, crawl: str) -> Sight:
    """How `portal` was seen by the crawls before `crawl`."""
    rows = Crawl.objects.filter(portal=portal).exclude(id=crawl).exclude(verdict="partial", coverage="limited")
    healthy = rows.filter(verdict__in=["healthy", "empty"]).order_by("-started_at", "-id").first()
    later = rows.filter(started_at__gt=healthy.started_at) if healthy else rows
    verdicts = later.exclude(verdict__in=["healthy", "empty"]).order_by("started_at", "id")
    times = [
        (verdict, listed or started)
        for verdict, listed, started in verdicts.values_list("verdict", "listed_at", "started_at")
    ]
    row: list[datetime] = []
    for verdict, at in times:
        row = [*row, at] if verdict == "partial" else []
    past = rows.order_by("-started_at", "-id").values_list("verdict", flat=True)[:LOOKED_BACK]
    return Sight(
        healthy_at=(healthy.listed_at or healthy.started_at) if healthy else None,
        since=times[0][1] if times else None,
        dark=sum(verdict in DARK for verdict, _ in times),
        partial=sum(verdict == "partial" for verdict, _ in times),
        in_a_row=len(row),
        row_since=row[0] if row else None,
        usual=_longest_row(reversed(list(past))),
    )


def _longest_row(verdicts: Iterable[str]) -> int:
    longest = row = 0
    for verdict in verdicts:
        if verdict == "partial":
            row += 1
            continue
        if verdict == "healthy":
            longest = max(longest, row)
        row = 0
    return longest
