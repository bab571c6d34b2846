"""`recordwatch releases`: what was released, changed or withdrawn, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, get_args

import typer

from cli.event_words import MARGIN, details, heading
from cli.output import HomeOption, JsonOption, open_catalog, say, when, write_json
from config.errors import ConfigError
from config.home import open_home
from releases.model import EventKind

_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def register(app: typer.Typer) -> None:
    @app.command()
    def releases(
        home: HomeOption = None,
        since: Annotated[
            str, typer.Option(help="Only events since then: 2026-01-31, 2026-01-31T12:00Z, or 3d, 12h, 2w ago.")
        ] = "",
        portal: Annotated[list[str] | None, typer.Option(help="Only of this portal; may be repeated.")] = None,
        kind: Annotated[
            list[str] | None,
            typer.Option(help=f"Only events of this kind: {', '.join(get_args(EventKind))}. May be repeated."),
        ] = None,
        limit: Annotated[int, typer.Option(min=1, help="At most this many events.")] = 100,
        as_json: JsonOption = False,
    ) -> None:
        """What was released, changed or withdrawn, newest first."""
        opened = open_home(home)
        start = moment(since) if since else None
        check_kinds(kind or [])
        open_catalog(opened)
        from releases.ledger.known import batches
        from releases.ledger.queries import event_row, recorded
        from releases.ledger.queries import releases as events
        from releases.ledger.retract import corrected

        for slug in portal or []:
            if not recorded(slug):
                opened.portal(slug)  # says which portals are watched
        found = events(since=start, portals=portal or [], kinds=kind or [], limit=limit)
        if as_json:
            for batch in batches(found):
                why = corrected(batch)
                for event in batch:
                    write_json(event_row(event) | ({"corrected": why[event.id]} if event.id in why else {}))
            return
        listed = list(found)
        why = corrected(listed)
        rows = [({**event_row(event), "corrected": why.get(event.id, "")}, event.title) for event in listed]
        for line in lines(rows):
            say(line, indent=" " * (MARGIN + 2))
        if not rows:
            say(nothing(since, portal or [], kind or []))
        elif len(rows) == limit:
            say(f"\nThe newest {limit}; --limit, --since, --portal and --kind choose others.")


def moment(text: str, now: datetime | None = None) -> datetime:
    """The time that `--since` names: a date, a time (UTC unless it says otherwise), or so long ago.

    Raises:
        ConfigError: it is none of these.
    """
    now = now or datetime.now(UTC)
    try:
        if ago := _AGO.fullmatch(text.strip()):
            return now - timedelta(**{_UNITS[ago.group(2)]: int(ago.group(1))})
        if len(text.strip()) <= len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text.strip()), time(), UTC)
        at = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"--since {text!r} is no time", todo="Use 2026-01-31, 2026-01-31T12:00Z, or 3d, 12h, 30m, 2w"
        ) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def check_kinds(kinds: list[str]) -> None:
    """Raises ConfigError for a kind that no event has."""
    known = get_args(EventKind)
    for kind in kinds:
        if kind not in known:
            raise ConfigError(f"--kind {kind!r}: there is no such kind of event", todo=f"Kinds: {', '.join(known)}")


def lines(events: Iterable[tuple[dict[str, Any], str]]) -> Iterator[str]:
    """Events with their titles, for people: those of one portal and minute below one line, which says when (UTC)."""
    before = None
    for event, title in events:
        group = (when(event["at"]), event["portal"], event["backfill"])
        if group != before:
            if before is not None:
                yield ""
            look = "  first look: the baseline" if event["backfill"] else ""
            yield f"{group[0]} UTC  {event['portal']}{look}"
            before = group
        told = [] if event["backfill"] else details(event)
        if event["key"]:
            yield f"  {heading(event, title, key=True)}"
        else:  # of the portal itself: why is the news
            yield f"  {heading(event, told.pop(0) if told else title)}"
        yield from (f"{'':<{MARGIN + 2}}{line}" for line in told)


def nothing(since: str, portals: list[str], kinds: list[str]) -> str:
    """What to say when no event answers the question."""
    said = "nothing was released"
    said += f" by {', '.join(portals)}" if portals else ""
    said += f" since {since}" if since else ""
    if kinds:
        return f"{said} of the kind {' or '.join(kinds)}"
    return said if since else f"{said} yet: `recordwatch run` crawls what is due"
