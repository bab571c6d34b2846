"""When a portal is crawled next, and why: what `portals show` says, and what `run` goes by. Reads the database.

All of it follows from committed crawls and events, so a rebuilt database gives the same answer; the stamp beside
the portal's lock only spares `run` the reading (`crawler.schedule.mark_next`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config.portal import Portal
from config.schedule import ASTRAY, INTERVALS, auto_bounds, next_due
from releases.portals.adaptive import Bounds, Crawled, next_crawl

LOOKED_BACK = 400
"""Crawls from which it is learnt how often a portal publishes."""
NEWS = (
    "new", "changed", "file_added", "file_replaced", "file_withdrawn", "withdrawn", "restored",
)  # fmt: skip
"""Events that are a portal's doing; what a deadline's day or a crawl's own trouble makes is none."""


@dataclass(frozen=True, slots=True)
class NextCrawl:
    """`at` is None for a portal that is due now; `why` is a sentence without a full stop."""

    at: datetime | None
    why: str


def next_of(portal: Portal, last: datetime | None) -> NextCrawl:
    """When `portal` is crawled after the crawl that began at `last`. Raises ScheduleError."""
    bounds = auto_bounds(portal.schedule)
    if last is None:
        next_due(portal.schedule, None)
        return NextCrawl(None, "it was never crawled")
    if bounds is None:
        early = ", a few minutes early so as not to slip" if portal.schedule.split()[0] in (*INTERVALS, "every") else ""
        why = f"{portal.schedule}{early}; the last crawl began {last:%Y-%m-%d %H:%M} UTC"
        return NextCrawl(next_due(portal.schedule, last), why)
    zone = None if portal.timezone == "UTC" else ZoneInfo(portal.timezone)
    known = [one for one in crawled(portal.slug) if one.at <= last]  # a clock that was wrong told the others
    plan = next_crawl(known, last, Bounds(*bounds), zone)
    return NextCrawl(plan.at, plan.why)


def crawled(portal: str) -> list[Crawled]:
    """The crawls of `portal` that were to read its whole list, oldest first, with what each told."""
    from django.db.models import Count

    from archive.catalog.models import Crawl
    from releases.models import Event

    rows = Crawl.objects.filter(portal=portal).exclude(coverage="limited").order_by("-started_at", "-id")
    found = list(rows.values_list("id", "started_at", "verdict")[:LOOKED_BACK])
    if not found:
        return []
    news = Event.objects.filter(portal=portal, at__gte=found[-1][1], kind__in=NEWS, backfill=False)
    told = dict(news.values_list("crawl").annotate(Count("id")))
    return [Crawled(at, verdict, told.get(crawl, 0)) for crawl, at, verdict in reversed(found)]


def latest_crawls(now: datetime, portal: str = "") -> dict[str, datetime]:
    """When the last crawl of each portal, or of this one, began; none that only a clock put back since could have
    told.
    """
    from django.db.models import Max

    from archive.catalog.models import Crawl

    known = Crawl.objects.filter(started_at__lte=now + ASTRAY)
    known = known.filter(portal=portal) if portal else known
    return dict(known.values_list("portal").annotate(Max("started_at")))
