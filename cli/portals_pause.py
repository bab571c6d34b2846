"""`recordwatch portals pause` and `resume`: no crawls of a portal for now."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from cli.output import HomeOption, JsonOption, write_json
from config.home import open_home
from config.paused import pause as stop
from config.paused import resume as go_on

SlugArgument = Annotated[str, typer.Argument(help="The portal's slug: the name of its file in portals/.")]


def register(group: typer.Typer) -> None:
    @group.command()
    def pause(
        slug: SlugArgument,
        why: Annotated[str, typer.Option(help="The reason; it is shown wherever the portal's state is.")],
        by: Annotated[str, typer.Option(help="Who pauses it; else the name of this system's user.")] = "",
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Crawl it no more on schedule, until `resume`. `crawl` and "run now" still do."""
        opened = open_home(home)
        stop(opened.path, slug, by=by or _user(), why=why)
        write_json({"portal": slug, "paused": True}) if as_json else typer.echo(f"{slug} is paused")

    @group.command()
    def resume(slug: SlugArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
        """Crawl it on schedule again."""
        was = go_on(open_home(home).path, slug)
        if as_json:
            write_json({"portal": slug, "paused": False, "was_paused": was})
        else:
            typer.echo(f"{slug} is crawled on schedule again" if was else f"{slug} was not paused")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
