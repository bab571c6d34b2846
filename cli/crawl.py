"""`recordwatch crawl`: one crawl of one portal, now."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.event_words import count_of
from cli.exits import Exit
from cli.output import HomeOption, JsonOption, say, warn, write_json
from cli.progress import progress_for
from cli.story import hanging, story
from cli.transcribing import transcribe_after
from config.home import Home, open_home
from config.signs import underway


def crawl_once(
    home: Home,
    slug: str,
    *,
    max_records: int | None,
    deliver: bool,
    as_json: bool,
    quiet: bool,
    everything: bool = False,
    scans_again: bool = False,
) -> Exit:
    """Crawl `slug`, deliver what is owed, say what was found."""
    from archive.holdings import Holdings
    from archive.portal_lock import PortalLocked, portal_lock
    from crawler.check import check_settings
    from crawler.run import run_crawl
    from crawler.schedule import mark_attempt
    from releases.alerts.matching import match_owed
    from releases.alerts.outbox import deliver_owed, enqueue

    portal = home.portal(slug)
    check_settings(portal, str(home.portals / f"{slug}.toml"))
    holdings = Holdings(home, on_apply=enqueue)
    try:
        with (
            portal_lock(home.locks, slug),
            progress_for(portal.name, off=as_json or quiet) as shown,
            underway(home.path, slug, "crawl", shown) as progress,
        ):
            mark_attempt(home.path, slug)
            result = run_crawl(
                home, portal, holdings, max_records=max_records, progress=progress, everything=everything,
                scans_again=scans_again,
            )  # fmt: skip
    except PortalLocked as error:
        if not quiet:
            warn(f"recordwatch: {error}")
        return Exit.LOCKED
    if deliver:
        match_owed(holdings, portal=slug)
    report = deliver_owed(home) if deliver else None  # before a word is said: nobody may be left to read it
    if as_json:
        import dataclasses

        write_json(dataclasses.asdict(result))
    elif not quiet or result.events or result.verdict not in {"healthy", "empty"}:
        for line in story(result):
            say(line, indent=hanging(line))
    if report and report.failed and not quiet:
        warn(f"recordwatch: {count_of(report.failed, 'message')} not taken; `recordwatch alerts deliveries` says why")
    if deliver:
        transcribe_after(home, [slug], quiet=as_json or quiet)
    return Exit.OK if result.verdict in {"healthy", "empty"} else Exit.UNHEALTHY


def register(app: typer.Typer) -> None:
    @app.command()
    def crawl(
        slug: Annotated[str, typer.Argument(help="The portal's slug: the name of its file in portals/.")],
        home: HomeOption = None,
        max_records: Annotated[int | None, typer.Option(min=1, help="Stop after this many records.")] = None,
        everything: Annotated[
            bool, typer.Option("--everything", help="Read every page, also those that the portal says are unchanged.")
        ] = False,
        scans_again: Annotated[
            bool,
            typer.Option("--scans-again", help="Read scans again whose words are not marked on their pictures yet."),
        ] = False,
        deliver: Annotated[bool, typer.Option(help="Deliver owed alerts afterwards.")] = True,
        quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when nothing happened.")] = False,
        as_json: JsonOption = False,
    ) -> int:
        """Crawl one portal now."""
        code = crawl_once(
            open_home(home), slug, max_records=max_records, deliver=deliver, as_json=as_json, quiet=quiet,
            everything=everything, scans_again=scans_again,
        )  # fmt: skip
        return int(code)
