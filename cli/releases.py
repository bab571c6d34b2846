"""`recordwatch releases`: what was released, changed or withdrawn, newest first."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, get_args

import typer

from cli.output import HomeOption, JsonOption, emit, write_json
from config.errors import ConfigError
from config.home import open_home
from releases.model import EventKind

_AGO = re.compile(r"(\d{1,6})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = 80
"""Characters of one value in the table; `--json` has them all."""


def register(app: typer.Typer) -> None:
    @app.command()
    def releases(
        home: HomeOption = None,
        since: Annotated[
            str, typer.Option(help="Only events since then: 2026-01-31, 2026-01-31T12:00Z, or 3d, 12h, 2w ago.")
        ] = "",
        portal: Annotated[list[str] | None, typer.Option(help="Only of this portal; may be repeated.")] = None,
        kind: Annotated[list[str] | None, typer.Option(help="Only events of this kind; may be repeated.")] = None,
        limit: Annotated[int, typer.Option(min=1, help="At most this many events.")] = 100,
        as_json: JsonOption = False,
    ) -> None:
        """What was released, changed or withdrawn, newest first."""
        opened = open_home(home)
        start = moment(since) if since else None
        check_kinds(kind or [])
        from archive.catalog.database import open_database

        open_database(opened.database_url)
        from releases.ledger.queries import event_row, recorded
        from releases.ledger.queries import releases as events

        for slug in portal or []:
            if not recorded(slug):
                opened.portal(slug)  # says which portals are watched
        found = events(since=start, portals=portal or [], kinds=kind or [], limit=limit)
        if as_json:
            for event in found:
                write_json(event_row(event))
            return
        emit(
            ({**event_row(event), **told(event_row(event), event.title)} for event in found),
            as_json=False, columns=["when", "portal", "kind", "key", "what"],
            empty="nothing was released" + (f" since {since}" if since else " yet: `recordwatch run` crawls what is due"),
        )  # fmt: skip


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


def told(event: dict[str, Any], title: str) -> dict[str, str]:
    """`when` and `what` of an event, for people."""
    lines = [title] if title else []
    old, new = event["old"] or {}, event["new"] or {}
    if event["kind"] in {"changed", "restored", "file_replaced"}:
        names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
        lines += [f"{name}: {short(old.get(name))} → {short(new.get(name))}" for name in names]
    elif not event["key"]:
        lines += [str(new["reason"])] if new.get("reason") else []
        lines += [f"since {old['since']}"] if old.get("since") else []
    if event["files"]:
        lines.append("files: " + ", ".join(short(file["name"] or file["url"]) for file in event["files"]))
    notes = [*event["tags"], *(["first crawl"] if event["backfill"] else [])]
    if notes:
        lines.append(f"({', '.join(notes)})")
    return {"when": f"{event['at'].astimezone(UTC):%Y-%m-%d %H:%M}", "what": "\n".join(map(printable, lines))}


def short(value: Any) -> str:
    """A value in at most a line."""
    if value is None or value == "":
        return "nothing"
    text = " ".join((", ".join(map(str, value)) if isinstance(value, list) else str(value)).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def printable(line: str) -> str:
    """`line` without what would steer a terminal: portals choose these characters, not we."""
    return "".join(char if char.isprintable() else "\ufffd" for char in line)
