"""Whether two catalogs hold the same, table by table and row by row. People's settings aside."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from archive.catalog.database import database_settings
from archive.catalog.tables import Column, Table, describe, tables

_FETCH = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """`row` of `table` is not the same in both catalogs: in which columns, or only in `a` or `b`."""

    table: str
    row: str
    what: str


def compare(url_a: str, url_b: str) -> list[Difference]:
    """Every difference between two catalogs, which may be of different kinds.

    The change log's lines are compared without their numbers. Raises the database's own errors.
    """
    import django
    from django.apps import apps
    from django.db.utils import ConnectionHandler

    if not apps.ready:
        django.setup()
    both = ConnectionHandler({"default": database_settings(url_a), "b": database_settings(url_b)})
    first, second = both["default"], both["b"]
    try:
        found = [difference for table in tables() for difference in _differences(table, first, second)]
        found += _differences(describe(apps.get_model("catalog.AppliedCommit")), first, second)
        log = describe(apps.get_model("catalog.ChangeLog"))
        lines_a, lines_b = (Counter(values[:-1] for _, values in _rows(log, side)) for side in (first, second))
        for lines, only in ((lines_a - lines_b, "a"), (lines_b - lines_a, "b")):
            found += [Difference(log.label, " ".join(map(str, line)), f"only in {only}") for line in sorted(lines)]
        return found
    finally:
        for connection in (first, second):
            connection.close()


def _differences(table: Table, first: Any, second: Any) -> Iterator[Difference]:
    names = sorted(table.columns)
    left = {key: _short(values) for key, values in _rows(table, first)}
    differing = set()
    for key, values in _rows(table, second):
        if key not in left:
            yield Difference(table.label, str(key), "only in b")
        elif left.pop(key) != _short(values):
            differing.add(key)
    for key in sorted(left, key=str):
        yield Difference(table.label, str(key), "only in a")
    for key in sorted(differing, key=str):
        a, b = (_row(table, side, key) for side in (first, second))
        parts = [f"{name}: {x!r} / {y!r}" for name, x, y in zip(names, a, b, strict=True) if x != y]
        yield Difference(table.label, str(key), "; ".join(parts))


def _short(values: tuple[Any, ...]) -> bytes:
    return hashlib.blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _rows(table: Table, connection: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Key and values of every row, values in the order of the columns' names."""
    names = sorted(table.columns)
    place = names.index(table.key)
    with connection.cursor() as cursor:
        cursor.execute(_select(table, connection))
        while rows := cursor.fetchmany(_FETCH):
            for row in rows:
                yield row[place], _normal(table, names, row)


def _row(table: Table, connection: Any, key: Any) -> tuple[Any, ...]:
    names = sorted(table.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"{_select(table, connection)} WHERE {connection.ops.quote_name(table.key)} = %s", [key])
        return _normal(table, names, cursor.fetchone())


def _select(table: Table, connection: Any) -> str:
    quote = connection.ops.quote_name
    return f"SELECT {', '.join(quote(name) for name in sorted(table.columns))} FROM {quote(table.name)}"  # noqa: S608


def _normal(table: Table, names: list[str], row: Any) -> tuple[Any, ...]:
    return tuple(_value(table.columns[name], value) for name, value in zip(names, row, strict=True))


def _value(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.kind == "boolean":
        return bool(value)
    if column.kind == "time":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)).isoformat()
    if column.kind == "json":
        content = msgspec.json.decode(value) if isinstance(value, str | bytes) else value
        return msgspec.json.encode(content, order="sorted").decode()
    return value
