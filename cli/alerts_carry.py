"""`recordwatch alerts export` and `import`: people's settings are in no archive, so they are kept apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import private_lines
from cli.alerts_row import opened_home
from cli.output import HomeOption, JsonOption, write_json


def register(group: typer.Typer) -> None:
    @group.command("export")
    def export_all(
        out: Annotated[Path | None, typer.Option("-o", "--output", help="A file only you can read; else standard output.")] = None,
        home: HomeOption = None,
    ) -> None:  # fmt: skip
        """Subscriptions, deliveries and the newsroom's desks, secrets included, as JSON lines: they are not in the archive."""
        opened_home(home)
        from releases.alerts.subscriptions_carry import export_settings
        from web.desk.carry import exported

        private_lines.write((*export_settings(), *exported()), out)

    @group.command("import")
    def import_all(
        file: Annotated[Path, typer.Argument(help="What `alerts export` wrote.", exists=True, dir_okay=False)],
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Take over an export; what is here already stays as it is. Accounts first: `accounts import`."""
        opened_home(home)
        from django.db import transaction

        from releases.alerts.subscriptions_carry import import_settings
        from web.desk.carry import PREFIX, imported

        rows = private_lines.read(file)
        with transaction.atomic():
            desks = [row for row in rows if str(row.get("row", "")).startswith(PREFIX)]
            others = [row for row in rows if not str(row.get("row", "")).startswith(PREFIX)]
            subscriptions, owed = import_settings(others)
            things = imported(desks)
        if as_json:
            write_json({"subscriptions": subscriptions, "deliveries": owed, "desk": things})
        else:
            typer.echo(f"took over {subscriptions} subscriptions, {owed} deliveries and {things} things of desks")
