"""What a query says, as a tree; and what is said of one that means nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from config.errors import ConfigError


class QueryError(ConfigError):
    """A query that means nothing. `at` is the place in it, counted from 0."""

    def __init__(self, what: str, query: str, at: int, *, todo: str = "") -> None:
        mark = f"{query[max(0, at - 30) : at]}»{query[at : at + 30]}".encode("utf-8", "replace").decode()
        super().__init__(what, where=f"at character {at + 1}: {mark}", todo=todo)
        self.at = at


class Span(NamedTuple):
    """From `low` to `high`, which may be open; `over`, `under`: without these themselves."""

    low: float | None
    high: float | None
    over: bool = False
    under: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """Text that must occur: its words next to each other, in this order. `prefix`: the last one may go on.

    `title`: in the title; else in title or text. `whole`: wherever its record says it.
    """

    text: str
    at: int
    prefix: bool = False
    title: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Exactly:
    """`portal`, `kind`, `key` or `state` is `value` (case aside), or begins with it."""

    field: str
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """Captured at or after `since`, and before `until`."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every one of `wanted`, none of `unwanted`; `wanted` is never empty."""

    wanted: tuple[Node, ...]
    unwanted: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of `choices`."""

    choices: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A record's field `name` has a value with the words of `text` in a row; with an empty `text`, any value."""

    name: str
    """As `values.field_name` gives it."""
    text: str
    at: int
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A record's field `name` has a value between two: a number, a time, or either if both are given."""

    name: str
    at: int
    numbers: Span | None = None
    times: Span | None = None
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Agency:
    """The portal's name has the words of `text` in a row; or the record's field `name`."""

    name: str
    text: str
    at: int
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class AsOf:
    """Held and current at `moment`."""

    moment: datetime


Node = Words | Exactly | When | Field | Compared | Agency | AsOf | All | Either
