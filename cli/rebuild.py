"""`recordwatch rebuild`: the catalog made anew from the store alone."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from cli.exits import Exit
from cli.output import HomeOption, JsonOption, warn, write_json
from config.home import open_home


def register(app: typer.Typer) -> None:
    @app.command()
    def rebuild(
        home: HomeOption = None,
        force: Annotated[bool, typer.Option("--force", help="Move a catalog that is there aside.")] = False,
        as_json: JsonOption = False,
    ) -> int:
        """Make the catalog anew from the commit records in the store; people's settings are kept."""
        import dataclasses

        from archive.catalog.database import open_database
        from archive.holdings import Holdings
        from archive.portal_lock import PortalLocked, portal_lock
        from archive.rebuild import rebuild as make_anew
        from config.errors import RecordwatchError
        from releases.alerts.outbox import enqueue

        opened = open_home(home)
        open_database(opened.database_url, migrate=False)
        with ExitStack() as stack:
            try:
                for portal in sorted({path.stem for path in opened.locks.glob("*.lock")}):
                    stack.enter_context(portal_lock(opened.locks, portal))
            except PortalLocked as error:
                warn(f"recordwatch: {error}")
                return int(Exit.LOCKED)
            if force:
                try:  # deliveries of commits the old catalog lacks are owed before it goes
                    Holdings(opened, on_apply=enqueue).committer.replay()
                except RecordwatchError as error:
                    warn(f"recordwatch: the old catalog is not up to date: {error}")
            rebuilt = make_anew(opened, force=force)
        if as_json:
            write_json(dataclasses.asdict(rebuilt))
        else:
            kept = f", {rebuilt.settings} rows of people's settings kept" if rebuilt.settings else ""
            aside = f"; the old catalog is {rebuilt.aside}" if rebuilt.aside else ""
            typer.echo(f"{rebuilt.commits} commits of {len(rebuilt.portals)} portals applied{kept}{aside}")
        for problem in rebuilt.problems:
            warn(f"recordwatch: {problem}")
        return int(Exit.UNHEALTHY if rebuilt.problems else Exit.OK)
