"""Rows of the ledger as they may be shown: without records under a restriction, without names that are not told.

What is given back is for the eye, never to be saved.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from django.db.models import QuerySet

from releases.models import Event, File, Record, RecordVersion
from releases.restricting.in_force import in_force
from releases.restricting.names import NO_NAMES
from releases.restricting.of_records import marks_of

Row = TypeVar("Row", Event, Record, RecordVersion, File)

_TOLD: dict[type, tuple[str, ...]] = {
    Event: ("key", "title", "url", "old", "new", "files", "tags"),
    Record: ("key", "printed_key", "title", "url"),
    RecordVersion: ("url", "title", "printed_key", "fields", "files"),
    File: ("identity", "url", "name", "outcome"),
}
"""Columns whose words a portal chose."""


def open_events(found: QuerySet[Event]) -> QuerySet[Event]:
    """Without events of records that are shown to nobody."""
    shut = in_force().records
    return found.exclude(record__in=shut) if shut else found


def open_records(found: QuerySet[Record]) -> QuerySet[Record]:
    """Without records that are shown to nobody."""
    shut = in_force().records
    return found.exclude(id__in=shut) if shut else found


def unnamed(rows: Iterable[Row]) -> list[Row]:
    """Copies of `rows` without the names that are not told; the rows themselves where there are none."""
    return [as_told(row) for row in rows]


def undigested(value: Any, digests: Collection[str]) -> Any:
    """JSON without these digests: whoever has the bytes, or guesses them, must not find that they are these."""
    if isinstance(value, str):
        return "" if value in digests else value
    if isinstance(value, dict):
        return {name: undigested(one, digests) for name, one in value.items()}
    return [undigested(one, digests) for one in value] if isinstance(value, list) else value


def as_told(row: Row) -> Row:
    """One row likewise; an event without digests of what is restricted by now, either."""
    now = in_force()
    # What is said of a portal as a whole may tell of any of its records.
    shut = marks_of(now.records) if isinstance(row, Event) and not row.record else NO_NAMES
    if not (now.names or shut or (now.digests and isinstance(row, Event))):
        return row
    told = copy.copy(row)
    if isinstance(told, Event) and now.digests:
        told.old, told.new, told.files = undigested([told.old, told.new, told.files], now.digests)
    for column in _TOLD[type(row)]:
        setattr(told, column, shut.value(now.names.value(getattr(told, column))))
    return told
