"""What is counted of one portal's releases, records and files. Reads the ledger; too dear for a request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum, TextField
from django.db.models.functions import Cast, Substr

from archive.catalog.models import Crawl, Restriction, Warc
from releases.access import shut_records
from releases.ledger.queries import EDITORS_ONLY
from releases.models import Event, File, Quarantine, Record
from releases.quarantine.gate import HIDING
from releases.restricting.shown import open_events, open_records
from web.figures.shelf import Made

WEEKS = 52
KINDS = {
    "new": "new", "restored": "new", "changed": "changed", "file_added": "files", "file_replaced": "files",
    "withdrawn": "gone", "file_withdrawn": "gone",
}  # fmt: skip
"""Event kind → series of the picture of weeks. Others are no release."""


def counts(portal: str, now: datetime) -> Iterator[Made | None]:
    """See `web.figures.jobs`."""
    weeks, backfill = _weeks(portal, now)
    yield None
    records = open_records(Record.objects.filter(portal=portal))
    states = dict(records.values_list("state").annotate(Count("id")))
    yield None
    kinds = dict(records.filter(state="present").values_list("kind").annotate(Count("id")))
    yield None
    files: dict[str, dict[str, int]] = {}
    gone, have = Q(state__in=("gone", "withdrawn")), Q(version__gt=0)
    rows = File.objects.filter(portal=portal).exclude(record__in=shut_records()).values("kind")
    rows = rows.annotate(n=Count("id"), held=Count("id", filter=have), lost=Count("id", filter=gone))
    for kind, named, held, lost in rows.values_list("kind", "n", "held", "lost"):
        files[kind] = {"named": named, "held": held, "gone": lost}
    yield None
    first = Crawl.objects.filter(portal=portal).aggregate(Min("started_at"))["started_at__min"]
    warcs = Warc.objects.filter(portal=portal).aggregate(n=Count("key"), bytes=Sum("size"), last=Max("sealed_at"))
    body: dict[str, Any] = {
        "weeks": weeks,
        "backfill": backfill,
        "states": states,
        "kinds": kinds,
        "files": files,
        "since": first,
        "exchanges": _exchanges(portal),
        "warcs": warcs["n"],
        "bytes": warcs["bytes"] or 0,
        "restricted": dict(_restrictions(portal, now)),
        "quarantined": Quarantine.objects.filter(portal=portal, state__in=HIDING).count(),
    }
    yield Made(body, until=datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC))


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def _weeks(portal: str, now: datetime) -> tuple[dict[str, dict[str, int]], int]:
    """Releases by the Monday of their week and by series, of the last WEEKS; and how many were there when we came."""
    begin = monday(now.astimezone(UTC).date()) - timedelta(weeks=WEEKS - 1)
    events = Event.objects.filter(portal=portal, at__gte=datetime.combine(begin, time(), UTC))
    events = open_events(events).exclude(kind__in=EDITORS_ONLY)
    day = Substr(Cast("at", TextField()), 1, 10)  # both databases write a time that way, in UTC
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    backfill = 0
    for text, kind, old, number in (
        events.annotate(day=day).values_list("day", "kind", "backfill").annotate(Count("id"))
    ):
        if kind not in KINDS:
            continue
        if old:
            backfill += number
        else:
            found[monday(date.fromisoformat(text)).isoformat()][KINDS[kind]] += number
    return found, backfill


def _exchanges(portal: str) -> int:
    """Captures, as each crawl counted its own."""
    rows = Crawl.objects.filter(portal=portal).values_list("counts", flat=True)
    return sum(int(row.get("exchanges", 0)) for row in rows.iterator())


def _restrictions(portal: str, now: datetime) -> Iterator[tuple[str, int]]:
    """In force now, by what they hide. How many, never which."""
    rows = Restriction.objects.filter(portal=portal, lifted_at=None).exclude(lifts_at__lte=now)
    yield from rows.values_list("kind").annotate(Count("id"))
