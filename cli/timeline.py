"""`recordwatch timeline`: one matter across all portals, by day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from cli.event_words import MARKS, count_of, details, short
from cli.output import HomeOption, JsonOption, say, warn, write_json
from cli.screen import printable, width
from config.errors import RecordwatchError
from config.home import open_home

if TYPE_CHECKING:
    from pathlib import Path

    from archive.holdings import Holdings
    from releases.ledger.timeline import Entry
    from releases.models import Record

MOST_FOUND = 50
"""Records that a search adds."""
_INDENT = 18


def register(app: typer.Typer) -> None:
    @app.command()
    def timeline(
        words: Annotated[
            list[str], typer.Argument(metavar="WORD...", help="A log, case or request number; or words to search for.")
        ],
        exact: Annotated[
            bool, typer.Option("--exact", help="Only records that have it as key, number or other name.")
        ] = False,
        portal: Annotated[str, typer.Option(help="Only of this portal.")] = "",
        home: HomeOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """One matter across all portals and deposits: days they print, and what we saw change."""
        opened = open_home(home)
        from archive.holdings import Holdings

        holdings = Holdings(opened)
        from releases.ledger.timeline import about_these, matters
        from releases.ledger.timeline import timeline as by_day

        found = {record.id: record for record in matters(words, portal)}
        named = len(found)
        if not exact:
            found |= {record.id: record for record in _searched(holdings, opened.index, words, portal)}
        handed_in = {record.id: record for record in about_these(found.values()) if record.id not in found}
        searched = len(found) - named
        found |= handed_in
        entries = by_day(list(found.values()))
        if as_json:
            for entry in entries:
                write_json(msgspec.to_builtins(entry))
            return
        if not entries:
            say(f"nothing is held about {' '.join(words)}: neither as a number or name, nor in any page or document")
            return
        for line in lines(entries, brief=width() is not None):
            say(printable(line), indent=" " * _INDENT)
        portals = len({record.portal for record in found.values()})
        say()
        how = [f"{named} by number or name"] if named else []
        how += [f"{searched} because a page or document has the words"] if searched else []
        how += [f"{len(handed_in)} handed in about {'it' if len(found) == 2 else 'them'}"] if handed_in else []
        say(f"{count_of(len(found), 'record')} of {count_of(portals, 'portal')}: {', '.join(how)}.")
        say("PRINTED: a portal says so. SEEN: when our crawls saw it, UTC. DEPOSIT: handed in, captured from nowhere.")


def lines(entries: list[Entry], *, brief: bool = False) -> list[str]:
    """A timeline for people; `brief` names each record in full only once."""
    said, known = [], set()
    for entry in entries:
        name = f"[{entry.portal} {entry.key}]"
        where = name if brief and name in known else f"{short(entry.title or entry.key)}  {name}"
        known.add(name)
        if "kind" in entry.details:
            mark = "+ deposited" if entry.source == "deposited" else MARKS.get(entry.what, entry.what)
            more = [] if entry.what == "new" else details(_event(entry))
            label = "DEPOSIT " if entry.source == "deposited" else "SEEN    "
            said.append(f"{entry.at[:16].replace('T', ' '):<{_INDENT}}{label} {mark}: {where}")
            said += [f"{'':<{_INDENT}}           {line}" for line in more]
        else:
            label = "PRINTED " if entry.source == "printed" else "DEPOSIT "
            said.append(f"{entry.at.replace('T', ' '):<{_INDENT}}{label} {short(entry.what)}: {where}")
    return said


def _event(entry: Entry) -> dict[str, Any]:
    return {"key": entry.key, "kind": entry.what, **entry.details}


def _searched(holdings: Holdings, index: Path, words: list[str], portal: str) -> list[Record]:
    """Records whose data, pages or files have the words as a phrase; what is in quarantine is not found."""
    from releases.models import Record
    from releases.restricting.shown import open_records
    from releases.search.catch_up import catch_up
    from releases.search.search import search
    from releases.search.texts import archived_texts

    try:
        catch_up(index, archived_texts(holdings))
        phrase = " ".join(words).replace('"', " ").strip()
        hits = search(index, f'"{phrase}"', portal=portal, limit=MOST_FOUND).hits
    except RecordwatchError as error:
        warn(f"without what a search would find: {error}")
        return []
    wanted = {(hit.portal, hit.key) for hit in hits if hit.key}
    return [
        record for owner, key in sorted(wanted) for record in open_records(Record.objects.filter(portal=owner, key=key))
    ]
