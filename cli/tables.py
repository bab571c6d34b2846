"""`recordwatch tables`: what is held as tables for spreadsheets, notebooks and Datasette."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import Exit
from cli.output import HomeOption, JsonOption, open_catalog, write_json
from config.errors import ConfigError
from config.home import open_home

_ALL = (".sqlite", ".sqlite3", ".db")


def register(app: typer.Typer) -> None:
    @app.command()
    def tables(
        output: Annotated[
            Path,
            typer.Option("-o", "--output", help="F.sqlite for all tables in one file; F.csv, F.jsonl or F.xlsx for one."),
        ],
        table: Annotated[
            str, typer.Option(help="Which one: portals, crawls, records, versions, files, file_versions, events, captures, deadlines.")
        ] = "",
        portal: Annotated[str, typer.Option(help="Only of this portal.")] = "",
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> int:  # fmt: skip
        """Write what is held as tables: one SQLite file that Datasette opens, or one table for a spreadsheet."""
        form = output.suffix.lower()
        opened = open_home(home)
        open_catalog(opened)
        from releases.tables.forms import FORMS
        from releases.tables.model import Wanted
        from releases.tables.rows import TABLES
        from releases.tables.write import write_all, write_one

        wanted = Wanted(portal=portal)
        if form in _ALL:
            if table:
                raise ConfigError("one SQLite file has all tables", todo="leave --table out")
            counts = write_all(output, wanted)
        elif form.removeprefix(".") in FORMS:
            if table not in TABLES:
                what = f"--table {table!r}: there is no such table" if table else "which table? --table NAME"
                raise ConfigError(what, todo=f"use {', '.join(TABLES)}")
            counts = {table: write_one(output, TABLES[table], form.removeprefix("."), wanted)}
        else:
            raise ConfigError(
                "the file's name says what it becomes",
                where=str(output),
                todo="end it in .sqlite, .csv, .jsonl or .xlsx",
            )
        if as_json:
            write_json({"path": str(output), "rows": counts})
        else:
            said = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
            typer.echo(f"{output}: {said}")
        return int(Exit.OK)
