"""From a decoded commit to batches of database values, checked; the same for a live commit and a replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from archive.catalog.tables import INDEXED_BYTES, Column, CommitRefused, Table, table
from archive.commit import Assign, Commit, Insert, Operation, Row, Update

SIGHTING = frozenset({"last_seen_at", "last_crawl", "checked_at", "stamp", "read_at"})
"""Columns that say only that a thing is still there: no derived index has to catch up with them."""
UNLOGGED = frozenset({"catalog.Capture", "catalog.Crawl", "catalog.Portal", "catalog.Warc"})
"""Tables whose changes no derived index follows: the log would double the catalog's size."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One operation as columns: `values[i]` are the database values of `columns[i]`, one per row.

    For an Assign, `keys` are the rows' primary keys and each list of `values` has one entry.
    """

    action: str
    table: Table
    columns: list[Column]
    values: list[list[Any]]
    keys: list[str]
    logged: bool


def completed(operations: Sequence[Operation]) -> list[Operation]:
    """`operations` with every column of every inserted row, so that a replay needs no defaults.

    Raises:
        CommitRefused: a table or column is not for commit records.
    """
    complete: list[Operation] = []
    for operation in operations:
        target = table(operation.table)
        if isinstance(operation, Insert):
            if operation.rows:
                complete.append(Insert(operation.table, [target.complete(row) for row in operation.rows]))
            continue
        if isinstance(operation, Assign):
            target.check_names(operation.values)
            if operation.ids and operation.values:
                complete.append(operation)
            continue
        for row in operation.rows:
            target.check_names(row)
        if operation.rows:
            complete.append(operation)
    return complete


def prepared(commit: Commit) -> list[Batch]:
    """The batches of a decoded commit, in order. Raises CommitRefused."""
    return [_batch(operation) for operation in commit.operations]


def _batch(operation: Operation) -> Batch:
    target = table(operation.table)
    rows: Sequence[Row]
    if isinstance(operation, Assign):
        action, rows, keys = "assign", [operation.values], operation.ids
        names = sorted(operation.values)
        if target.key in operation.values:
            raise CommitRefused(f"{target.label}: an assignment may not change {target.key}", where=target.label)
    else:
        if isinstance(operation, Insert):
            action, rows = "insert", [target.complete(row) for row in operation.rows]
            names = sorted(target.columns)
        else:
            action, rows = "update", operation.rows
            names = sorted(rows[0]) if rows else [target.key]
        keys = [_key(target, row) for row in rows]
        if isinstance(operation, Update) and len(names) < 2 and rows:
            raise CommitRefused(f"{target.label}: an update without columns", where=target.label)
    for row in rows:
        if row.keys() != set(names):
            target.check_names(row)
            odd = ", ".join(sorted(row.keys() ^ set(names)))
            raise CommitRefused(
                f"{target.label}: not every row of this operation has {odd}",
                where=f"{target.label} {_key(target, row)}",
            )
    columns = [target.columns[name] for name in names]
    values = [_convert(target, column, [row[column.name] for row in rows], keys) for column in columns]
    _check_indexes(target, dict(zip(names, values, strict=True)), keys)
    logged = target.label not in UNLOGGED and not SIGHTING.issuperset(set(names) - {target.key})
    return Batch(action, target, columns, values, keys, logged)


def _key(target: Table, row: Row) -> str:
    key = row.get(target.key)
    if not isinstance(key, str) or not key:
        raise CommitRefused(f"{target.label}: a row without {target.key}", where=target.label)
    return key


def _convert(target: Table, column: Column, values: list[Any], keys: list[str]) -> list[Any]:
    try:
        return column.convert(values)
    except (ValueError, TypeError):
        for key, value in zip(keys, values, strict=False):  # again, one by one, to name the row
            try:
                column.convert([value])
            except (ValueError, TypeError) as error:
                raise CommitRefused(f"{target.label}.{column.name} {error}", where=f"{target.label} {key}") from error
        raise


def _check_indexes(target: Table, values: dict[str, list[Any]], keys: list[str]) -> None:
    for group in target.indexes:
        present = [values[name] for name in group if name in values]
        if not present or sum(target.columns[name].limit for name in group) * 4 <= INDEXED_BYTES:
            continue
        for key, texts in zip(keys, zip(*present, strict=True), strict=False):
            if sum(len(text) for text in texts if text) * 4 <= INDEXED_BYTES:
                continue
            if (size := sum(len(text.encode()) for text in texts if text)) > INDEXED_BYTES:
                raise CommitRefused(
                    f"{target.label}: {' and '.join(group)} have {size} bytes, an index takes {INDEXED_BYTES}",
                    where=f"{target.label} {key}",
                )


def cleaned(operations: Sequence[Operation]) -> list[Operation]:
    """`operations` without what no database or UTF-8 text can hold: U+0000 and lone surrogates,
    which hostile pages contain, become U+FFFD.
    """
    return [
        Assign(step.table, step.ids, _clean(step.values))
        if isinstance(step, Assign)
        else type(step)(step.table, _clean(step.rows))
        for step in operations
    ]


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
