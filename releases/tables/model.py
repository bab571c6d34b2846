"""The tables that are exported, and their columns: a contract that other people's queries rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Kind = Literal["text", "integer", "json"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Times and days are texts in ISO 8601; `json` is a text too, where a table cannot hold lists."""

    name: str
    kind: Kind = "text"
    of: str = ""
    """`table.column` that it refers to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows; empty: all."""

    portal: str = ""
    kind: str = ""
    state: str = ""
    since: datetime | None = None
    """By the table's own time: first seen, captured, begun, told."""
    until: datetime | None = None
    """Before."""
    after: str = ""
    """Only rows behind the one with this `id`."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `rows` gives them by `id`, in batches, so that any number of them needs little memory."""

    name: str
    columns: tuple[Column, ...]
    rows: Callable[[Wanted], Iterator[Row]]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def columns(said: str) -> tuple[Column, ...]:
    """From `id portal>portals.slug size:integer`."""
    made = []
    for word in said.split():
        rest, _arrow, of = word.partition(">")
        name, _colon, kind = rest.partition(":")
        made.append(Column(name, kind or "text", of))  # type: ignore[arg-type]
    return tuple(made)
