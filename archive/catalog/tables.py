"""Which tables commit records may write, and how each column's JSON value becomes a database value.

A value is checked before its commit is stored: a record that no database can take would block its
portal for ever. What PostgreSQL refuses is refused for SQLite too, so that an archive can move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

import msgspec

from config.errors import RecordwatchError

OWN = frozenset({"catalog.AppliedCommit", "catalog.ChangeLog"})
"""Written by the applier itself."""
SETTINGS = frozenset({
    "releases.Account", "releases.Subscription", "releases.Delivery", "releases.SlackMessage", "releases.Sending",
    "releases.MatchOwed", "releases.CrawlRequest",
})  # fmt: skip
"""People's settings: in the database alone, never in a commit record."""
INDEXED_BYTES = 2600
"""A PostgreSQL B-tree entry holds at most 2,704 bytes (a third of a page), its head included."""

Kind = Literal["text", "integer", "real", "boolean", "time", "json"]


class CommitRefused(RecordwatchError):
    """Rows do not fit their table; nothing was stored. Says table, column and row."""


class Misfit(ValueError):
    """A value does not fit its column; the message goes on from the column's name."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a ledger or catalog table. `limit`: characters of text, or largest integer."""

    name: str
    kind: Kind
    null: bool
    limit: int
    default: Callable[[], Any] | None

    def convert(self, values: Sequence[Any]) -> list[Any]:
        """Database values of JSON values: text for `json`, aware UTC datetimes for `time`.

        Raises:
            ValueError: one does not fit (Misfit, or what parsing it raises).
        """
        make = _CONVERT[self.kind]
        converted: list[Any] = []
        for value in values:
            if value is None:
                if not self.null:
                    raise Misfit("is missing")
                converted.append(None)
            else:
                converted.append(make(self, value))
        return converted


@dataclass(frozen=True, slots=True)
class Table:
    """A table that commit records write. `indexes`: text columns that share one B-tree entry."""

    label: str
    name: str
    key: str
    columns: dict[str, Column]
    indexes: tuple[tuple[str, ...], ...]

    def complete(self, row: dict[str, Any]) -> dict[str, Any]:
        """`row` with every column, defaults filled in. Raises CommitRefused for unknown ones."""
        if row.keys() == self.columns.keys():
            return row
        self.check_names(row)
        missing = {
            name: column.default() for name, column in self.columns.items() if name not in row and column.default
        }
        return {**row, **missing}

    def check_names(self, row: dict[str, Any]) -> None:
        """Raises CommitRefused when `row` has columns that the table has not."""
        if unknown := row.keys() - self.columns.keys():
            raise CommitRefused(f"{self.label} has no column {', '.join(sorted(unknown))}", where=self.label)


def _text(column: Column, value: Any) -> str:
    if not isinstance(value, str):
        raise Misfit(f"is {type(value).__name__}, not text")
    if len(value) > column.limit:
        raise Misfit(f"has {len(value)} characters, at most {column.limit} fit")
    return value


def _integer(column: Column, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Misfit(f"is {type(value).__name__}, not a whole number")
    if not -column.limit - 1 <= value <= column.limit:
        raise Misfit(f"is {value}, out of range")
    return value


def _real(_: Column, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Misfit(f"is {type(value).__name__}, not a number")
    return float(value)


def _boolean(_: Column, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Misfit(f"is {type(value).__name__}, not true or false")
    return value


def _time(_: Column, value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise Misfit(f"is {value}, a time without a zone")
    return moment.astimezone(UTC)


def _json(_: Column, value: Any) -> str:
    return msgspec.json.encode(value).decode()


_CONVERT: dict[str, Callable[[Column, Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "real": _real,
    "boolean": _boolean,
    "time": _time,
    "json": _json,
}
_KINDS: dict[str, tuple[Kind, int]] = {
    "CharField": ("text", 0),
    "TextField": ("text", 1 << 28),
    "IntegerField": ("integer", 2**31 - 1),
    "SmallIntegerField": ("integer", 2**15 - 1),
    "BigIntegerField": ("integer", 2**63 - 1),
    "BigAutoField": ("integer", 2**63 - 1),
    "FloatField": ("real", 0),
    "BooleanField": ("boolean", 0),
    "DateTimeField": ("time", 0),
    "JSONField": ("json", 0),
}


def table(label: str) -> Table:
    """The table with Django label `label`. Raises CommitRefused when commits may not write it."""
    found = _tables().get(label)
    if found is None:
        raise CommitRefused(f"commit records may not write {label!r}", where=label)
    return found


def tables() -> list[Table]:
    """Every table that commit records write, by label."""
    return [found for _, found in sorted(_tables().items())]


@cache
def _tables() -> dict[str, Table]:
    from django.apps import apps

    models = (model for app in ("catalog", "releases") for model in apps.get_app_config(app).get_models())
    own = OWN | SETTINGS
    return {model._meta.label: describe(model) for model in models if model._meta.label not in own}  # noqa: SLF001


def describe(model: Any) -> Table:
    """The table of a Django model that has only the kinds of columns that commit records know."""
    from django.db import models

    about = model._meta  # noqa: SLF001  Django documents it as public
    columns = {}
    for field in about.concrete_fields:
        kind, limit = _KINDS[field.get_internal_type()]
        default = field.get_default if field.has_default() or field.null else None
        columns[field.column] = Column(field.column, kind, field.null, field.max_length or limit, default)
    groups = [tuple(index.fields) for index in about.indexes if type(index) is models.Index]
    groups += [tuple(c.fields) for c in about.constraints if isinstance(c, models.UniqueConstraint)]
    texts = (tuple(name for name in group if columns[name].kind == "text") for group in groups)
    return Table(about.label, about.db_table, about.pk.column, columns, tuple(group for group in texts if group))
