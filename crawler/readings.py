"""Which listed records need no request: those that the portal itself says are as they were when they were last read.

What the list says (a sitemap's `lastmod`, an API's `modified`) is a record's stamp. A record whose stamp is the one
under which this version of the spider read its page, with this very portal file, is not opened, and counts as seen.
A portal's word is checked all the same: a share of these records is read in each crawl, others on other days, and
each after `recheck.longest_days`. Where one of them turns out changed, the portal's word is not taken for a while.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from typing import Any
from zlib import crc32

from crawler.baseline import Checks, figures_in

SHARE, LEAST = 0.02, 3
"""Of the records that need not be opened, this share is read all the same, and at least so many."""
EVERYWHERE = timedelta(hours=12)
"""After the end of a day in UTC, that day is over everywhere on earth."""
TRUST_AFTER = 5
"""Crawls in a row that read everything and found the portal's word true, after which it is taken again; twice as
many after each further time that it was not."""
LOOKED_BACK = 60
"""Crawls in which it is looked for."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?!\d)")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?")
_LIES = frozenset({"changed", "file_added", "file_withdrawn"})


@dataclass(frozen=True, slots=True)
class Reading:
    """Under which stamp a record was last read, and when the crawl began that did."""

    stamp: str
    at: datetime


@dataclass(slots=True)
class Readings:
    """What spiders ask. It notes its own answers."""

    marks: Mapping[str, int] = field(default_factory=dict)
    """Key → mark of the stamp under which it may stay unopened."""
    due: frozenset[str] = frozenset()
    """Keys that are read all the same, to see whether the portal's word is true."""
    all_due: bool = False
    why: str = ""
    """Why the portal's word is not taken; one sentence, empty while it is."""
    unopened: set[str] = field(default_factory=set)
    checked: set[str] = field(default_factory=set)
    """Keys that the portal says are unchanged, and that are read."""

    def unchanged(self, key: str, stamp: str) -> bool:
        """Whether the record need not be opened."""
        if not stamp or self.marks.get(key) != mark(stamp):
            return False
        if self.all_due or key in self.due:
            self.checked.add(key)
            return False
        self.unopened.add(key)
        return True


def mark(stamp: str) -> int:
    """What stands for a stamp while a crawl runs: a third of its memory."""
    return hash(stamp)


def readings_of(
    held: Iterable[tuple[str, Reading]], now: datetime, longest: timedelta, *, everything: bool = False
) -> Readings:
    """What may stay unopened in a crawl that begins at `now`, of what is `held`: key and reading."""
    marks: dict[str, int] = {}
    due: set[str] = set()
    day = f"{now:%Y-%m-%d} "
    for key, reading in held:
        if reading.at > now or not _tells(reading):  # the first: by a clock that was put back since
            continue
        marks[key] = mark(reading.stamp)
        # Each has a patience of its own between half of `longest` and all of it: what was read on one day is
        # not read again on one day.
        if _drawn(day + key) < SHARE or now - reading.at >= longest * (0.5 + 0.5 * _drawn(key)):
            due.add(key)
    due.update(nsmallest(LEAST, marks, key=lambda key: (_drawn(day + key), key)))
    return Readings(marks, frozenset(due), everything)


def _drawn(text: str) -> float:
    """A number from 0 to 1 that is the same for everyone who asks."""
    return crc32(text.encode("utf-8", "replace")) / 2**32


def _tells(reading: Reading) -> bool:
    """Whether a change after the reading would have given another stamp: a stamp that names a day, a minute or a
    second alone says nothing of what came later in it.
    """
    stamp = reading.stamp
    # Midnight is how many programs print a day.
    if (found := _MOMENT.match(stamp)) and "T00:00" not in found[0]:
        step = timedelta(seconds=1) if found[1] else timedelta(minutes=1)
        # Without its zone, any on earth.
        slack = step if found[2] else step + timedelta(hours=14)
        text = found[0]
    elif found := _DAY.match(stamp):
        text, slack = found[0], timedelta(days=1) + EVERYWHERE
    else:
        return True
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return True
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return reading.at - at >= slack


def distrust(newest_first: Sequence[Checks]) -> str:
    """Why a portal's word is not taken; empty while it is. Of its last crawls, those that looked."""
    lies = [number for number, checks in enumerate(newest_first) if checks.wrong]
    if not lies:
        return ""
    needed = TRUST_AFTER * 2 ** (len(lies) - 1)
    clean = sum(checks.checked > 0 for checks in newest_first[: lies[0]])
    if clean >= needed:
        return ""
    return (
        "the portal's own dates of change are not believed: a page had changed under an unchanged one; every page is read "
        f"until {needed} crawls in a row find none ({clean} did)"
    )


def lied(checked: set[str], events: Iterable[Mapping[str, Any]]) -> set[str]:
    """Keys of those records that the portal called unchanged, and of which a change is told."""
    return {event["key"] for event in events if event["kind"] in _LIES} & checked


def load(
    portal: str, extractor: str, configuration: str, now: datetime, longest_days: float, *, everything: bool
) -> Readings:
    """The readings of `portal` that a crawl beginning at `now` may go by. Reads the database.

    Args:
        portal: its slug.
        extractor: spider and version; what another one read is read again.
        configuration: digest of the portal file, likewise.
        now: when the crawl began.
        longest_days: after which each record is read again.
        everything: nothing stays unopened, at the operator's wish.
    """
    from archive.catalog.models import Crawl
    from releases.models import Record

    crawls = Crawl.objects.filter(portal=portal).order_by("-started_at", "-id")
    rows = Record.objects.filter(portal=portal, state="present", extractor=extractor)
    # A crawl that was killed read nothing into the ledger, whatever its portal file said.
    others = crawls.exclude(config_digest__in=[configuration, ""])
    other = others.values_list("started_at", flat=True).first()
    if other is not None:
        rows = rows.filter(read_at__gt=other)
    held = rows.exclude(stamp="").values_list("key", "stamp", "read_at").iterator(chunk_size=2000)
    found = readings_of(
        ((key, Reading(stamp, at)) for key, stamp, at in held if at is not None),
        now,
        timedelta(days=longest_days),
        everything=everything,
    )
    if found.marks:
        past = [figures_in(figures).checks for figures in crawls.values_list("figures", flat=True)[:LOOKED_BACK]]
        found.why = distrust([checks for checks in past if checks.checked])
        found.all_due = found.all_due or bool(found.why)
    return found


def checks_of(readings: Readings, read: set[str], events: Iterable[Mapping[str, Any]]) -> Checks:
    """What a crawl found out about the portal's word. `read`: keys of the records that were read."""
    checked = readings.checked & read
    return Checks(len(readings.unopened), len(checked), len(lied(checked, events)))
