"""`recordwatch deadlines`: what is due, overdue and coming up, how late each release was, and what people noted."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.deadlines_table import lines, summary_lines
from cli.event_words import MARGIN
from cli.output import HomeOption, JsonOption, open_catalog, say, warn, write_json
from config.errors import ConfigError
from config.home import Home, open_home
from config.portal import Portal

Many = list[str] | None


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="What is due, overdue and coming up, how late each release was, and why we say so. `note` keeps what you know beside.",
    )
    app.add_typer(group, name="deadlines")

    @group.callback(invoke_without_command=True)
    def deadlines(
        context: typer.Context,
        portal: Annotated[Many, typer.Option(help="Only of this portal; may be repeated.")] = None,
        overdue: Annotated[bool, typer.Option("--overdue", help="Only what is covered, past its day and not released.")] = False,
        due: Annotated[str, typer.Option(metavar="DAYS", help="Only what is due or comes within so many days: 14d.")] = "",
        status: Annotated[
            Many, typer.Option(help="Only this: covered, extended, barred, 'not covered', unknown; or how it stands: late, 'on time', due, …")
        ] = None,
        ics: Annotated[str, typer.Option(metavar="FILE", help="Write a calendar of the due dates and days ahead; - for standard output.")] = "",
        csv: Annotated[bool, typer.Option("--csv", help="A table for spreadsheets, on standard output.")] = False,
        output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where --csv writes instead.")] = "",
        limit: Annotated[int, typer.Option(min=0, help="Cases shown in the table, the most urgent first; 0: all.")] = 40,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        """What is coming up, what is due and overdue, how late each release was."""
        if context.invoked_subcommand:
            return
        if output and not csv:
            raise ConfigError("--output names where --csv writes", todo="add --csv")
        within = _days(due) if due else None
        wanted = _statuses(status or [])
        opened = open_home(home)
        watched = _portals(opened, portal or [])
        open_catalog(opened)
        from releases.access import without_names
        from releases.deadlines.ahead import dates_ahead, soonest
        from releases.deadlines.ahead import within as ahead_within
        from releases.deadlines.read import judged
        from releases.deadlines.urgency import most_urgent

        now = datetime.now(UTC)
        everything = without_names([one for each in watched if each.deadlines for one in judged(each, now)])
        rules = {(each.slug, rule.name): rule for each in watched for rule in each.deadlines}
        chosen = [one for one in everything if _asked(one, overdue=overdue, within=within, wanted=wanted)]
        chosen.sort(key=most_urgent)
        coming = without_names([one for each in watched for one in dates_ahead(each, now) if not (overdue or wanted)])
        coming = sorted(coming if within is None else ahead_within(coming, within), key=soonest)
        if ics:
            from releases.deadlines.ics import calendar

            _write(ics, calendar(chosen, rules, coming))
        if csv:
            from releases.deadlines.rows import csv_text

            _write(output or "-", csv_text(chosen, coming).encode("utf-8-sig" if output else "utf-8"))
        if ics or csv:
            return
        if as_json:
            from releases.deadlines.ahead import row as day_row
            from releases.deadlines.rows import row

            for one in chosen:
                write_json(row(one))
            for day in coming:
                write_json(day_row(day))
            return
        narrowed = overdue or within is not None or bool(wanted)
        from cli.deadlines_ahead import lines as ahead_lines

        upcoming = list(ahead_lines(coming, limit))
        days_alone = not rules and any(each.dates for each in watched)
        for line in upcoming + ([""] if upcoming and not days_alone else []):
            say(line)
        for line in () if days_alone else lines(chosen, limit, narrowed=narrowed, rules=bool(rules)):
            say(line)
        if days_alone and not upcoming:
            say("nothing is coming up")
        for line in summary_lines(everything):
            say(line, indent="  ")

    @group.command()
    def note(
        portal: Annotated[str, typer.Argument(metavar="PORTAL", help="The portal's slug.")],
        key: Annotated[str, typer.Argument(metavar="KEY", help="The record's key, printed key or another name.")],
        kind: Annotated[str, typer.Argument(metavar="KIND", help="extended, tolled, barred, covered or 'not covered'.")],
        days: Annotated[int | None, typer.Option(help="Of `extended`: days granted; 0: it is known that none were.")] = None,
        since: Annotated[str, typer.Option(help="Of `tolled`: first day on which the clock stands still, 2026-03-01.")] = "",
        until: Annotated[str, typer.Option(help="Of `tolled`: last such day, if it runs again.")] = "",
        why: Annotated[str, typer.Option(help="How you know: the letter, the order, the answer.")] = "",
        by: Annotated[str, typer.Option(help="Who says so.")] = "",
        rule: Annotated[str, typer.Option(help="Only for the rule of this name.")] = "",
        end: Annotated[bool, typer.Option("--end", help="Take back the notes of this kind about this record; they stay readable.")] = False,
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        """Note what you know of a case's deadline and its page does not say. A commit, like all that is known of a case."""
        opened = open_home(home)
        watched = opened.portal(portal)
        open_catalog(opened)
        from crawler.deadlines import tick
        from releases.amend import amend
        from releases.deadlines.notes import plan_end, plan_note
        from releases.ledger.queries import find

        if end and (days is not None or since or until or why or rule):
            raise ConfigError("--end takes notes back and needs nothing but --by", todo="leave the other options out")
        record = find(portal, key)
        if end:
            amend(opened, portal, "deadline note", lambda: plan_end(portal, find(portal, key), kind, by=by))
        else:
            first, last = (_day(name, text) for name, text in (("--since", since), ("--until", until)))
            amend(
                opened, portal, "deadline note",
                lambda: plan_note(watched, find(portal, key), kind, rule=rule, days=days, since=first, until=last, why=why, by=by),
            )  # fmt: skip
        plan = tick(opened, watched)
        _say_after_note(watched, record.key, as_json=as_json)
        tell_ticks([plan], as_json=as_json)


