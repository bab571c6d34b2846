"""What deadlines are computed from, and what comes out. Frozen; nothing here touches a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

Status = Literal["covered", "extended", "barred", "not covered", "unknown"]
STATUSES: tuple[Status, ...] = ("covered", "extended", "barred", "not covered", "unknown")
Standing = Literal[
    "overdue",
    "past due unless extended",
    "due",
    "stopped",
    "on time",
    "late",
    "late unless extended",
    "late or on time",
    "unknown",
]
"""Of one clock. Not released: overdue; past its day, but the portal does not print extensions and the longest
one is not over; due on a day to come; stopped (the clock stands still). Released: on time; late; late unless it was extended;
`late or on time`: it came between two looks, one before and one after the day. `unknown`: no day to count from."""
OPEN: frozenset[str] = frozenset({"overdue", "past due unless extended", "due", "stopped"})
NoteKind = Literal["extended", "tolled", "barred", "covered", "not covered"]


@dataclass(frozen=True, slots=True)
class Seen:
    """When something first appeared, as far as looks at the portal tell: on a day from `after` to `by`.

    `after` is the day of the last complete, healthy look that did not show it; None where there was none,
    as with everything that a first look found.
    """

    after: date | None
    by: date


@dataclass(frozen=True, slots=True)
class SeenFile:
    """A file of a record."""

    kind: str
    seen: Seen


@dataclass(frozen=True, slots=True)
class SeenVersion:
    """Fields of a record, and when they were first seen so."""

    fields: Mapping[str, Any]
    seen: Seen


@dataclass(frozen=True, slots=True)
class Note:
    """What a person knows beside. `rule` empty: of every rule."""

    id: str
    kind: str
    rule: str
    days: int
    since: date | None
    until: date | None
    why: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A record, as deadlines look at it."""

    id: str
    portal: str
    key: str
    printed_key: str
    title: str
    url: str
    kind: str
    state: str
    fields: Mapping[str, Any]
    seen: Seen
    last_look: date | None = None
    """Day of the newest complete, healthy look at its portal."""
    files: tuple[SeenFile, ...] = ()
    history: tuple[SeenVersion, ...] = ()
    """Oldest first; needed by rules that end with an answer, else it may be empty."""
    notes: tuple[Note, ...] = ()
    captures: tuple[str, ...] = ()
    """Captures that prove its fields."""
    changes: int = 0
    """Grows with everything that may move a date of this record: its versions, files, notes."""
    changed_at: datetime | None = None

    def about(self) -> dict[str, str]:
        """Which record it is, as rows for machines begin."""
        return {
            "portal": self.portal, "key": self.key, "printed_key": self.printed_key, "title": self.title,
            "kind": self.kind, "state": self.state,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clock:
    """One count of days, from one field."""

    field: str
    start: date | None
    why: str
    """Why there is no start; else empty."""
    due: date | None = None
    """Last day in time, extensions that are known of included."""
    latest: date | None = None
    """Last day in time if the longest extension that the portal would not print was granted; else as `due`."""
    standing: Standing = "unknown"
    late_least: int | None = None
    """Released: days after `due` at the least, 0 when in time; None where no look tells."""
    late_most: int | None = None
    """Released: days after `due` at the most; negative when before. Not released: as of today."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one rule says of one record on one day."""

    case: Case
    rule: str
    status: Status
    why: str
    """One sentence: which field or note said so."""
    clock: Clock
    second: Clock | None = None
    printed: date | None = None
    """Date of release as printed."""
    seen: Seen | None = None
    """When the release was first seen."""
    remarks: tuple[str, ...] = ()
    """Further sentences a reader should know: extensions, contradictions, blindness."""
    unit: str = "day"
    """`day` or `business day`: of every count here."""

    @property
    def covered(self) -> bool:
        return self.status in {"covered", "extended"}

    @property
    def released(self) -> bool:
        return self.printed is not None or self.seen is not None

    @property
    def overdue(self) -> bool:
        """Said of covered records alone, by the first clock alone."""
        return self.covered and self.clock.standing == "overdue"

    @property
    def was_overdue(self) -> bool:
        """It is overdue, or was, beyond doubt, before it was released."""
        return self.covered and self.clock.standing in {"overdue", "late"}

    @property
    def difference(self) -> int | None:
        """Days from the printed date of release to the day we first saw it; None unless both are known."""
        return (self.seen.by - self.printed).days if self.seen and self.printed else None
