"""A record's versions and events, read once for all parts of its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from releases.ledger.queries import EDITORS_ONLY
from releases.models import Event, Record, RecordVersion

MOST = 5000
"""Versions and events that are told, each, at most: the oldest."""
_MOST_PROVING = 20_000
"""Versions and events whose captures prove a record, likewise."""
_FEW = 25
"""Up to so many rows are read whole, at once; of more, first what their place in the story needs."""


class Step(NamedTuple):
    """A version, as far as its place in the story needs it."""

    number: int
    at: datetime
    crawl: str
    noise: bool
    extractor: str
    captures: list[str]


class Happened(NamedTuple):
    """An event, likewise."""

    id: str
    at: datetime
    crawl: str
    kind: str
    captures: list[str]


@dataclass(frozen=True, slots=True)
class History:
    """What the ledger holds of one record, oldest first."""

    record: Record
    newest: RecordVersion | None
    steps: list[Step]
    happened: list[Happened]
    """Every event, those for editors alone too."""
    rows: Mapping[str, Event]
    """Id → event, where there are few."""

    @property
    def told(self) -> list[Happened]:
        """Events that everybody may read of."""
        return [one for one in self.happened if one.kind not in EDITORS_ONLY][:MOST]

    def events(self, wanted: list[str]) -> list[Event]:
        """Those of `wanted`, ids. One query at most."""
        missing = [ident for ident in wanted if ident not in self.rows]
        rows = {**self.rows, **(Event.objects.in_bulk(missing) if missing else {})}
        return [rows[ident] for ident in wanted if ident in rows]

    @property
    def corrected(self) -> bool:
        """Whether any of its events was taken back; also where there are too many to know."""
        return len(self.happened) == _MOST_PROVING or any(one.kind == "retracted" for one in self.happened)

    @property
    def captures(self) -> set[str]:
        """Ids of what was captured for a version or an event."""
        lists = [one.captures for one in self.steps] + [one.captures for one in self.happened]
        return {ident for captures in lists for ident in captures or ()}

    @property
    def numbers(self) -> dict[str, int]:
        """Crawl → the newest version that it made."""
        return {one.crawl: one.number for one in self.steps}


def history(record: Record) -> History:
    """Two queries; one more of what there is much of."""
    versions = RecordVersion.objects.filter(record=record.id)
    newest = list(versions.order_by("-number")[: _FEW + 1])
    steps = [Step(v.number, v.at, v.crawl, v.noise, v.extractor, v.captures) for v in reversed(newest)]
    if len(newest) > _FEW:
        steps = [Step(*row) for row in versions.order_by("number").values_list(*Step._fields)[:_MOST_PROVING]]
    events = Event.objects.filter(record=record.id).order_by("at", "id")
    some = list(events[: _FEW + 1])
    happened = [Happened(one.id, one.at, one.crawl, one.kind, one.captures) for one in some]
    if len(some) > _FEW:
        happened = [Happened(*row) for row in events.values_list(*Happened._fields)[:_MOST_PROVING]]
    return History(record, newest[0] if newest else None, steps, happened, {one.id: one for one in some})
