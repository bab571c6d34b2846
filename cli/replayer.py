"""`recordwatch replayer`: the optional program that shows archived pages as they looked, in the newsroom."""

from __future__ import annotations

import typer

from cli.exits import Exit
from cli.output import HomeOption, say, warn
from config.home import open_home


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Install, remove or check the optional program that shows archived pages in the newsroom.")

    @group.command()
    def install(home: HomeOption = None) -> None:
        """Fetch pywb (GPL) into an environment of its own in the home. `serve` starts it from then on."""
        from web.outside.replay_component import folder_of, install

        folder = folder_of(open_home(home))
        warn("recordwatch: installing pywb for replay; this takes about a minute")
        made = install(folder)
        say(f"installed: pywb {made.version} in {folder}")
        say("start `recordwatch serve` anew; pages of captures then have the button “Open as it looked”")

    @group.command()
    def remove(home: HomeOption = None) -> None:
        """Delete it. Nothing else changes."""
        from web.outside.replay_component import folder_of, remove

        folder = folder_of(open_home(home))
        say(f"removed: {folder}" if remove(folder) else "it is not installed")

    @group.command()
    def status(home: HomeOption = None) -> int:
        """Say whether it is installed, and answers. Exits with 3 when it is not installed."""
        from web.outside.replay_component import COMMAND, folder_of, found
        from web.outside.replay_origin import answers, links_of
        from web.start import configure

        opened = open_home(home)
        component = found(folder_of(opened))
        if component is None:
            say(f"not installed; `{COMMAND}` gets it")
            return int(Exit.UNHEALTHY)
        configure(opened)
        links = links_of(opened)
        where = links[0] if links else "no address: set newsroom.replay_link"
        say(f"pywb {component.version}; {where}; {'answers' if answers(opened) else 'not served now'}")
        return int(Exit.OK)

    app.add_typer(group, name="replayer")
