"""`recordwatch run`: what cron calls. Crawls what is due, delivers what is owed, says nothing when there is nothing."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.exits import Exit
from cli.output import HomeOption, JsonOption, open_catalog, warn
from cli.transcribing import transcribe_after
from config.home import Home, open_home
from config.paused import is_paused
from config.signs import came_by
from crawler.schedule import mark_attempt

_SEVERITY = (Exit.OK, Exit.UNHEALTHY, Exit.CRASH)


def register(app: typer.Typer) -> None:
    @app.command()
    def run(
        home: HomeOption = None,
        due: Annotated[bool, typer.Option("--due", help="Crawl what is due (this is the default).")] = False,  # noqa: ARG001  says the default aloud in a crontab
        everything: Annotated[
            bool, typer.Option("--all", help="Crawl every watched portal that is not paused.")
        ] = False,
        as_json: JsonOption = False,
    ) -> int:
        """Crawl every portal that is due, then deliver the alerts that are owed. Safe to call every minute."""
        opened = open_home(home)
        came_by(opened.path)
        slugs = _slugs(opened, everything=everything)
        code = asyncio.run(_crawl_all(opened, slugs, as_json=as_json))
        code = max(code, _tick(opened, as_json=as_json), key=_SEVERITY.index)
        from archive.holdings import Holdings
        from releases.alerts.matching import match_owed
        from releases.alerts.outbox import deliver_owed

        match_owed(Holdings(opened))
        report = deliver_owed(opened)
        if report.failed or report.dead:
            warn(f"recordwatch: {report.failed} deliveries failed, {report.dead} are given up; "
                 "`recordwatch alerts deliveries` says why")  # fmt: skip
        transcribe_after(opened, slugs, quiet=True)
        return int(code)


def _tick(home: Home, *, as_json: bool) -> Exit:
    """Look at the deadlines of portals on which a new day began and no crawl did."""
    from crawler.schedule import ticks_due

    slugs = list(ticks_due(home.path, datetime.now(UTC)))
    if not slugs:
        return Exit.OK
    from cli.deadlines import tell_ticks
    from crawler.deadlines import tick_due

    plans, problems = tick_due(home, slugs)
    tell_ticks(plans, as_json=as_json)
    for problem in problems:
        warn(f"recordwatch: {problem}")
    return Exit.CRASH if problems else Exit.OK


def _slugs(home: Home, *, everything: bool) -> list[str]:
    open_catalog(home)
    from crawler.next_crawl import plan_missing
    from crawler.schedule import due
    from releases.models import CrawlRequest
    from releases.portals.next_crawl import latest_crawls

    if everything:
        return [path.stem for path in sorted(home.portals.glob("*.toml")) if not is_paused(home.path, path.stem)]
    now = datetime.now(UTC)
    latest = latest_crawls(now)
    plan_missing(home, latest)
    slugs = set(due(home.path, latest, now))
    asked = CrawlRequest.objects.filter(taken_at=None)
    slugs |= set(asked.values_list("portal", flat=True))
    asked.update(taken_at=now)
    return sorted(slugs)


async def _crawl_all(home: Home, slugs: list[str], *, as_json: bool) -> Exit:
    """One process per portal, at most `processes` at once: a crash or a leak stays where it happened."""
    slots = asyncio.Semaphore(max(1, home.settings.processes))

    async def one(slug: str) -> int:
        async with slots:
            command = [sys.executable, "-m", "cli", "crawl", slug, "--home", str(home.path), "--no-deliver"]
            command.append("--json" if as_json else "--quiet")
            process = await asyncio.create_subprocess_exec(*command)
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                await process.wait()
                raise
            if code == Exit.USAGE:  # its file is wrong: said now and then, not every minute
                mark_attempt(home.path, slug)
            return code

    codes = await asyncio.gather(*(one(slug) for slug in slugs))
    for slug, code in zip(slugs, codes, strict=True):
        if code == Exit.INTERRUPTED:
            warn(
                f"recordwatch: the crawl of {slug} was stopped; what it had captured is kept, the next run goes on from it"
            )
        elif code < 0 or code == Exit.CRASH:
            warn(f"recordwatch: the crawl of {slug} ended with exit code {code}; nothing captured is lost, "
                 "the next run recovers it")  # fmt: skip
    worst = [code for code in codes if code not in {Exit.OK, Exit.LOCKED}]
    if any(code < 0 or code in {Exit.CRASH, Exit.USAGE, Exit.INTERRUPTED} for code in worst):
        return Exit.CRASH
    return Exit.UNHEALTHY if worst else Exit.OK
