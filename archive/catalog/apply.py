"""Applies one commit inside a transaction the caller opened. Twice is once.

SQLite gets `executemany`; PostgreSQL one statement over arrays, a tenth of the round trips.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

import msgspec

from archive.catalog.prepare import Batch
from archive.catalog.tables import Column
from archive.commit import Commit

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

APPLY_LOCK = 0x7265_636F_7264
"""PostgreSQL advisory lock. One commit is applied at a time, so that whoever reads the change log
up to a number has every smaller number: sequences alone give that for allocation, not for COMMIT.
"""
_ROWS = 5_000
"""Rows per statement on PostgreSQL, ids per assignment: bounds memory, far above the round trip's cost."""
_ARRAYS = {
    "text": "text[]",
    "json": "text[]",
    "integer": "bigint[]",
    "real": "double precision[]",
    "boolean": "boolean[]",
    "time": "timestamptz[]",
}


def take_lock(connection: BaseDatabaseWrapper) -> None:
    """Wait until nobody else applies a commit. SQLite's immediate transaction already is that lock."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '30s'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [APPLY_LOCK])


def apply(connection: BaseDatabaseWrapper, commit: Commit, batches: Sequence[Batch]) -> None:
    """Write `batches`, the prepared rows of `commit`, and their lines of the change log."""
    for batch in batches:
        if batch.action == "insert":
            _insert(connection, batch)
        elif batch.action == "update":
            _update(connection, batch)
        else:
            _assign(connection, batch)
    for batch in batches:
        if batch.logged:
            _log(connection, commit.id, batch)


def _insert(connection: BaseDatabaseWrapper, batch: Batch) -> None:
    quote = connection.ops.quote_name
    names = ", ".join(quote(column.name) for column in batch.columns)
    into = f"INSERT INTO {quote(batch.table.name)} ({names})"
    if connection.vendor == "postgresql":
        source, fields = _unnest(quote, batch.columns)
        sql = f"{into} SELECT {fields} FROM {source} ON CONFLICT DO NOTHING"  # noqa: S608  names are our models'
        _in_slices(connection, sql, batch.values)
    else:
        marks = ", ".join(["%s"] * len(batch.columns))
        _each_row(connection, f"{into} VALUES ({marks}) ON CONFLICT DO NOTHING", batch.columns, batch.values)


def _update(connection: BaseDatabaseWrapper, batch: Batch) -> None:
    quote = connection.ops.quote_name
    key = batch.table.key
    places = [place for place, column in enumerate(batch.columns) if column.name != key]
    columns = [batch.columns[place] for place in places]
    values = [batch.values[place] for place in places]
    table, key_name = quote(batch.table.name), quote(key)
    if connection.vendor == "postgresql":
        everything = [*columns, batch.table.columns[key]]
        source, _ = _unnest(quote, everything)
        sets = ", ".join(f"{quote(c.name)} = {_field(quote, c)}" for c in columns)
        sql = f"UPDATE {table} AS t SET {sets} FROM {source} WHERE t.{key_name} = v.{key_name}"  # noqa: S608
        _in_slices(connection, sql, [*values, batch.keys])
    else:
        sets = ", ".join(f"{quote(c.name)} = %s" for c in columns)
        sql = f"UPDATE {table} SET {sets} WHERE {key_name} = %s"  # noqa: S608  names are our models'
        _each_row(connection, sql, [*columns, batch.table.columns[key]], [*values, batch.keys])


def _assign(connection: BaseDatabaseWrapper, batch: Batch) -> None:
    quote = connection.ops.quote_name
    json = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    sets = ", ".join(f"{quote(c.name)} = {json if c.kind == 'json' else '%s'}" for c in batch.columns)
    values = [_bound(connection, column, value[0]) for column, value in zip(batch.columns, batch.values, strict=True)]
    start = f"UPDATE {quote(batch.table.name)} SET {sets} WHERE {quote(batch.table.key)}"  # noqa: S608
    with connection.cursor() as cursor:
        for ids in _slices(batch.keys):
            if connection.vendor == "postgresql":
                cursor.execute(f"{start} = ANY(%s::text[])", [*values, ids])
            else:  # one bound value however many ids
                chosen = msgspec.json.encode(ids).decode()
                cursor.execute(f"{start} IN (SELECT value FROM json_each(%s))", [*values, chosen])  # noqa: S608


def _log(connection: BaseDatabaseWrapper, commit: str, batch: Batch) -> None:
    quote = connection.ops.quote_name
    into = f"INSERT INTO {quote('catalog_changelog')} ({quote('commit')}, {quote('table')}, {quote('row')})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for ids in _slices(batch.keys):
                sql = f"{into} SELECT %s, %s, v.id FROM unnest(%s::text[]) WITH ORDINALITY AS v(id, place) ORDER BY v.place"  # noqa: S608
                cursor.execute(sql, [commit, batch.table.label, ids])
        else:
            rows = zip(repeat(commit), repeat(batch.table.label), batch.keys, strict=False)
            cursor.executemany(f"{into} VALUES (%s, %s, %s)", list(rows))


def _unnest(quote: Any, columns: Sequence[Column]) -> tuple[str, str]:
    arrays = ", ".join(f"%s::{_ARRAYS[column.kind]}" for column in columns)
    names = ", ".join(quote(column.name) for column in columns)
    fields = ", ".join(_field(quote, column) for column in columns)
    return f"unnest({arrays}) AS v({names})", fields


def _field(quote: Any, column: Column) -> str:
    return f"v.{quote(column.name)}::jsonb" if column.kind == "json" else f"v.{quote(column.name)}"


def _in_slices(connection: BaseDatabaseWrapper, sql: str, values: Sequence[list[Any]]) -> None:
    with connection.cursor() as cursor:
        for start in range(0, len(values[0]), _ROWS):
            cursor.execute(sql, [column[start : start + _ROWS] for column in values])


def _each_row(
    connection: BaseDatabaseWrapper, sql: str, columns: Sequence[Column], values: Sequence[list[Any]]
) -> None:
    bound = [
        [_bound(connection, column, value) for value in data] if column.kind == "time" else data
        for column, data in zip(columns, values, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(zip(*bound, strict=True)))


def _bound(connection: BaseDatabaseWrapper, column: Column, value: Any) -> Any:
    if column.kind == "time" and value is not None and connection.vendor == "sqlite":
        return str(value.replace(tzinfo=None))  # as Django writes it
    return value


def _slices(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), _ROWS):
        yield keys[start : start + _ROWS]
