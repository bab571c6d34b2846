"""Deadlines of one portal, judged once for all who ask: each case as it stands, and how each rule was kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import msgspec

from config.deadline import Deadline
from config.errors import ConfigError
from config.home import Home
from config.portal import Portal
from releases.deadlines.ahead import Ahead, dates_ahead
from releases.deadlines.calendar import calendar_of
from releases.deadlines.model import Case, Judged, Seen
from releases.deadlines.read import judged
from releases.deadlines.spread import by_rule, spread
from releases.deadlines.tick import next_tick
from releases.deadlines.urgency import STANDINGS, stands
from web.figures.shelf import Made, Row

BATCH = 1000
"""Cases between two pauses."""
PLACES = (*STANDINGS, "barred", "not covered")
"""How a case may stand, the most urgent first: its `place` on the shelf is the number of its word here."""
AHEAD, PASSED, UNREADABLE = 20, 21, 22
"""Places of days ahead: to come, just passed, not to be read."""
LONGEST = 500
"""Characters of a title that are kept."""
_NOBODY = Case("", "", "", "", "", "", "", "", {}, Seen(None, date.min))
"""Stands for every case where they are only counted: a hundred thousand of them are not held at once."""
BINS = ((None, -31), (-30, -8), (-7, 0), (1, 7), (8, 30), (31, 90), (91, 365), (366, None))
"""Days after the last day in time, first and last of each bar; below 1 it was in time."""


def due(home: Home, slug: str, now: datetime) -> Iterator[Made | None]:
    """See `web.figures.jobs`."""
    portal = watched(home, slug)
    if portal is None or not (portal.deadlines or portal.dates):
        yield Made({"rules": [], "ahead": 0}, cases=[])
        return
    rows: list[Row] = []
    slim: list[Judged] = []
    for number, one in enumerate(judged(portal, now) if portal.deadlines else (), 1):
        small = replace(one, case=_small(one.case))
        slim.append(replace(small, case=_NOBODY, why="", remarks=()))
        rows.append(_row(small))
        if number % BATCH == 0:
            yield None
    coming = 0
    for number, day in enumerate(dates_ahead(portal, now), 1):
        if day.shown:
            rows.append(_day(replace(day, case=_small(day.case))))
            coming += day.standing in {"ahead", "today"}
        if number % BATCH == 0:
            yield None
    rules = [rule_row(rule, some) for rule, some in _by_rule(portal, slim)]
    yield Made({"rules": rules, "ahead": coming}, until=next_tick(portal, now), cases=rows)


def watched(home: Home, slug: str) -> Portal | None:
    """The portal's file as it is; None where there is none, or a wrong one."""
    try:
        return home.portal(slug)
    except ConfigError:
        return None


def rule_row(rule: Deadline, some: list[Judged]) -> dict[str, Any]:
    """How one rule was kept, in counts."""
    found = spread(some)
    covered = [one for one in some if one.covered]
    late = [one.clock.late_least or 0 for one in covered if one.clock.standing == "late"]
    sure = found.on_time + found.late
    return {
        **msgspec.to_builtins(found),
        "rule": rule.name,
        "basis": rule.basis,
        "basis_url": rule.basis_url,
        "days": rule.days,
        "unit": calendar_of(rule).unit,
        "from_field": rule.from_field,
        "second_field": rule.second_field,
        "stands": Counter(map(stands, some)),
        "sure": sure,
        "share_late": found.late / sure if sure else None,
        "worst": max(late, default=None),
        "released_bins": _bins(map(_after, covered)),
        "open_bins": _bins(one.clock.late_most for one in covered if one.overdue),
    }


def _after(one: Judged) -> int | None:
    """Days between the last day in time and the release: those it was late at the least; below 1 it was in time."""
    if one.clock.standing == "on time":
        return min(0, one.clock.late_most or 0)
    return max(1, one.clock.late_least or 0) if one.clock.standing == "late" else None


def _bins(days: Iterable[int | None]) -> list[int]:
    """How many of `days` are in each of BINS; None is in none."""
    tally = Counter(days)
    return [
        sum(
            number
            for day, number in tally.items()
            if day is not None and (first is None or day >= first) and (last is None or day <= last)
        )
        for first, last in BINS
    ]


def _by_rule(portal: Portal, slim: list[Judged]) -> Iterator[tuple[Deadline, list[Judged]]]:
    together = by_rule(slim)
    for rule in portal.deadlines:
        yield rule, together.get(rule.name, [])


def _small(case: Case) -> Case:
    """Without what pages do not show."""
    return replace(case, title=case.title[:LONGEST], fields={}, files=(), history=(), captures=())


def _row(one: Judged) -> Row:
    place, case = PLACES.index(stands(one)), one.case
    urgency = -(one.clock.late_most or 0)
    body = msgspec.msgpack.encode(one)
    return case.portal, place, urgency, case.key, one.rule, case.id, int(one.status == "extended"), body


def _day(one: Ahead) -> Row:
    place = UNREADABLE if one.left is None else AHEAD if one.left >= 0 else PASSED
    case = one.case
    return case.portal, place, abs(one.left or 0), case.key, one.rule.name, case.id, 0, msgspec.msgpack.encode(one)


def case_of(row: tuple[int, bytes]) -> Judged | Ahead:
    """A case from its place and its body."""
    place, body = row
    return msgspec.msgpack.decode(body, type=Ahead) if place >= AHEAD else msgspec.msgpack.decode(body, type=Judged)
