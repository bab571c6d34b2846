"""Cases with deadlines, the most urgent first, as the keeper judged them: by index, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from config.home import Home
from releases.access import shut_records, without_names
from releases.deadlines.ahead import Ahead
from releases.deadlines.ahead import row as ahead_row
from releases.deadlines.model import Judged
from releases.deadlines.rows import row as judged_row
from web.due.asked import SPANS, Asked
from web.figures.due import AHEAD, PLACES, case_of
from web.figures.shelf import read
from web.listing.keyset import SIZE, nowhere, write
from web.listing.keyset import read as read_cursor

_KEYS = "place, urgency, portal, key, rule"
_SLICE = 500
_LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Cases:
    """A page of the list."""

    rows: list[Judged | Ahead]
    next: str
    first: bool


def page(home: Home, asked: Asked, cursor: str, size: int = SIZE) -> Cases:
    """The page that `cursor` names; empty: the first.

    Raises:
        Shown: it is no cursor of ours.
    """
    found = _found(home, asked, _place(cursor), size + 1)
    more, kept = len(found) > size, found[:size]
    rows = [case for _keys, case in _shown(kept)]
    return Cases(rows, write(kept[-1][:5]) if more else "", first=not cursor)


def every(home: Home, asked: Asked, most: int) -> Iterator[Judged | Ahead]:
    """All of them, in slices; no more than `most`."""
    at: list[Any] | None = None
    left = most
    while left > 0:
        found = _found(home, asked, at, min(_SLICE, left))
        yield from (case for _keys, case in _shown(found))
        if len(found) < min(_SLICE, left):
            return
        at, left = list(found[-1][:5]), left - len(found)


def data(one: Judged | Ahead, *, notes: bool) -> dict[str, Any]:
    """A case for machines, as `recordwatch deadlines --json` has it. `notes`: with what people noted, and who they are."""
    made = ahead_row(one) if isinstance(one, Ahead) else judged_row(one)
    if not notes:
        made.pop("notes", None)
    return made


def _place(cursor: str) -> list[Any] | None:
    if not cursor:
        return None
    values = read_cursor(cursor, 5)
    place, urgency, *texts = values
    if not all(isinstance(one, int) and abs(one) < _LARGEST for one in (place, urgency)):
        raise nowhere()
    if not all(isinstance(one, str) for one in texts):
        raise nowhere()
    return values


def _found(home: Home, asked: Asked, at: list[Any] | None, most: int) -> list[tuple[Any, ...]]:
    """Rows as they stand on the shelf: their keys, record id, body."""
    first, last = SPANS[asked.status]
    wanted = ["place BETWEEN ? AND ?"]
    given: list[Any] = [first, last]
    if asked.within is not None:
        # Of what is due, `urgency` is the days that are left; so it is of days ahead.
        begin = AHEAD if asked.status == "ahead" else PLACES.index("due")
        wanted, given = ["place = ?", "urgency <= ?"], [begin, asked.within]
    if asked.status == "extended":
        wanted.append("extended = 1")
    for name, value in (("portal", asked.portal), ("rule", asked.rule)):
        if value:
            wanted.append(f"{name} = ?")
            given.append(value)
    if at is not None:
        wanted.append(f"({_KEYS}) > (?, ?, ?, ?, ?)")
        given += at
    # Every name and sign in it is ours; values are given apart.
    query = f"SELECT {_KEYS}, record, body FROM case_ WHERE {' AND '.join(wanted)} ORDER BY {_KEYS} LIMIT ?"  # noqa: S608
    return read(home, query, [*given, most])


def _shown(rows: list[tuple[Any, ...]]) -> Iterator[tuple[tuple[Any, ...], Judged | Ahead]]:
    """Cases that may be shown, without names that nobody may read."""
    shut = shut_records()
    kept = [(row[:5], case_of((row[0], row[6]))) for row in rows if row[5] not in shut]
    texts = without_names([_texts(case) for _keys, case in kept])
    for (keys, case), said in zip(kept, texts, strict=True):
        yield keys, _with(case, said)


def _texts(case: Judged | Ahead) -> list[Any]:
    if isinstance(case, Ahead):
        return [case.case.title, case.why]
    return [case.case.title, case.why, list(case.remarks), [note.why for note in case.case.notes]]


def _with(case: Judged | Ahead, said: list[Any]) -> Judged | Ahead:
    if isinstance(case, Ahead):
        return replace(case, case=replace(case.case, title=said[0]), why=said[1])
    notes = tuple(replace(note, why=why) for note, why in zip(case.case.notes, said[3], strict=True))
    return replace(case, case=replace(case.case, title=said[0], notes=notes), why=said[1], remarks=tuple(said[2]))
