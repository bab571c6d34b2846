"""`recordwatch alerts why`: why an event was sent to somebody, or was not."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.alerts_row import opened_home
from cli.output import HomeOption, JsonOption, say, write_json


def register(group: typer.Typer) -> None:
    @group.command()
    def why(
        event: Annotated[str, typer.Argument(metavar="EVENT", help="An event's id (its end is enough).")],
        subscription: Annotated[
            str, typer.Argument(metavar="SUBSCRIPTION", help="Its id (its end is enough) or name.")
        ],
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Why this event was sent to this subscription, waits, or was not sent."""
        opened_home(home)
        from releases.alerts.why import why as ask

        answer = ask(event, subscription)
        if as_json:
            write_json(answer)
            return
        for line in (answer.about, *answer.sentences):
            say(line)
