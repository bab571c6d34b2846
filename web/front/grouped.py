"""Releases: the events of one record in one crawl together, newest first; and first looks, each as one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from archive.catalog.models import Crawl, Portal
from releases.access import shut_records
from releases.alerts.wording import clean
from web.front.filters import Filters
from web.front.told import Told, ToldFile, tell
from web.front.walk import Light, Walk, base, whole
from web.listing.keyset import write

SIZE = 25
"""Releases of one page."""
_EVENTS = 12
"""Events of one release that are told; its record's page has all."""
_PICTURES = 4
_CHANGES = 2
_FIRST_LOOKS = timedelta(days=3)
"""A first look that was interrupted goes on in the next crawls."""


@dataclass(frozen=True, slots=True)
class Release:
    """What one crawl found of one record, or an event of a portal's own."""

    told: tuple[Told, ...]
    """The newest first; at most so many that a page can show them."""
    events: int
    """All of them."""
    kinds: tuple[tuple[str, int], ...]
    """(kind, events), the newest first."""

    @property
    def lead(self) -> Told:
        return self.told[0]

    @property
    def at(self) -> datetime:
        return self.lead.event.at

    @property
    def more(self) -> int:
        return self.events - len(self.told)

    @property
    def pictures(self) -> tuple[ToldFile, ...]:
        return tuple({file.id: file for one in self.told for file in one.pictures}.values())[:_PICTURES]

    @property
    def changes(self) -> tuple[tuple[str, str, str], ...]:
        """What the line itself says of them."""
        return tuple(change for one in self.told if one.event.kind != "file_replaced" for change in one.changes)[
            :_CHANGES
        ]

    @property
    def files(self) -> tuple[ToldFile, ...]:
        return tuple({file.id: file for one in self.told for file in one.files}.values())

    @property
    def late(self) -> str:
        return next((one.late for one in self.told if one.late), "")

    @property
    def tags(self) -> tuple[tuple[str, str], ...]:
        return tuple(dict.fromkeys(tag for one in self.told for tag in one.tags))

    @property
    def wrong(self) -> bool:
        """Whether all of it was taken back."""
        return all(one.correction for one in self.told) and not self.more


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What was there already when a portal was first looked at: one line, however much it is."""

    at: datetime
    portal: str
    name: str
    records: int

    first = True


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the list."""

    rows: list[Release | FirstLook]
    next: str
    """Cursor; empty at the end."""
    first: bool
    looked_to: datetime | None
    """Where looking was broken off before the page was full, because few events pass the filters."""


def shown(walk: Walk) -> Shown:
    """The page of releases behind `walk`'s place."""
    begin = walk.at
    leads: list[Light] = []
    members: dict[tuple[str, str], list[Light]] = {}
    full = False
    for part in walk.rows():
        members |= _members(walk, part)
        for row in part:
            together = members.get((row.record, row.crawl), [])
            if row.record and together and together[0].id != row.id:
                continue  # told with a newer event of the same release, on this page or before it
            if len(leads) == SIZE:
                full = True
                break
            leads.append(row)
        if full:
            walk.at = (leads[-1].at, leads[-1].id)
            break
    ended = walk.ended and not full
    groups = [members.get((row.record, row.crawl)) or [row] if row.record else [row] for row in leads]
    told = {one.event.id: one for one in tell(whole(row.id for group in groups for row in group[:_EVENTS]))}
    rows: list[Release | FirstLook] = [
        Release(tuple(told[row.id] for row in group[:_EVENTS] if row.id in told), len(group), _kinds(group))
        for group in groups
    ]
    rows = [row for row in rows if isinstance(row, FirstLook) or row.told]
    if not (walk.filters.narrow or walk.filters.first):
        looks = first_looks(walk.filters, begin[0] if begin else None, None if ended or not walk.at else walk.at[0])
        rows = sorted([*rows, *looks], key=lambda row: row.at, reverse=True)
    on = "" if ended or walk.at is None else write(walk.at)
    broken_off = walk.at[0] if on and not full and walk.at else None
    return Shown(rows, on, begin is None, broken_off)


def _members(walk: Walk, rows: Sequence[Light]) -> dict[tuple[str, str], list[Light]]:
    """(record, crawl) → its events that pass, the newest first; of every release that has an event in `rows`."""
    pairs = {(row.record, row.crawl) for row in rows if row.record}
    if not pairs:
        return {}
    records, crawls = sorted({record for record, _ in pairs}), sorted({crawl for _, crawl in pairs})
    mates = base(walk.filters).filter(record__in=records, crawl__in=crawls).order_by("-at", "-id")
    found: dict[tuple[str, str], list[Light]] = {}
    for row in walk.passing((Light(*row) for row in mates.values_list(*Light._fields)), shut_records()):
        found.setdefault((row.record, row.crawl), []).append(row)
    return found


def _kinds(group: Sequence[Light]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(row.kind for row in group).items())


def first_looks(filters: Filters, before: datetime | None, since: datetime | None) -> list[FirstLook]:
    """First looks that ended before `before`, and at or after `since`."""
    portals = Portal.objects.all()
    if filters.portals:
        portals = portals.filter(slug__in=filters.portals)
    if before:
        portals = portals.filter(first_crawl_at__lt=before)
    if since:
        portals = portals.filter(first_crawl_at__gte=since - _FIRST_LOOKS)
    rows = {portal.slug: portal for portal in portals}
    if not rows:
        return []
    wanted = Q()
    for slug, portal in list(rows.items())[:_MOST_LOOKS]:
        begun = portal.first_crawl_at
        wanted |= Q(portal=slug, started_at__gte=begun, started_at__lte=begun + _FIRST_LOOKS)
    crawls = Crawl.objects.filter(wanted, backfill=True, verdict__in=("healthy", "empty", "partial"))
    found = []
    for crawl in crawls.defer("answers", "figures"):
        at = crawl.listed_at or crawl.started_at
        inside = (not before or at < before) and (not since or at >= since)
        inside = inside and (not filters.since or at >= filters.since) and (not filters.until or at < filters.until)
        if inside:
            name = clean(rows[crawl.portal].name or crawl.portal, 120)
            found.append(FirstLook(at, crawl.portal, name, int(crawl.counts.get("records", 0))))
    return found


_MOST_LOOKS = 100
