"""What happened to a record, by time: its events, versions without news, what was handed in, and when we were blind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Value as Text
from django.db.models.functions import Concat
from django.urls import reverse

from releases.access import of_portals, shut_records
from releases.alerts.filters import HEALTH_KINDS
from releases.ledger.deposit import deposits_about
from releases.models import Event, Record
from releases.restricting.shown import as_told
from web.front.told import OneRecord, Told, tell
from web.records.history import MOST, History, Step

SIZE = 25
"""Entries of one page."""
_WORDS, _FEW = 30_000, 3
"""Characters of a page's changes from which on each entry tells only some of its values."""
_TELLING = ("withdrawn", "file_withdrawn", "file_replaced", "overdue", "restored", "changed", "file_added")
"""Kinds of event that are news of a record known already, the most telling first."""


@dataclass(slots=True)
class Blind:
    """From `at` until `until` the portal could not be seen: what was missing then was not withdrawn."""

    at: datetime
    until: datetime | None = None
    """None: it still cannot."""
    kinds: list[str] = field(default_factory=list)
    why: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a record's story: exactly one of them."""

    at: datetime
    told: Told | None = None
    blind: Blind | None = None
    step: Step | None = None
    """A version that is no news: nothing a reader would call a change."""
    compare: str = ""
    """Address of the diff of `step`."""
    deposit: Record | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """A page of it, newest first unless asked otherwise."""

    entries: list[Entry]
    total: int
    page: int
    pages: int


class _Place(NamedTuple):
    at: datetime
    order: int
    ident: str
    what: Any


def blindness(portal: str, since: datetime) -> list[Blind]:
    """Times in which `portal` could not be seen, that ended after `since`; oldest first."""
    # A portal's own events have no record, and are few: that index is the one to take.
    events = Event.objects.filter(record="").annotate(of=Concat("portal", Text(""))).filter(of=portal)
    told = events.filter(kind__in=sorted(HEALTH_KINDS)).order_by("at", "id")[:MOST]
    spells: list[Blind] = []
    for kind, at, new in told.values_list("kind", "at", "new"):
        open_ = spells[-1] if spells and spells[-1].until is None else None
        if kind == "recovered":
            if open_:
                open_.until = at
        elif kind != "mass_withdrawal":
            if open_ is None:
                open_ = Blind(at, why=str((new or {}).get("reason", "")))
                spells.append(open_)
            open_.kinds += [kind] if kind not in open_.kinds else []
    return [one for one in spells if one.until is None or one.until >= since]


def story(past: History, names: Mapping[str, str], page: int, *, oldest_first: bool = False) -> Story:
    """The entries of page `page`, from 1; the last page where there are fewer. The number of queries does not grow with it.

    `names`: slug → portal.
    """
    record, events = past.record, past.told
    newsworthy = {one.crawl for one in events}
    places = [_Place(one.at, 2, one.id, "event") for one in events]
    places += [_Place(one.at, 1, "", one) for one in past.steps[:MOST] if one.crawl not in newsworthy]
    shut = shut_records()
    handed_in = [(d, v) for d, v in deposits_about(record.portal, [record.key]) if d.id not in shut]
    places += [_Place(version.at, 0, "", deposit) for deposit, version in handed_in]
    places += [_Place(one.at, 3, "", one) for one in blindness(record.portal, record.first_seen_at)]
    places = _together(sorted(places, key=lambda one: (one.at, one.order, one.ident)))
    if not oldest_first:
        places.reverse()
    pages = max(1, -(-len(places) // SIZE))
    page = min(max(page, 1), pages)
    shown = places[(page - 1) * SIZE : page * SIZE]
    return Story(list(_entries(past, names, shown)), len(places), page, pages)


def _together(places: list[_Place]) -> list[_Place]:
    """Times of blindness between which nothing happened are one entry."""
    made: list[_Place] = []
    for one in places:
        last = made[-1].what if made else None
        if isinstance(one.what, Blind) and isinstance(last, Blind):
            kinds = list(dict.fromkeys([*last.kinds, *one.what.kinds]))
            both = replace(last, until=one.what.until, kinds=kinds, why=one.what.why, times=last.times + 1)
            made[-1] = made[-1]._replace(what=both)
        else:
            made.append(one)
    return made


def _entries(past: History, names: Mapping[str, str], places: Sequence[_Place]) -> Iterator[Entry]:
    record, rows = past.record, past.events([one.ident for one in places if one.what == "event"])
    known = OneRecord(record, past.numbers, names, corrected=past.corrected)
    told = {one.event.id: one for one in tell(rows, known)} if rows else {}
    words = _WORDS
    for place in places:
        what = place.what
        if isinstance(what, Blind):
            yield Entry(what.at, blind=replace(what, why=of_portals(what.why)))
        elif isinstance(what, Step):
            yield Entry(what.at, step=what, compare=_compare(record, what.number) if what.number > 1 else "")
        elif isinstance(what, Record):
            yield Entry(place.at, deposit=as_told(what))
        elif place.ident in told:
            one = told[place.ident]
            words -= sum(len(name) + len(old) + len(new) for name, old, new in one.changes)
            words -= sum(len(name) + min(len(value), 200) for name, value in one.facts)
            if words < 0:
                one = replace(one, changes=one.changes[:_FEW], facts=one.facts[:_FEW], files=one.files[:_FEW])
            yield Entry(place.at, told=one)


def latest(story: Story) -> Told | None:
    """What the newest crawl with news told of the record, of several events the most telling; None where nothing has
    happened since it was first seen. `story`: its first page, newest first.
    """
    told = [entry.told for entry in story.entries if entry.told and entry.told.correction is None]
    same = [one for one in told if one.event.crawl == told[0].event.crawl and one.event.kind in _TELLING]
    return min(same, key=lambda one: _TELLING.index(one.event.kind), default=None)


def _compare(record: Record, number: int) -> str:
    chosen = {"from": number - 1, "to": number}
    return f"{reverse('diff', args=[record.portal, record.key])}?{urlencode(chosen)}"
