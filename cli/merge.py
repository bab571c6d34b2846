"""`recordwatch merge`: two records that are one, said by a person, kept, and undone the same way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.exits import Exit
from cli.output import HomeOption, JsonOption, open_catalog, say, warn, write_json
from config.errors import ConfigError
from config.home import open_home


def register(app: typer.Typer) -> None:
    @app.command()
    def merge(
        slug: Annotated[str, typer.Argument(metavar="PORTAL", help="The portal's slug.")],
        key: Annotated[str, typer.Argument(help="Key of the record that is another one under another name.")],
        into: Annotated[str, typer.Argument(metavar="[INTO]", help="Key of the record that it is.")] = "",
        undo: Annotated[bool, typer.Option("--undo", help="Let it stand for itself again.")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> int:
        """Say that two records of a portal are one, or take it back. Both histories stay."""
        if bool(into) == undo:
            raise ConfigError(
                "say into which record", todo="`merge PORTAL KEY INTO`, or `merge PORTAL KEY --undo` to take it back"
            )
        opened = open_home(home)
        open_catalog(opened)
        from archive.portal_lock import PortalLocked
        from releases.amend import amend
        from releases.ledger.merge import merged_record, plan_merge, plan_unmerge
        from releases.ledger.queries import find

        first = merged_record(slug, key) if undo else find(slug, key)
        target = None if undo else find(slug, into)
        try:
            if target is None:
                amend(opened, slug, "unmerge", lambda: plan_unmerge(first.id, datetime.now(UTC)))
            else:
                amend(opened, slug, "merge", lambda: plan_merge(first.id, target.id, datetime.now(UTC)))
        except PortalLocked as error:
            warn(f"recordwatch: {error}")
            return int(Exit.LOCKED)
        if as_json:
            write_json({"portal": slug, "key": first.key, "into": target.key if target else None})
        elif target is None:
            say(f"{first.key} stands for itself again")
        else:
            say(
                f"{first.key} is now another name of {target.key}; `recordwatch merge {slug} {first.key} --undo` undoes it"
            )
        return int(Exit.OK)
