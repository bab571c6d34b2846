"""Rows of the ledger as they may be shown: without records under a restriction, without names that are not told.

What is given back is for the eye, never to be saved.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TypeVar

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


def as_told(row: Row) -> Row:
    """One row likewise."""
    now = in_force()
    # What is said of a portal as a whole may tell of any of its records.
    shut = marks_of(now.records) if isinstance(row, Event) and not row.record else NO_NAMES
    if not (now.names or shut):
        return row
    told = copy.copy(row)
    for column in _TOLD[type(row)]:
        setattr(told, column, shut.value(now.names.value(getattr(row, column))))
    return told
