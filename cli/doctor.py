"""`recordwatch doctor`: what works here, and how to get what does not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from cli.doctor_line import Line, looked, refused, wrong
from cli.exits import Exit
from cli.output import HomeOption, JsonOption, write_json
from cli.styled import Screen, Styled
from config.errors import ConfigError
from config.home import Home, Settings, home_path, open_home
from config.portal import Portal

_MARKS = {"works": ("✓", "green"), "absent": ("–", "dim"), "doubtful": ("!", "yellow"), "broken": ("✗", "bold red")}
_NAME = 12


def register(app: typer.Typer) -> None:
    @app.command()
    def doctor(
        home: HomeOption = None,
        start_browser: Annotated[
            bool, typer.Option("--try-browser", help="Start the browser and have it show a page (about a second).")
        ] = False,
        as_json: JsonOption = False,
    ) -> int:
        """What works here: one line each, and how to get what is missing. No portal is asked anything.

        Exits with 3 when something that is configured does not work.
        """
        screen = Screen()
        states = []
        for line in examine(home, start_browser=start_browser):
            states.append(line.state)
            if as_json:
                write_json(line)
            else:
                screen.say(drawn(line))
        broken = states.count("broken")
        if not as_json:
            screen.say(Styled())
            screen.say(Styled(words=((_sum(states), ""),)))
        return int(Exit.UNHEALTHY if broken else Exit.OK)


def examine(given: str | None, *, start_browser: bool) -> Iterator[Line]:
    """Everything, in the order in which a crawl needs it."""
    from cli import doctor_home as at_home
    from cli import doctor_machine as here

    yield from looked("recordwatch", here.python)
    home, line = _home(given)
    yield line
    settings = home.settings if home else Settings()
    portals: list[Portal] = []
    late = False
    if home is not None:
        portals, lines = at_home.portals(home)
        yield from lines
        yield from looked("store", lambda: at_home.store(home))
        catalog = list(looked("database", lambda: at_home.database(home)))
        yield from catalog
        late = any(line.name == "clock" for line in catalog)
        yield from looked("spool", lambda: at_home.room(home))
        yield from looked("locks", lambda: at_home.locks(home))
    if not late:
        yield from looked("clock", here.clock)
    yield from looked("authorities", lambda: here.authorities(settings))
    yield from looked("browser", lambda: here.browser(settings, portals, start=start_browser))
    yield from looked("yt-dlp", here.ytdlp)
    yield from looked("ffmpeg", lambda: here.media(settings, portals))
    yield from looked("tesseract", lambda: here.tesseract(settings, portals))
    yield from looked("speech", lambda: here.speech(settings, portals))
    if home is not None:
        yield from looked("mail", lambda: at_home.mail(home))
        yield from looked("slack", lambda: at_home.slack(home))
        yield from looked("documentcloud", lambda: at_home.documentcloud(home))
        yield from looked("search", lambda: at_home.index(home))
        yield from looked("replay", lambda: at_home.replay(home))


def drawn(line: Line) -> Styled:
    """One line for a terminal: mark, name, what it gives, version, what to do."""
    mark, style = _MARKS[line.state]
    margin = f"{mark} {line.name:<{_NAME}} "
    words = [(f"{line.version}  " if line.version else "", "bold"), (line.said, "")]
    if line.todo:
        words.append((f". {line.todo}", "dim" if line.state == "absent" else ""))
    return Styled(margin, tuple((word, said) for word, said in words if word), style)


def _home(given: str | None) -> tuple[Home | None, Line]:
    asked = bool(given or os.environ.get("RECORDWATCH_HOME"))
    try:
        home = open_home(given)
    except ConfigError as error:
        there = (home_path(given) / "recordwatch.toml").exists()
        return None, wrong("home", error, "broken" if asked or there else "absent")
    except OSError as error:
        return None, Line("home", "broken", refused(error))
    return home, Line("home", "works", str(home.path))


def _sum(states: Sequence[str]) -> str:
    broken, doubtful, absent = (states.count(state) for state in ("broken", "doubtful", "absent"))
    if broken:
        return f"{broken} configured thing{' does' if broken == 1 else 's do'} not work (✗)"
    parts = [f"{doubtful} to look after (!)"] if doubtful else []
    parts += [f"{absent} not here and not asked for (–)"] if absent else []
    return "what is configured works" + (f"; {', '.join(parts)}" if parts else "")
