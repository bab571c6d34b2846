"""`recordwatch alerts feed`: releases as files that feed readers take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.output import HomeOption, JsonOption, emit, warn, write_json
from config.errors import ConfigError
from config.home import Home, open_home

Many = list[str] | None


def register(group: typer.Typer) -> None:
    @group.command()
    def feed(
        out: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write one feed.")] = None,
        all_in: Annotated[Path | None, typer.Option("--all", metavar="DIR", help="Write every feed in every format into this folder.")] = None,
        style: Annotated[str, typer.Option("--format", help="atom, rss or json; else by the file's ending, else atom.")] = "",
        portal: Annotated[Many, typer.Option(help="Only of this portal. May be repeated.")] = None,
        query: Annotated[str, typer.Option(help="Only what this query finds, as in `recordwatch search`.")] = "",
        subscription: Annotated[str, typer.Option(metavar="ID", help="What this subscription asks for.")] = "",
        address: Annotated[str, typer.Option(metavar="URL", help="Where the file, or the folder, can be read: feeds name it as their own.")] = "",
        limit: Annotated[int, typer.Option(min=1, max=10_000, help="Entries at most, newest first.")] = 100,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        """Write releases as Atom, RSS or JSON Feed: one file, or all feeds for a web server."""
        if (out is None) == (all_in is None):
            raise ConfigError("say where to", todo="`-o FILE` for one feed, or `--all DIR` for all of them")
        if all_in is not None and (portal or query or subscription or style):
            raise ConfigError("--all writes every feed in every format", todo="leave the other choices out")
        if subscription and (portal or query):
            raise ConfigError("a subscription says itself which portals and which query", todo="leave the others out")
        opened = _opened(home, search=bool(query or subscription or all_in))
        address = address.rstrip("/") or (
            f"{opened.settings.link.rstrip('/')}/feeds" if opened.settings.link and all_in else ""
        )
        if all_in is not None:
            _write_all(opened, all_in, address, limit, as_json=as_json)
        elif out is not None:
            _write_one(
                opened, out, _style(style, out), portal or [], query, subscription, address, limit, as_json=as_json
            )


def _style(style: str, out: Path) -> str:
    from releases.alerts.feed_formats import FORMATS

    if style and style not in FORMATS:
        raise ConfigError(f"no feed is written as {style!r}", todo=" or ".join(FORMATS))
    return style or next((name for name, (_, ending) in FORMATS.items() if ending == out.suffix), "atom")


def _write_one(home: Home, out: Path, style: str, portals: list[str], query: str, subscription: str, address: str,
               limit: int, *, as_json: bool) -> None:  # fmt: skip
    from dataclasses import replace

    from releases.alerts.feed_choice import everything, of_portals, of_query, of_subscription
    from releases.alerts.feed_files import write_feed
    from releases.alerts.feed_formats import FORMATS
    from releases.alerts.subscriptions import find

    if subscription:
        made = of_subscription(home, find(subscription), limit)
    elif query:
        made = of_query(home, query, portals, limit)
    else:
        made = of_portals(home, portals, limit) if portals else everything(home, limit)
    try:
        changed = write_feed(out, FORMATS[style][0](replace(made, address=address)))
    except OSError as error:
        raise ConfigError(f"the feed cannot be written: {error.strerror}", where=str(out)) from error
    if as_json:
        write_json({"file": str(out), "format": style, "entries": len(made.entries), "changed": changed})
    else:
        typer.echo(f"{len(made.entries)} entries: {out}{'' if changed else ' (nothing new)'}")


def _write_all(home: Home, folder: Path, address: str, limit: int, *, as_json: bool) -> None:
    from releases.alerts.feed_files import write_all

    try:
        rows: list[dict[str, Any]] = [
            {"what": one.what, "entries": one.entries, "changed": one.changed, "file": str(one.file)}
            for one in write_all(home, folder, address, limit)
        ]
    except OSError as error:
        raise ConfigError(f"the feeds cannot be written: {error.strerror}", where=str(folder)) from error
    if not as_json:
        for row in rows:
            row["changed"] = "yes" if row["changed"] else "no"
    emit(rows, as_json=as_json, columns=("what", "entries", "changed", "file"), empty="no feed")


def _opened(home: str | None, *, search: bool) -> Home:
    """The home, its database, and where feeds need it the index brought up to date."""
    opened = open_home(home)
    from archive.holdings import Holdings

    holdings = Holdings(opened)
    if search:
        from config.errors import RecordwatchError
        from releases.search.catch_up import catch_up
        from releases.search.texts import archived_texts

        try:
            catch_up(opened.index, archived_texts(holdings))
        except RecordwatchError as error:
            warn(f"the index is not up to date: {error}")
    return opened
