"""Empty SQLite databases with every table, without running every migration again: half a second each, in most tests.

The first database of a process is made by the migrations; the next empty ones are copies of it. Databases that have
tables already are migrated as always, and so are those of every process that tests start.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from django.core import management
from django.db import connection

_template: list[sqlite3.Connection] = []


def remembered() -> None:
    """From now on in this process, `migrate` copies where it would begin with nothing."""
    real = management.call_command

    def call_command(name: str, *given: Any, **options: Any) -> Any:
        if name != "migrate" or given or connection.vendor != "sqlite" or connection.introspection.table_names():
            return real(name, *given, **options)
        if not _template:
            done = real(name, *given, **options)
            copy = sqlite3.connect(":memory:", check_same_thread=False)
            connection.connection.backup(copy)
            _template.append(copy)
            return done
        _template[0].backup(connection.connection)
        return None

    management.call_command = call_command
