"""`recordwatch verify`: is everything held still what was archived?"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from cli.event_words import count_of, size
from cli.exits import Exit
from cli.output import HomeOption, JsonOption, say, write_json
from config.home import open_home
from config.signs import mark_verified

if TYPE_CHECKING:
    from archive.verify import Finding

_CASES = 10


def register(app: typer.Typer) -> None:
    @app.command()
    def verify(
        home: HomeOption = None,
        full: Annotated[bool, typer.Option("--full", help="Read every object and check every digest.")] = False,
        as_json: JsonOption = False,
    ) -> int:
        """Fixity of everything held: store against catalog, and with --full every digest."""
        from archive.holdings import Holdings
        from archive.verify import verify as check

        holdings = Holdings(open_home(home))
        count, cases = 0, set[tuple[str, str]]()
        for finding in check(holdings, full=full):
            count += 1
            cases.update(finding.records)
            if as_json:
                write_json(dataclasses.asdict(finding))
                continue
            for line in told(finding):
                say(line, indent="    ")
        mark_verified(holdings.home.path, full=full, findings=count)
        if not as_json:
            say(_sum(full, count, len(cases)))
        return int(Exit.UNHEALTHY if count else Exit.OK)


def told(finding: Finding) -> list[str]:
    """One finding: what, where, and which records rest on it."""
    said = [f"{finding.kind}: {finding.key}", f"  {finding.what}"]
    if finding.captures:
        cases = [f"{portal} {key}" for portal, key in finding.records[:_CASES]]
        more = len(finding.records) - len(cases)
        rest = f" and {more} more" if more > 0 else ""
        said.append(f"  affected: {count_of(len(finding.captures), 'capture')}"
                    + (f", of {count_of(len(finding.records), 'record')}: {', '.join(cases)}{rest}" if cases else ", of no record"))  # fmt: skip
    return said


def _sum(full: bool, count: int, cases: int) -> str:
    from django.db.models import Sum

    from archive.catalog.models import Capture, Warc

    if count:
        affected = f"; {count_of(cases, 'record')} affected" if cases else ""
        return f"{count_of(count, 'finding')}{affected}"
    held = f"{count_of(Capture.objects.count(), 'capture')} in {count_of(Warc.objects.count(), 'WARC file')}"
    held += f", {size(Warc.objects.aggregate(all=Sum('size'))['all'] or 0)}"
    if full:
        return f"everything is as it was archived: {held}, every byte read"
    return f"everything is there: {held}; `--full` reads every byte"
