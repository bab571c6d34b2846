"""All tables as one SQLite file that Datasette and every other tool opens: keys, indexes, views, search in titles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from releases.tables.forms import flat
from releases.tables.model import Row, Table, Wanted
from releases.tables.rows import TABLES

_BATCH = 1_000
_INDEXES = (
    ("records", "portal, key"), ("versions", "record, number"), ("files", "record"), ("files", "kind"),
    ("file_versions", "file, number"), ("events", "at"), ("events", "portal, at"), ("events", "record"),
    ("captures", "url"), ("captures", "payload_digest"), ("deadlines", "record"), ("deadlines", "stands"),
)  # fmt: skip
_AFTER = """
CREATE VIRTUAL TABLE records_fts USING fts5(key, title, fields, content=records, tokenize='unicode61');
INSERT INTO records_fts(records_fts) VALUES ('rebuild');
CREATE VIEW who_is_late AS
  SELECT d.portal, p.agency, d.rule, count(*) AS cases, sum(d.stands = 'overdue') AS overdue, sum(d.stands = 'late') AS late,
         max(CASE WHEN d.stands IN ('overdue', 'late') THEN d.days_late_least END) AS worst_days
  FROM deadlines d JOIN portals p ON p.id = d.portal GROUP BY d.portal, d.rule ORDER BY overdue DESC, late DESC;
CREATE VIEW replaced_files AS
  SELECT f.portal, r.key, r.title, f.name, v.number AS version, v.at, before.digest AS digest_before, v.digest AS digest_now,
         v.capture AS proof
  FROM file_versions v JOIN files f ON f.id = v.file LEFT JOIN records r ON r.id = f.record
  LEFT JOIN file_versions before ON before.file = v.file AND before.number = v.number - 1
  WHERE v.number > 1 ORDER BY v.at DESC;
"""


def write(path: Path, wanted: Wanted) -> dict[str, int]:
    """Write every table into a new file; how many rows each has. Another file of this name gives way at the end.

    Raises:
        sqlite3.Error, OSError: it cannot be written; what was there stays.
    """
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(part)) as database:
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            counts = {table.name: _table(database, table, wanted) for table in TABLES.values()}
            for number, (name, columns) in enumerate(_INDEXES):
                database.execute(f"CREATE INDEX {name}_{number} ON {name} ({columns})")
            database.executescript(_AFTER)
            database.execute("PRAGMA synchronous = FULL")
            database.execute("PRAGMA user_version = 1")
            database.commit()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return counts


def _table(database: sqlite3.Connection, table: Table, wanted: Wanted) -> int:
    lines = [
        f"{_quoted(one.name)} {'INTEGER' if one.kind == 'integer' else 'TEXT'}{' PRIMARY KEY' if one.name == 'id' else ''}"
        for one in table.columns
    ]
    for one in table.columns:
        if one.of:
            other, _dot, name = one.of.partition(".")
            lines.append(f"FOREIGN KEY ({_quoted(one.name)}) REFERENCES {other} ({_quoted(name)})")
    database.execute(f"CREATE TABLE {table.name} ({', '.join(lines)})")
    places = ", ".join("?" for _ in table.columns)
    rows, count = table.rows(wanted), 0
    while batch := list(islice(_cells(table, rows), _BATCH)):
        # Names are ours; values are given apart.
        database.executemany(f"INSERT INTO {table.name} VALUES ({places})", batch)  # noqa: S608
        count += len(batch)
    return count


def _cells(table: Table, rows: Iterator[Row]) -> Iterator[list[object]]:
    for row in rows:
        yield [flat(row[one.name], one.kind) for one in table.columns]


def _quoted(name: str) -> str:
    return f'"{name}"'
