"""`recordwatch retract`: says that an event was wrong, and lets those who were told know."""

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
    def retract(
        event: Annotated[
            str, typer.Argument(metavar="EVENT", help="The event's id; its end is enough (`releases --json`).")
        ],
        why: Annotated[str, typer.Option(help="What was wrong with it: one sentence, which those told will read.")],
        by: Annotated[str, typer.Option(help="Who says so.")] = "",
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> int:
        """Say that an event was wrong. It stays visible with its correction, and whoever was told is told so."""
        if not why.strip():
            raise ConfigError("--why is empty: those who were told want to know", todo="one sentence")
        opened = open_home(home)
        open_catalog(opened)
        from archive.portal_lock import PortalLocked
        from releases.amend import amend
        from releases.ledger.queries import event_row
        from releases.ledger.retract import find_event, plan_retraction
        from releases.models import Delivery, Event

        wrong = find_event(event)
        try:
            plan = amend(
                opened, wrong.portal, "retraction", lambda: plan_retraction(wrong.id, why, by, datetime.now(UTC))
            )
        except PortalLocked as error:
            warn(f"recordwatch: {error}")
            return int(Exit.LOCKED)
        made = Event.objects.get(id=plan.events[0]["id"])
        told = sum(
            1 for events in Delivery.objects.filter(state="owed").values_list("events", flat=True) if made.id in events
        )
        if as_json:
            write_json({**event_row(made), "owed": told})
            return int(Exit.OK)
        say(f"retracted: {wrong.kind} of {wrong.key or wrong.portal}, told {wrong.at:%Y-%m-%d %H:%M} UTC")
        if told:
            say(f"  {told} correction{'' if told == 1 else 's'} owed; `recordwatch run` sends them")
        else:
            say("  nobody had been told of it")
        return int(Exit.OK)