def tell_ticks(plans: Iterable[Any], *, as_json: bool) -> None:
    """Say what ticks made news; nothing where there is none."""
    from cli.story import SHOWN, event_line

    for plan in plans:
        if not plan.events:
            continue
        if as_json:
            write_json({"reason": "deadlines", "portal": plan.events[0]["portal"], "events": plan.events})
            continue
        fresh = [event for event in plan.events if not event["backfill"] or event["kind"] == "retracted"]
        old = len(plan.events) - len(fresh)
        say(f"{plan.events[0]['portal']}: deadlines")
        if old:
            say(f"  {old:,} overdue when first looked at: `recordwatch deadlines --overdue` lists them")
        for event in fresh[:SHOWN]:
            say(f"  {event_line(event)}", indent=" " * (MARGIN + 2))
        if len(fresh) > SHOWN:
            kinds = " ".join(f"--kind {kind}" for kind in dict.fromkeys(event["kind"] for event in fresh))
            say(f"  … and {len(fresh) - SHOWN} more: `recordwatch releases {kinds}`")


def _say_after_note(portal: Portal, key: str, *, as_json: bool) -> None:
    """How the record stands with the note."""
    from releases.deadlines.read import judged
    from releases.deadlines.rows import row
    from releases.deadlines.wording import standing_words

    for one in judged(portal, datetime.now(UTC), keys=[key]):
        if as_json:
            write_json(row(one))
        else:
            say(f"{one.case.title}: {one.status} — {one.why}", indent="  ")
            for clock in filter(None, (one.clock, one.second)):
                due = f"due {clock.due}" if clock.due else clock.why or "no last day while the clock stands still"
                stands = standing_words(one, clock) if one.covered and clock.due else ""
                say(
                    f"  from {clock.field} {clock.start or ''}: {', '.join(filter(None, (due, stands)))}", indent="    "
                )


def _portals(home: Home, slugs: list[str]) -> list[Portal]:
    """The portals asked for; without any, every watched one whose file can be read."""
    if slugs:
        return [home.portal(slug) for slug in dict.fromkeys(slugs)]
    found = []
    for path in sorted(home.portals.glob("*.toml")):
        try:
            found.append(home.portal(path.stem))
        except ConfigError as error:
            warn(f"recordwatch: left out: {error}")
    return found


def _asked(one: Any, *, overdue: bool, within: int | None, wanted: set[str]) -> bool:
    clock = one.clock
    if overdue and not one.overdue:
        return False
    if within is not None and not (one.covered and clock.standing == "due" and -clock.late_most <= within):
        return False
    return not wanted or bool(wanted & {one.status, clock.standing if one.covered else one.status})


def _statuses(given: list[str]) -> set[str]:
    from typing import get_args

    from releases.deadlines.model import STATUSES, Standing

    known = (*STATUSES, *(standing for standing in get_args(Standing) if standing != "unknown"))
    for status in given:
        if status not in known:
            raise ConfigError(f"--status {status!r}: there is no such status", todo=f"use {', '.join(known)}")
    return set(given)


def _days(text: str) -> int:
    number = text.strip().removesuffix("d").strip()
    if not (number.isascii() and number.isdigit()) or len(number) > 4:
        raise ConfigError(f"--due {text!r}: use a number of days such as 14d")
    return int(number)


def _day(option: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise ConfigError(f"{option} {text!r} is no day", todo="use 2026-03-01") from error


def _write(file: str, data: bytes) -> None:
    """`data` into `file`, whole or not at all; `-` is standard output."""
    if file == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    path = Path(file)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
