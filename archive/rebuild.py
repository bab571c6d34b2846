"""The catalog made anew from the store alone: every portal's commit records, in order, nothing recomputed."""

from __future__ import annotations

import heapq
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from archive.catalog.commits import CommitDamaged, Committer, StoredCommit, commit_numbers, read_commit
from archive.catalog.compare import Difference, compare
from archive.catalog.database import open_database
from archive.catalog.failures import database_errors
from archive.catalog.settings_copy import exported_settings, import_settings
from archive.catalog.tables import CommitRefused
from archive.log import WitnessLog
from archive.retry import patience, patiently
from archive.store.base import ObjectMissing, Store
from archive.store.choose import open_store
from config.errors import RecordwatchError
from config.home import Home

__all__ = ["CatalogExists", "Difference", "Rebuilt", "compare", "rebuild"]

Progress = Callable[[int, str], None]
"""Called with commits applied so far and the portal."""
_SCHEMA = "recordwatch_rebuild"


class CatalogExists(RecordwatchError):
    """There is a catalog already, and nobody said to move it aside."""


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild did."""

    commits: int = 0
    portals: list[str] = field(default_factory=list)
    settings: int = 0
    """Rows of people's settings kept from the catalog that was there."""
    aside: str = ""
    """Where that one is now: a file, or a PostgreSQL schema."""
    problems: list[str] = field(default_factory=list)
    """Commits that are missing or damaged, settings that could not be read."""


def rebuild(home: Home, *, force: bool = False, progress: Progress = lambda *_: None) -> Rebuilt:
    """Make the catalog of `home` anew. It takes its place when it is whole, and not before.

    People's settings of a catalog that was there are kept, and it is moved aside, not deleted. The
    search index is removed: it follows the new catalog's change log. The caller holds all portals' locks.
    Afterwards the new catalog is the process's open database.

    Raises:
        CatalogExists: without `force`. StoreRefused, StoreUnavailable and the database's errors: the
            catalog that was there is untouched.
    """
    target = _Postgres(home) if home.database_url.startswith("postgres") else _Sqlite(home)
    store = open_store(home)
    exists = target.exists()
    if exists and not force:
        raise CatalogExists(
            "there is a catalog already", where=target.name, todo="`recordwatch rebuild --force` moves it aside"
        )
    rebuilt = Rebuilt()
    with ExitStack() as stack:
        settings = None
        if exists:
            try:
                with database_errors():
                    open_database(home.database_url)
                settings = stack.enter_context(exported_settings())
            except RecordwatchError as error:
                rebuilt.problems.append(f"people's settings could not be read from the old catalog: {error}")
        target.begin()
        log = WitnessLog(store, home.keys, home.settings.timestamps)
        _apply_all(Committer(store, log), store, rebuilt, progress)
        if settings is not None:
            rebuilt.settings = import_settings(settings)
        rebuilt.aside = target.finish(replace=exists)
    shutil.rmtree(home.index, ignore_errors=True)
    open_database(home.database_url)
    return rebuilt


def _apply_all(committer: Committer, store: Store, rebuilt: Rebuilt, progress: Progress) -> None:
    portals = [
        _portal_commits(store, portal, [seq for _, seq, _ in numbers], rebuilt)
        for portal, numbers in groupby(list(commit_numbers(store)), key=lambda number: number[0])
    ]
    # Version 7 UUIDs sort by time; within a portal its numbers decide, whatever the clock did.
    for stored in heapq.merge(*portals, key=lambda stored: stored.commit.id):
        try:
            committer.apply_stored(stored)
        except CommitRefused as error:
            rebuilt.problems.append(f"{stored.key}: {error}")
            continue
        rebuilt.commits += 1
        if stored.commit.portal not in rebuilt.portals:
            rebuilt.portals.append(stored.commit.portal)
        progress(rebuilt.commits, stored.commit.portal)


def _portal_commits(store: Store, portal: str, numbers: list[int], rebuilt: Rebuilt) -> Iterator[StoredCommit]:
    expected = 1
    for seq in numbers:
        if seq > expected:
            rebuilt.problems.append(f"commits {expected} to {seq - 1} of {portal} are missing from the store")
        expected = seq + 1
        try:
            yield patiently(lambda seq=seq: read_commit(store, portal, seq), seconds=patience())  # type: ignore[misc]
        except (CommitDamaged, ObjectMissing) as error:
            rebuilt.problems.append(str(error))


class _Sqlite:
    """A new file beside the old one, renamed when it is whole."""

    def __init__(self, home: Home) -> None:
        self.path = Path(home.database_url.removeprefix("sqlite:///"))
        self.fresh = self.path.with_name(self.path.name + ".rebuilding")
        self.name = str(self.path)

    def exists(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0

    def begin(self) -> None:
        from django.db import connection

        self._remove(self.fresh)
        with database_errors():
            open_database(f"sqlite:///{self.fresh}")
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=OFF")  # nobody relies on the file before it is renamed

    def finish(self, *, replace: bool) -> str:
        from django.db import connection

        with database_errors():
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
        self._sync(self.fresh)
        aside = ""
        if replace:
            moved = self.path.with_name(f"{self.path.name}.{datetime.now(UTC):%Y%m%d%H%M%S%f}.old")
            for suffix in ("-wal", "-shm", ""):  # the log before its file: never a file without what it lacks
                part = Path(f"{self.path}{suffix}")
                if part.exists():
                    part.rename(f"{moved}{suffix}")
            aside = str(moved)
        for suffix in ("-wal", "-shm"):  # of a file somebody deleted: SQLite would apply it to ours
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        self.fresh.rename(self.path)
        self._remove(self.fresh)
        self._sync(self.path.parent)
        return aside

    @staticmethod
    def _remove(path: Path) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)

    @staticmethod
    def _sync(path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _Postgres:
    """A schema of its own, whose tables take the others' place in one transaction."""

    def __init__(self, home: Home) -> None:
        self.url = home.database_url
        self.name = self.url.rpartition("@")[2]
        self.fresh = f"{self.url}{'&' if '?' in self.url else '?'}schema={_SCHEMA}"

    def exists(self) -> bool:
        from django.db import connection

        with database_errors():
            open_database(self.url, migrate=False)
            return "catalog_appliedcommit" in connection.introspection.table_names()

    def begin(self) -> None:
        from django.db import connection

        with database_errors():
            open_database(self.url, migrate=False)
            with connection.cursor() as cursor:
                cursor.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")
                cursor.execute(f"CREATE SCHEMA {_SCHEMA}")
            open_database(self.fresh)

    def finish(self, *, replace: bool) -> str:
        from django.db import connection, transaction

        with database_errors():
            fresh = connection.introspection.table_names()
            open_database(self.url, migrate=False)
            aside = f"before_rebuild_{datetime.now(UTC):%Y%m%d%H%M%S%f}" if replace else ""
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT current_schema()")
                (home,) = cursor.fetchone() or ("public",)
                quote = connection.ops.quote_name
                if replace:
                    cursor.execute(f"CREATE SCHEMA {aside}")
                    for table in connection.introspection.table_names(cursor):
                        if table in fresh:
                            cursor.execute(f"ALTER TABLE {quote(home)}.{quote(table)} SET SCHEMA {aside}")
                for table in fresh:
                    cursor.execute(f"ALTER TABLE {_SCHEMA}.{quote(table)} SET SCHEMA {quote(home)}")
                cursor.execute(f"DROP SCHEMA {_SCHEMA}")
        return aside
