"""What a watched portal is, what is held of it, what its last crawl came to, and when the next is due. Reads the database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count

from archive.catalog.models import Crawl
from config.portal import Portal
from config.schedule import ScheduleError
from releases.models import Record
from releases.portals.next_crawl import NextCrawl, latest_crawls, next_of
from releases.restricting.shown import open_records

SEEING = ("healthy", "empty")
"""Verdicts of crawls that saw their portal as it is."""
_CALM = {"never crawled": 1, **dict.fromkeys(SEEING, 2)}
"""Verdicts that need nobody come last; all others first."""


def health(portal: Portal, now: datetime | None = None) -> dict[str, Any]:
    """One portal's row: what `recordwatch portals` and the newsroom's list show."""
    moment = now or datetime.now(UTC)
    slug = portal.slug
    last = Crawl.objects.filter(portal=slug).order_by("-started_at").first()
    fresh = Crawl.objects.filter(portal=slug, verdict__in=SEEING).order_by("-started_at").first()
    held = dict(open_records(Record.objects.filter(portal=slug)).values_list("state").annotate(Count("id")))
    coming = NextCrawl(None, "its schedule can not be read")
    with suppress(ScheduleError):
        coming = next_of(portal, latest_crawls(moment, slug).get(slug))
    return {
        "portal": slug,
        "name": portal.name,
        "agency": portal.agency,
        "place": portal.place,
        "url": portal.url,
        "schedule": portal.schedule,
        "records": held.get("present", 0),
        "withdrawn": held.get("withdrawn", 0),
        "verdict": last.verdict if last else "never crawled",
        "reason": last.reason if last else "",
        "last_crawl": last.started_at if last else None,
        "proven_fresh": fresh.started_at if fresh else None,
        "due": coming.at or moment,
        "due_because": coming.why,
    }


def misread(slug: str, reason: str) -> dict[str, Any]:
    """The row of a portal whose file is wrong; `reason` says what is."""
    nothing = dict.fromkeys(
        ("name", "agency", "place", "url", "schedule", "records", "withdrawn", "last_crawl", "proven_fresh", "due", "due_because")
    )  # fmt: skip
    return {"portal": slug, **nothing, "verdict": "wrong portal file", "reason": reason}


def urgency(row: Mapping[str, Any]) -> tuple[int, str, str, str]:
    """Sorts what needs a person first."""
    return _CALM.get(row["verdict"], 0), row["place"] or "", row["agency"] or "", row["portal"]
