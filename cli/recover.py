"""`recordwatch recover`: mends what a crash left, without crawling."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import Exit
from cli.output import HomeOption, JsonOption, warn, write_json
from config.home import open_home


def register(app: typer.Typer) -> None:
    @app.command()
    def recover(
        slug: Annotated[str | None, typer.Argument(help="One portal; every portal when left out.")] = None,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> int:
        """Mend after a crash: bring spool, store and catalog together. Every crawl starts with this."""
        import dataclasses

        from archive.holdings import Holdings
        from archive.portal_lock import PortalLocked, portal_lock
        from archive.recover import portals_to_recover
        from archive.recover import recover as mend
        from releases.alerts.outbox import enqueue

        opened = open_home(home)
        holdings = Holdings(opened, on_apply=enqueue)
        # Of portals whose spool and catalog are gone, the store still knows.
        late = [] if slug else [commit.portal for commit in holdings.committer.replay()]
        code = Exit.OK
        for portal in [slug] if slug else sorted({*portals_to_recover(opened), *late}):
            try:
                with portal_lock(opened.locks, portal):
                    recovery = mend(opened, holdings, portal, active="", search_store=True)
            except PortalLocked as error:
                warn(f"recordwatch: {error}")
                code = Exit.LOCKED
                continue
            recovery.commits += late.count(portal)
            if recovery.problems and code is Exit.OK:
                code = Exit.UNHEALTHY
            if as_json:
                write_json(dataclasses.asdict(recovery))
                continue
            if recovery.idle:
                typer.echo(f"{portal}: nothing to mend")
                continue
            typer.echo(
                f"{portal}: {recovery.commits} commits applied, {recovery.captures} exchanges in {recovery.warcs} WARCs "
                f"recovered, {len(recovery.crawls)} crawls given an end"
            )
            for problem in recovery.problems:
                warn(f"  {problem}")
        return int(code)
