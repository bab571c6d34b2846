"""How verbs speak: one JSON object per line for machines, plain tables for people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
import typer

HomeOption = Annotated[
    str | None, typer.Option("--home", help="The home folder. Default: $RECORDWATCH_HOME, else ./recordwatch-home.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]


def write_json(row: Any) -> None:
    """One object on one line of standard output."""
    sys.stdout.write(msgspec.json.encode(row).decode() + "\n")


def emit(rows: Iterable[Mapping[str, Any]], *, as_json: bool, columns: Iterable[str], empty: str) -> None:
    """A listing: JSON lines, or a table of `columns`; `empty` is said when there is nothing."""
    if as_json:
        for row in rows:
            write_json(row)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names = list(columns)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name.replace("_", " ").upper(), overflow="fold")
    count = 0
    for row in rows:
        # Text, never markup: a portal's title may contain [brackets].
        table.add_row(*(Text("" if row.get(name) is None else str(row.get(name))) for name in names))
        count += 1
    console = Console(highlight=False)
    if count:
        console.print(table)
    else:
        typer.echo(empty)


def warn(line: str) -> None:
    """A line a person should read, on standard error."""
    typer.echo(line, err=True)
