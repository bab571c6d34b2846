"""Tables into files: whole, or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from config.errors import ConfigError
from releases.tables import sqlite
from releases.tables.forms import csv_lines, jsonl, xlsx
from releases.tables.model import Table, Wanted


def write_all(path: Path, wanted: Wanted) -> dict[str, int]:
    """One SQLite file; rows of each table.

    Raises:
        ConfigError: it cannot be written there.
    """
    try:
        return sqlite.write(path, wanted)
    except (sqlite3.OperationalError, OSError) as error:
        raise ConfigError(f"it cannot be written: {error}", where=str(path)) from error


def write_one(path: Path, table: Table, form: str, wanted: Wanted) -> int:
    """One table as jsonl, csv or xlsx; how many rows. Raises as `write_all`."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            if form == "xlsx":
                count = xlsx(table, wanted, file)
            else:
                lines: Iterator[bytes] = (jsonl if form == "jsonl" else csv_lines)(table, wanted)
                count = -1 if form == "csv" else 0
                for line in lines:
                    file.write(line)
                    count += 1
        part.replace(path)
    except OSError as error:
        raise ConfigError(f"it cannot be written: {error.strerror}", where=str(path)) from error
    finally:
        part.unlink(missing_ok=True)
    return count
