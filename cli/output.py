"""How verbs speak: one JSON object per line for machines, plain tables for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from cli.screen import say, table, wrapped
from config.home import Home

HomeOption = Annotated[
    str | None, typer.Option("--home", help="The home folder. Default: $RECORDWATCH_HOME, else ./recordwatch-home.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


def write_json(row: Any) -> None:
    """One object on one line of standard output, in UTF-8 whatever the locale."""
    line = msgspec.json.encode(row) + b"\n"
    if (sys.stdout.encoding or "").lower().replace("-", "") == "utf8":
        sys.stdout.write(line.decode())
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(line)


def emit(rows: Iterable[Mapping[str, Any]], *, as_json: bool, columns: Iterable[str], empty: str) -> None:
    """A listing: JSON lines, or a table of `columns`; `empty` is said when there is nothing."""
    if as_json:
        for row in rows:
            write_json(row)
        return
    for line in table(rows, list(columns)) or wrapped(empty):
        sys.stdout.write(f"{line}\n")


def warn(line: str) -> None:
    """A line a person should read, on standard error."""
    typer.echo(line, err=True)


def when(at: datetime | None) -> str:
    """A time to the minute, in UTC, as every log and WARC has it."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else "never"


def open_catalog(home: Home) -> None:
    """Open the catalog of `home`, its tables brought up to date. Raises DatabaseRefused and its kin."""
    from archive.holdings import Holdings

    Holdings(home)  # what asks whether something may be shown finds the store by it


def open_without_catalog() -> None:
    """What a check asks of a catalog, it asks of an empty one."""
    from archive.catalog.database import open_database
    from archive.catalog.failures import database_errors

    with database_errors():
        open_database("sqlite:///:memory:", migrate=False)


__all__ = [
    "HomeOption",
    "JsonOption",
    "emit",
    "open_catalog",
    "open_without_catalog",
    "say",
    "warn",
    "when",
    "write_json",
]
