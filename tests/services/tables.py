"""SQLite databases with every table, without running every migration again: half a second each, in most tests.

The first database of a process is made by the migrations, in memory. Empty ones become copies of it; those that a verb
made, which lack the newsroom's own tables, get these from it. So it is in the processes that are forked to run verbs
(`tests.services.forking`). Every other database is migrated as always, and so are those of other processes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.core import management
from django.db import connection, connections
from django.db.migrations.recorder import MigrationRecorder

from archive.catalog.database import open_database

_template: list[bytes] = []
"""A database as a file would hold it: connections are not for forks."""


def remembered() -> None:
    """From now on in this process, `migrate` copies where it would begin with nothing, or add whole applications."""
    real = management.call_command

    def call_command(name: str, *given: Any, **options: Any) -> Any:
        if name != "migrate" or given or connection.vendor != "sqlite" or not filled():
            return real(name, *given, **options)
        return None

    def filled() -> bool:
        if not _template:
            with _in_memory():
                real("migrate", verbosity=0, interactive=False)
                with closing(sqlite3.connect(":memory:")) as copy:
                    connection.connection.backup(copy)
                    _template.append(copy.serialize())
        with closing(sqlite3.connect(":memory:")) as whole:
            whole.deserialize(_template[0])
            if not connection.introspection.table_names():
                whole.backup(connection.connection)
                return True
            return _completed(whole)

    management.call_command = call_command


def made() -> None:
    """As `remembered`, with the first database made now, before anything is forked."""
    remembered()
    with _in_memory():
        management.call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def _in_memory() -> Iterator[None]:
    """For this thread the process's database is an empty one."""
    before = connections.settings["default"]
    open_database("sqlite:///:memory:", migrate=False)
    try:
        connection.ensure_connection()
        yield
    finally:
        connections.close_all()
        connections.settings["default"] = before
        del connections["default"]


def _completed(whole: sqlite3.Connection) -> bool:
    """Give this database the tables of the applications of which it has none; whether these were all it lacked."""
    known = {(app, name) for app, name in whole.execute("SELECT app, name FROM django_migrations")}
    applied = set(MigrationRecorder(connection).applied_migrations())
    lacking = known - applied
    if not applied <= known or {app for app, _ in lacking} & {app for app, _ in applied}:
        return False
    database = connection.connection
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    schema = whole.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    new = [row for row in schema if row[1] not in there]
    tables = {name for kind, name, _, _ in new if kind == "table"}
    if not {of for _, _, of, _ in new} <= tables:  # something of theirs is on a table that was there before
        return False
    database.execute("BEGIN IMMEDIATE")
    with database:
        for _, _, _, sql in new:
            database.execute(sql)
        for table in sorted(tables):
            rows = whole.execute(f'SELECT * FROM "{table}"')
            marks = ", ".join("?" * len(rows.description))
            database.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
        migrations = whole.execute("SELECT app, name, applied FROM django_migrations ORDER BY id")
        database.executemany(
            "INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, ?)",
            [row for row in migrations if row[:2] in lacking],
        )
        # What Django notes of every model once all is migrated.
        named = "SELECT app_label, model FROM django_content_type ORDER BY id"
        database.executemany(
            "INSERT OR IGNORE INTO django_content_type (app_label, model) VALUES (?, ?)", whole.execute(named)
        )
        database.executemany(
            "INSERT OR IGNORE INTO auth_permission (name, codename, content_type_id) VALUES"
            " (?, ?, (SELECT id FROM django_content_type WHERE app_label = ? AND model = ?))",
            whole.execute(
                "SELECT name, codename, app_label, model FROM auth_permission p"
                " JOIN django_content_type t ON t.id = p.content_type_id ORDER BY p.id"
            ),
        )
    return True
