"""All tests of the newsroom with their homes on PostgreSQL, sorting by English: what they change, they change there.

    python -m pytest -p tests.newsroom.databases.on_postgresql tests/newsroom

For now and then: the suite has `tests/newsroom/databases`. Tests that look into a SQLite file fail.
"""

from __future__ import annotations

import atexit
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psycopg

import tests.conftest  # noqa: F401  Django is set up there
from archive.catalog.database import open_database
from tests.newsroom import served
from tests.newsroom.databases.sides import read, write
from tests.newsroom.inside import Newsroom
from tests.services.postgres import postgres

_plain = served.copy_of
_templates: dict[Path, str] = {}
_open = ExitStack()


def _template(home: Path) -> str:
    """Address of a database with the rows of `home`, which nobody uses."""
    if home not in _templates:
        url = _open.enter_context(postgres(language="en_US"))
        atexit.register(_open.close)  # before the server ends, which is older
        with tempfile.TemporaryDirectory() as folder:
            with Newsroom.over(_plain(home, Path(folder) / "home")):
                rows = read()
            open_database(url)
            write(rows)
        from django.db import connections

        connections.close_all()
        _templates[home] = url
    return _templates[home]


def copy_of(home: Path, folder: Path) -> Path:
    """As `served.copy_of`, in a database of its own."""
    settings = folder / "recordwatch.toml"
    template = "" if "database" in (home / settings.name).read_text("utf-8") else _template(home)
    made = _plain(home, folder)
    if template:
        server, _slash, name = template.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as control:
            number = len((control.execute("SELECT datname FROM pg_database")).fetchall())
            control.execute(f"CREATE DATABASE copy_{number}_{name} TEMPLATE {name}".encode())
        settings.write_text(f'database = "{server}/copy_{number}_{name}"\n{settings.read_text("utf-8")}', "utf-8")
        for file in made.glob("catalog.sqlite3*"):
            file.unlink()
    return made


served.copy_of = copy_of
