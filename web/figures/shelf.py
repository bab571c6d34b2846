"""Where figures are kept: a small database of its own in the home's `figures/`, derived from the catalog.

It may be deleted at any time. One transaction writes what belongs together, so that a reader sees the figures of one
state, the one before or the one after; several processes may write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from archive.catalog.failures import DatabaseUnavailable
from config.home import Home

FORMAT = 1
"""Of the tables below. Another number on the shelf: what stands there is thrown away."""
PATIENCE = 5.0
"""Seconds that a writer waits for another."""
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE kept (
  portal TEXT, what TEXT, stamp TEXT, until TEXT, at TEXT, cost REAL, body BLOB, PRIMARY KEY (portal, what)
);
CREATE TABLE case_ (
  portal TEXT, place INTEGER, urgency INTEGER, key TEXT, rule TEXT, record TEXT, extended INTEGER, body BLOB
);
CREATE INDEX case_by_place ON case_ (place, urgency, portal, key, rule);
CREATE INDEX case_by_portal ON case_ (portal, place, urgency, key, rule);
CREATE INDEX case_extended ON case_ (place, urgency, portal, key, rule) WHERE extended = 1;
PRAGMA user_version = {FORMAT};
COMMIT;
"""

Row = tuple[str, int, int, str, str, str, int, bytes]
"""A case: portal, place, urgency, key, rule, record id, whether it is extended, body; see `web.figures.due`."""


@dataclass(frozen=True, slots=True)
class Made:
    """Figures of one portal. `cases` replace those that the portal had; None leaves them."""

    body: Any
    until: datetime | None = None
    """Another day, other figures: they hold until then."""
    cases: list[Row] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Figures as they stand on the shelf."""

    stamp: str
    """Of what they were made from: see `web.figures.stamps`."""
    until: str
    at: datetime
    cost: float
    """Seconds it took to make them."""
    body: Any = field(default=None)


def read(home: Home, query: str, given: Sequence[Any] = ()) -> list[Any]:
    """Rows of a query; none where there is no shelf, or none that can be read: then figures are being made."""
    path = _path(home)
    if not path.is_file():
        return []
    try:
        with closing(_connected(path)) as shelf:
            return shelf.execute(query, given).fetchall() if _format(shelf) == FORMAT else []
    except sqlite3.DatabaseError:
        return []


def kept(home: Home, what: str, portal: str = "") -> dict[str, Kept]:
    """Figures of this name by portal; of all portals, or of one."""
    chosen = (" AND portal = ?", [what, portal]) if portal else ("", [what])
    rows = read(home, f"SELECT portal, stamp, until, at, cost, body FROM kept WHERE what = ?{chosen[0]}", chosen[1])  # noqa: S608
    return {
        slug: Kept(stamp, until, datetime.fromisoformat(at), cost, msgspec.json.decode(body))
        for slug, stamp, until, at, cost, body in rows
    }


def standing(home: Home) -> dict[tuple[str, str], Kept]:
    """All that is kept, by portal and name, without what it says."""
    rows = read(home, "SELECT portal, what, stamp, until, at, cost FROM kept")
    return {
        (slug, what): Kept(stamp, until, datetime.fromisoformat(at), cost)
        for slug, what, stamp, until, at, cost in rows
    }


def write(home: Home, portal: str, what: str, stamp: str, cost: float, made: Made, patience: float = PATIENCE) -> None:
    """Keep `made`, in one transaction. `cost`: seconds that it took; `patience`: seconds to wait for other writers.

    Raises:
        DatabaseUnavailable: the disk, or another writer, did not let us.
    """
    row = (
        portal, what, stamp, made.until.isoformat() if made.until else "", datetime.now(UTC).isoformat(), cost,
        msgspec.json.encode(made.body),
    )  # fmt: skip
    with _writing(home, patience) as shelf:
        if made.cases is not None:
            shelf.execute("DELETE FROM case_ WHERE portal = ?", (portal,))
            shelf.executemany("INSERT INTO case_ VALUES (?, ?, ?, ?, ?, ?, ?, ?)", made.cases)
        shelf.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def forget(home: Home, portal: str) -> None:
    """No figures of this portal are kept any more. Raises as `write`."""
    with _writing(home) as shelf:
        shelf.execute("DELETE FROM case_ WHERE portal = ?", (portal,))
        shelf.execute("DELETE FROM kept WHERE portal = ?", (portal,))


def swept(home: Home) -> None:
    """Throw a shelf away that is torn: its figures are made anew. Looks at all of it."""
    path = _path(home)
    if not path.is_file():
        return
    try:
        with closing(_connected(path)) as shelf:
            sound = shelf.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError:
        return
    except sqlite3.DatabaseError:
        sound = False
    if not sound:
        _thrown_away(path)


@contextmanager
def _writing(home: Home, patience: float = PATIENCE) -> Iterator[sqlite3.Connection]:
    path = _path(home)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_prepared(path, patience)) as shelf:
            shelf.execute("BEGIN IMMEDIATE")
            yield shelf
            shelf.execute("COMMIT")
    except (sqlite3.OperationalError, OSError) as error:
        raise DatabaseUnavailable(f"the newsroom's figures cannot be kept: {error}", where=str(path)) from error
    except sqlite3.DatabaseError as error:
        _thrown_away(path)
        raise DatabaseUnavailable("the newsroom's figures were torn and are made anew", where=str(path)) from error


def _prepared(path: Path, patience: float) -> sqlite3.Connection:
    """The shelf with its tables."""
    shelf = _connected(path, patience)
    found = _format(shelf)
    if found == FORMAT:
        return shelf
    if found:
        shelf.close()
        _thrown_away(path)
        shelf = _connected(path, patience)
    shelf.execute("PRAGMA journal_mode = WAL")
    try:
        shelf.executescript(_SCHEMA)
    except sqlite3.OperationalError:
        if shelf.in_transaction:
            shelf.execute("ROLLBACK")
        if _format(shelf) != FORMAT:  # else another process made them meanwhile
            raise
    return shelf


def _connected(path: Path, patience: float = PATIENCE) -> sqlite3.Connection:
    shelf = sqlite3.connect(path, timeout=patience, isolation_level=None)
    shelf.execute("PRAGMA synchronous = NORMAL")
    return shelf


def _format(shelf: sqlite3.Connection) -> int:
    return int(shelf.execute("PRAGMA user_version").fetchone()[0])


def _thrown_away(path: Path) -> None:
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)


def _path(home: Home) -> Path:
    return home.path / "figures" / "figures.sqlite3"
