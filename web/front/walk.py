"""The newest events that pass some filters: by the index of their times, a bounded number of them at once.

Filters that no index leads along (a kind, words) are asked of each event on the way, and after MOST_LOOKED_AT of them
the page ends with what it has and a way on, so that no address makes the database read the whole table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from releases.access import shut_records
from releases.models import Event, Record
from web.front.filters import Filters
from web.listing.keyset import nowhere, read

MOST_LOOKED_AT = 20_000
_MOST_AT_ONCE = 5_000
_FEW = 30
_SLICE = 500


class Light(NamedTuple):
    """An event without what makes it heavy."""

    at: datetime
    id: str
    record: str
    crawl: str
    kind: str


@dataclass(slots=True)
class Walk:
    """Events, newest first."""

    filters: Filters
    found: frozenset[str] | None = None
    """Ids of the records that the filters' words find; None without words."""
    most: int | None = MOST_LOOKED_AT
    """Events to look at; None: all."""
    at: tuple[datetime, str] | None = None
    """Where it stands: the event looked at last."""
    ended: bool = False
    """Whether the list was gone through to its end."""

    def rows(self, size: int = 200) -> Iterator[list[Light]]:
        """Those that pass, `size` events looked at for each part, ever more where few pass; empty parts are left out."""
        looked = 0
        shut = shut_records()
        while self.most is None or looked < self.most:
            asked = size if self.most is None else min(size, self.most - looked)
            chunk = _next(self.filters, self.at, asked)
            looked += len(chunk)
            if chunk:
                self.at = (chunk[-1].at, chunk[-1].id)
            self.ended = len(chunk) < asked
            passing = self.passing(chunk, shut)
            if len(passing) < _FEW:
                size = max(size, min(4 * size, _MOST_AT_ONCE // max(1, len(self.filters.portals))))
            if passing:
                yield passing
            if self.ended:
                return

    def passing(self, rows: Iterable[Light], shut: frozenset[str]) -> list[Light]:
        """Those of `rows` that may be shown and pass the filters that the database was not asked."""
        filters = self.filters
        left = [
            row
            for row in rows
            if row.record not in shut
            and row.kind not in filters.hidden
            and (not filters.kinds or row.kind in filters.kinds)
            and (self.found is None or row.record in self.found)
        ]
        if not filters.of or not left:
            return left
        ids = sorted({row.record for row in left} - {""})
        wanted: set[str] = set()
        for start in range(0, len(ids), _SLICE):
            part = Record.objects.filter(id__in=ids[start : start + _SLICE], kind__in=filters.of)
            wanted.update(part.values_list("id", flat=True))
        return [row for row in left if row.record in wanted]


def base(filters: Filters) -> QuerySet[Event]:
    """Events by what may be asked of any of them."""
    events = Event.objects.filter(backfill=filters.first)
    if filters.since:
        events = events.filter(at__gte=filters.since)
    if filters.until:
        events = events.filter(at__lt=filters.until)
    return events


def beginning(request: HttpRequest) -> tuple[datetime, str] | None:
    """Where the address' `after` says the list goes on; None at its beginning.

    Raises:
        Shown: it is no cursor of ours.
    """
    cursor = request.GET.get("after", "")
    if not cursor:
        return None
    at, ident = read(cursor, 2)
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(ident, str) or not ident.isprintable():
            raise nowhere()
        moment = moment.astimezone(UTC)  # no calendar has the day before its first
    except (TypeError, ValueError, OverflowError):
        raise nowhere() from None
    return moment, ident


def whole(ids: Iterable[str]) -> list[Event]:
    """The events with these ids, in their order."""
    wanted = list(ids)
    found: dict[str, Event] = {}
    for start in range(0, len(wanted), _SLICE):
        found |= {event.id: event for event in Event.objects.filter(id__in=wanted[start : start + _SLICE])}
    return [found[ident] for ident in wanted if ident in found]


def _next(filters: Filters, place: tuple[datetime, str] | None, count: int) -> list[Light]:
    """The `count` events behind `place`. Of several portals each one's own, put in order: an index leads along the times
    of one portal, and along those of all, but not along those of some.
    """
    events = base(filters)
    if place is not None:
        at, ident = place
        events = events.filter(Q(at__lt=at) | Q(at=at, id__lt=ident), at__lte=at)
    events = events.order_by("-at", "-id")
    lists = [events.filter(portal=portal) for portal in filters.portals] or [events]
    rows = [Light(*row) for each in lists for row in each.values_list(*Light._fields)[:count]]
    return sorted(rows, key=itemgetter(0, 1), reverse=True)[:count]


def newest(walk: Walk, most: int) -> list[Event]:
    """The first `most` events behind `walk`'s place."""
    found: list[Event] = []
    for part in walk.rows():
        found += whole(row.id for row in part)
        if len(found) >= most:
            break
    return found[:most]
