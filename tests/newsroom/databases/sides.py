"""One home with its tables in SQLite, and the same home with the same rows in PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models

from archive.catalog.database import open_database
from tests.newsroom.inside import Newsroom

T = TypeVar("T")
SIDES = ("sqlite", "postgresql")
_MADE_BY_MIGRATIONS = frozenset({"contenttypes.ContentType", "auth.Permission"})


class Sides:
    """Both homes; one of them is open at a time."""

    def __init__(self, folder: Path, url: str) -> None:
        """Beside the home `folder`, whose tables are in SQLite and open now: the same in the empty database `url`."""
        self.homes = {"sqlite": folder, "postgresql": folder.with_name(f"{folder.name}-postgresql")}
        rows = read()
        shutil.copytree(folder, self.homes["postgresql"], ignore=shutil.ignore_patterns("catalog.sqlite3*"))
        settings = self.homes["postgresql"] / "recordwatch.toml"
        settings.write_text(f'database = "{url}"\n' + settings.read_text("utf-8"), "utf-8")
        open_database(url)
        write(rows)

    @contextmanager
    def open(self, side: str) -> Iterator[Newsroom]:
        """The newsroom over one of them."""
        with Newsroom.over(self.homes[side]) as newsroom:
            assert connection.vendor == side
            yield newsroom

    def each(self, ask: Callable[[Newsroom], T]) -> dict[str, T]:
        """What `ask` finds in each of them, by its name."""
        found = {}
        for side in SIDES:
            with self.open(side) as newsroom:
                found[side] = ask(newsroom)
        return found


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.label not in _MADE_BY_MIGRATIONS]


def read() -> dict[type[models.Model], list[models.Model]]:
    """Every row that is not of a migration."""
    return {model: list(model._default_manager.order_by("pk")) for model in _models()}


def write(rows: dict[type[models.Model], list[models.Model]]) -> None:
    """Into the empty tables of the database that is open now; numbers go on behind those that are taken."""
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica"
        )  # rows come in any order: foreign keys are whole at the end
        for model, found in rows.items():
            model._default_manager.bulk_create(found, batch_size=500)
        for sql in connection.ops.sequence_reset_sql(no_style(), list(rows)):
            cursor.execute(sql)
        cursor.execute("SET session_replication_role = DEFAULT")
