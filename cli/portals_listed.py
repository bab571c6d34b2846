"""`recordwatch portals` and `portals catalogue` for people: a table where it fits, a few lines for each where not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Any

from cli.screen import printable, table, width

if TYPE_CHECKING:
    from spiders.agencies import Agency

COLUMNS = ("portal", "place", "agency", "platform", "fresh", "verdict", "records", "due")
NARROW = 90
"""Columns of a terminal on which a table of eight columns cannot be read."""
_UNITS = ((60, "min"), (3600, "h"), (86400, "days"))


def lines(rows: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[str]:
    """Watched portals."""
    if not rows:
        yield "no portal is watched yet; `recordwatch portals add copa` adds Chicago's COPA"
        return
    told = [
        {**row, "fresh": ago(row["proven_fresh"], now), "due": due(row["due"], now),
         "records": "" if row["records"] is None else f"{row['records']:,}"}
        for row in rows
    ]  # fmt: skip
    columns = width()
    if columns is None or columns >= NARROW:
        yield from table(told, COLUMNS)
    else:
        for row in told:
            yield from _block(row)
    yield ""
    yield "FRESH: since the last crawl that saw the portal as it is. DUE: the next crawl. `recordwatch portals show NAME` has more."


def _block(row: Mapping[str, Any]) -> Iterator[str]:
    yield printable(f"{row['portal']}  {row['verdict']}")
    if row["agency"]:
        yield printable(f"  {row['agency']}, {row['place']}")
        yield printable(f"  {row['platform']}, {row['records']} {'record' if row['records'] == '1' else 'records'}")
        yield f"  fresh {row['fresh']}, due {row['due']}"


def known(rows: Iterable[Agency]) -> Iterator[str]:
    """Agencies of the catalogue."""
    shown = [
        {"name": one.name, "place": one.place, "platform": one.platform, "add": one.portal or one.url,
         "evidence": f"{one.evidence} {one.date}"}
        for one in rows
    ]  # fmt: skip
    if not shown:
        yield "no agency of the catalogue fits"
        return
    why = "how we know: R capture, S stored rows, C code, T page text, G guess."
    if width() is None:  # one line each, for grep
        yield from table(shown, ("name", "place", "platform", "add", "evidence"))
        yield ""
        yield f"`recordwatch portals add` takes what ADD says. EVIDENCE, {why}"
        return
    for row in shown:  # what is to be typed is in one piece, however long
        yield printable(f"{row['name']}, {row['place']}")
        yield printable(f"  add {quote(row['add'])}")
        yield f"  {row['platform']}, {row['evidence']}"
    yield ""
    yield f"`recordwatch portals` takes each line `add …` as it stands. Letter and date: {why}"


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago; `never` where it did not happen."""
    return "never" if at is None else f"{_long((now - at).total_seconds())} ago"


def due(at: datetime | None, now: datetime) -> str:
    """When the next crawl is due."""
    if at is None:
        return ""
    seconds = (at - now).total_seconds()
    return "now" if seconds <= 0 else f"in {_long(seconds)}"


def _long(seconds: float) -> str:
    unit, name = next(((size, word) for size, word in reversed(_UNITS) if seconds >= 2 * size), _UNITS[0])
    return f"{max(0, round(seconds / unit))} {name}"
