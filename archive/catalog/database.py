"""Opens the catalog's database: SQLite beside the archive, or PostgreSQL. Same code path for both."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from config.errors import ConfigError


def database_settings(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for `sqlite:///PATH` or `postgresql://user:password@host:port/name`, the
    latter with `?schema=name` for tables in a schema of their own (a rebuild) and `?host=` for a socket.

    SQLite: WAL; immediate transactions, because deferred read-then-write ones fail under two writers;
    synchronous=FULL, because local WARCs are deleted on its word.
    """
    if url.startswith("sqlite:///"):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.removeprefix("sqlite:///"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ConfigError(
            f"database = {url!r}: use postgresql://user@host/name, or leave it out for SQLite", where="recordwatch.toml"
        )
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or os.environ.get("PGPASSWORD", "")),
        "HOST": unquote(query.get("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 10}
        | ({"options": f"-c search_path={query['schema']}"} if "schema" in query else {}),
    }


def prepare_models() -> None:
    """Let Django's models be imported. Call before importing a module that defines or uses them."""
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if not apps.ready:
        django.setup()


def open_database(url: str, *, migrate: bool = True) -> None:
    """Make `url` this process's database and bring its tables up to date.

    May be called again with another URL (the tests do); the calling thread's connections are closed.
    """
    prepare_models()
    from django.db import connections

    connections.close_all()
    wanted = database_settings(url)
    connections.settings["default"] = connections.configure_settings({"default": wanted})["default"]
    with contextlib.suppress(AttributeError):  # no connection was opened in this thread yet
        del connections["default"]
    if migrate:
        _migrate()


def _migrate() -> None:
    """Bring the tables up to date; one query where they are."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    known, applied = _known_migrations(), set(MigrationRecorder(connection).applied_migrations())
    _refuse_newer(known, applied)
    if not known <= applied:
        call_command("migrate", verbosity=0, interactive=False)


def _known_migrations() -> set[tuple[str, str]]:
    """(app, name) of every migration that this version has: the names of files, none of which is imported."""
    import pkgutil

    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    known: set[tuple[str, str]] = set()
    for app in apps.get_app_configs():
        module, _ = MigrationLoader.migrations_module(app.label)
        folder = Path(app.path) / "migrations"
        if module and folder.is_dir():
            known.update((app.label, name) for _, name, _ in pkgutil.iter_modules([str(folder)]) if name[0] not in "_~")
    return known


def _refuse_newer(known: set[tuple[str, str]], applied: set[tuple[str, str]]) -> None:
    """Raise DatabaseRefused when a later recordwatch has changed the tables: we do not know what they mean."""
    from django.db import connection

    from archive.catalog.failures import DatabaseRefused

    ours = {app for app, _ in known}
    newer = sorted(f"{app} {name}" for app, name in applied - known if app in ours)
    if newer:
        raise DatabaseRefused(
            f"the catalog was made by a later version of recordwatch: this one does not know {', '.join(newer)}",
            where=str(connection.settings_dict["NAME"]),
            todo="Install that version again; nothing was changed",
        )
