"""`recordwatch verify`: is everything held still what was archived?"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import Exit
from cli.output import HomeOption, JsonOption, write_json
from config.home import open_home


def register(app: typer.Typer) -> None:
    @app.command()
    def verify(
        home: HomeOption = None,
        full: Annotated[bool, typer.Option("--full", help="Read every object and check every digest.")] = False,
        as_json: JsonOption = False,
    ) -> int:
        """Fixity of everything held: store against catalog, and with --full every digest."""
        import dataclasses

        from archive.holdings import Holdings
        from archive.verify import verify as check

        count = 0
        for finding in check(Holdings(open_home(home)), full=full):
            count += 1
            if as_json:
                write_json(dataclasses.asdict(finding))
                continue
            cases = ", ".join(f"{portal} {key}" for portal, key in finding.records[:10])
            more = f" and {len(finding.records) - 10} more" if len(finding.records) > 10 else ""
            affected = f"; affected: {len(finding.captures)} captures" if finding.captures else ""
            typer.echo(f"{finding.kind}: {finding.key}: {finding.what}{affected}{f', {cases}{more}' if cases else ''}")
        if not as_json:
            typer.echo(f"{count} findings" if count else "everything is as it was archived")
        return int(Exit.UNHEALTHY if count else Exit.OK)
