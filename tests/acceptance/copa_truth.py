"""What happened between two of COPA's dated case lists, computed from the lists alone.

This module imports nothing of recordwatch: it is the truth that crawls of the same lists are measured
against. Its rules are those of the ledger, written down a second time:

- a case is the slug of its address, whatever the host, the scheme or the printed Log#;
- a slug that was not there is `new`, one that is gone is `withdrawn`, one that was withdrawn and
  comes back is `restored`;
- a case whose printed values differ is `changed`, naming the fields; a Log# in another form (and
  nothing else) is `changed` too, and tagged `reformatted`. The title repeats the Log#;
- a host or scheme that moves is no event; a dash is no value.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tests.captures import REAL

CAPTURES = REAL / "copa-case-portal"
"""Beside the repository; absent on machines that were not given the captures."""

Event = tuple[str, str, frozenset[str]]
"""Kind, slug, names of changed fields."""
Case = dict[str, object]

TYPES_ARE_NOT_PRINTED = "the 7-column layout has no incident types; it adds three dates"


def lists(folder: Path = CAPTURES) -> list[Path]:
    """The dated lists, oldest first; none where the captures are absent."""
    return sorted(folder.glob("cases@*.csv"))


def rows(path: Path) -> list[dict[str, str]]:
    """A list's rows as printed: url, log, types, notified, incident, district, and the header of `notified`."""
    with path.open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    names = ("url", "log", "types", "notified", "incident", "district")
    return [{**dict(zip(names, line, strict=True)), "notified_header": header[3]} for line in lines]


def slug(url: str) -> str:
    return urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1].lower()


def case(row: dict[str, str]) -> Case:
    """What a reader compares: values as the ledger names them, None for a dash."""
    shown: Case = {
        "printed_key": row["log"].strip(),
        "title": row["log"].strip(),
        "incident_types": tuple(part.strip() for part in row["types"].split(",")),
        "notification_date": row["notified"].strip(),
        "incident_date": row["incident"].strip(),
        "district": tuple(part.strip() for part in row["district"].split(",")),
    }
    return {name: None if value in ("-", "", ("-",)) else value for name, value in shown.items()}


def cases(path: Path) -> dict[str, Case]:
    """Slug → case. Raises ValueError where one slug is listed twice with different values."""
    found: dict[str, Case] = {}
    for row in rows(path):
        now = case(row)
        if found.setdefault(slug(row["url"]), now) != now:
            raise ValueError(f"{path.name}: {row['url']} is listed twice with different values")
    return found


def differing(before: Case, after: Case) -> frozenset[str]:
    return frozenset(name for name in after if before[name] != after[name])


def expected_events(previous: Path, following: Path) -> set[Event]:
    """The events a crawl of `following` must give after one of `previous`: no more, no fewer."""
    return history([previous, following])[1]


def history(paths: Sequence[Path]) -> list[set[Event]]:
    """Per list, the events a crawl of it must give after crawls of all before it. The first is the
    backfill: every case `new`.
    """
    present: dict[str, Case] = {}
    withdrawn: dict[str, Case] = {}
    told: list[set[Event]] = []
    for path in paths:
        now = cases(path)
        events: set[Event] = set()
        for key, after in now.items():
            if key in withdrawn:
                events.add(("restored", key, differing(withdrawn.pop(key), after)))
            elif key not in present:
                events.add(("new", key, frozenset()))
            elif fields := differing(present[key], after):
                events.add(("changed", key, fields))
        for key in present.keys() - now.keys():
            events.add(("withdrawn", key, frozenset()))
            withdrawn[key] = present[key]
        present = now
        told.append(events)
    return told


def reformatted(previous: Path, following: Path) -> set[str]:
    """Slugs whose printed Log# took another form of the same number, and nothing else changed."""
    before, after = cases(previous), cases(following)
    return {
        key
        for key in before.keys() & after.keys()
        if differing(before[key], after[key]) == {"printed_key", "title"}
        and number(before[key]["printed_key"]) == number(after[key]["printed_key"])
    }


def number(log: object) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", str(log))]


def markup_step() -> set[Event]:
    """The same rows, first in the 5-column layout, then in the 7-column one (a synthetic step: no list
    was kept on both sides of the redesign).

    The new layout prints no incident types and adds three dates. That it does not print the types is
    no change of any case, nor are dates that were never printed before; the notification date's new
    header is the same field. So: nothing happened.
    """
    return set()


def counts(events: Iterable[Event]) -> dict[str, int]:
    """Kind → how many, for reports."""
    found: dict[str, int] = {}
    for kind, _, _ in events:
        found[kind] = found.get(kind, 0) + 1
    return dict(sorted(found.items()))
