"""`recordwatch serve`: the newsroom in a browser, over this home."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from cli.exits import Exit
from cli.output import HomeOption, warn
from config.errors import ConfigError, RecordwatchError
from config.home import Home, check_settings, home_path, open_home


class AddressTaken(RecordwatchError):
    """Another program listens there."""


def register(app: typer.Typer) -> None:
    @app.command()
    def serve(
        home: HomeOption = None,
        listen: Annotated[
            str, typer.Option(help="address:port to answer at instead of newsroom.listen in recordwatch.toml.")
        ] = "",
        run: Annotated[
            bool, typer.Option("--run", help="Also crawl what is due and deliver what is owed, every minute, as cron would.")
        ] = False,
    ) -> int:  # fmt: skip
        """Show the newsroom: releases, search, records, alerts, in a browser."""
        opened = listening(open_home(home or _demo()), listen)
        address = _free(opened.settings.newsroom.listen)
        from archive.holdings import Holdings

        Holdings(opened)  # its troubles are said here, once, and not by every process
        warn(f"recordwatch: the newsroom is at http://{address} (Ctrl-C ends it)")
        _say_who_comes(opened)
        from cli.serve_beside import beside

        with beside(opened, run=run):
            from web.server import serve as answer

            answer(opened, opened.settings.newsroom.listen)
        return int(Exit.OK)


def _say_who_comes(home: Home) -> None:
    """Where others can come: that they need an account, and a name that leads here."""
    from web.start import EVERYWHERE, LOOPBACK

    newsroom = home.settings.newsroom
    host = newsroom.listen.rpartition(":")[0].strip("[]")
    if host in LOOPBACK:
        return
    if not newsroom.public:
        warn("recordwatch: whoever reads needs an account here: `recordwatch accounts add` makes the first")
    if host in EVERYWHERE and not (home.settings.link or newsroom.hosts):
        warn(
            "recordwatch: others are let in by no name yet: `link` in recordwatch.toml, or `hosts` under [newsroom], has it"
        )


def _demo() -> str | None:
    """The demo's home, where there is no other yet: `make demo`, then `recordwatch serve`."""
    path = Path("demo-home")
    if os.environ.get("RECORDWATCH_HOME") or home_path(None).exists() or not (path / "recordwatch.toml").is_file():
        return None
    warn(f"recordwatch: there is no home here but the demo's, {path}")
    return str(path)


def listening(home: Home, listen: str) -> Home:
    """`home`, with another newsroom.listen where one is given. Raises ConfigError."""
    if not listen:
        return home
    from dataclasses import replace

    import msgspec

    newsroom = msgspec.structs.replace(home.settings.newsroom, listen=listen)
    settings = msgspec.structs.replace(home.settings, newsroom=newsroom)
    check_settings(settings, home.path, "--listen")
    return replace(home, settings=settings)


def _free(listen: str) -> str:
    """`listen`, with the name a browser takes. Raises AddressTaken, ConfigError."""
    host, _, port = listen.rpartition(":")
    plain = host.strip("[]")
    try:
        family = socket.getaddrinfo(plain, int(port), type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((plain, int(port)))
    except socket.gaierror as error:
        raise ConfigError("this is no address of this machine", where=listen, todo="use 127.0.0.1:8400") from error
    except OSError as error:
        raise AddressTaken(
            f"cannot answer at this address: {error.strerror or error}",
            where=listen,
            todo="another newsroom may be open already; --listen 127.0.0.1:8500 takes another",
        ) from error
    return f"127.0.0.1:{port}" if plain in {"0.0.0.0", "::"} else listen  # noqa: S104  a comparison
