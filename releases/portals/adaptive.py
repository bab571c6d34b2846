"""`schedule = "auto"`: when a portal is worth the next crawl, from when it was seen to publish. Pure.

Publishing is taken for a Poisson process whose rate drifts: what is old counts half as much every HALF_LIFE.
A crawl that finds news says that there was at least one occasion since the crawl before, one that finds none
says that there was none; the rate is the most likely one under both, with a little of PRIOR's doubt, so that
a young portal is crawled daily. With a crawl every T and a rate r, a crawl finds something with probability
1 - e^(-rT), and news waits T/2 on average. T is chosen so that r * T = WORTH: about nine crawls in ten find
nothing, which costs little (unchanged pages are asked for conditionally or not at all), and news waits a
twentieth of the usual pause between two releases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from datetime import tzinfo as TimeZone  # noqa: N812  it is a type
from itertools import pairwise
from math import exp, expm1, log

WORTH = 0.1
"""Occasions that a crawl may expect to find."""
HALF_LIFE = timedelta(days=30)
PRIOR_OCCASIONS, PRIOR_TIME = 0.5, timedelta(days=5)
"""What is believed before anything was seen: once in ten days, which makes a daily crawl."""
BURST, SOONER = 5, 4
"""So many changes found at once are seldom the last of that day: the next crawl comes so many times sooner."""
DAY = timedelta(days=1)
TOLD = timedelta(days=30)
"""How far back the reason counts."""
OPENS, CLOSES = time(8), time(18)
WEEKEND = 5
"""Monday is 0."""
OUTSIDE = 0.1
"""A portal whose news came outside office hours more often than this is not waited for until morning."""
SEEING = frozenset({"healthy", "empty"})
FIRST_RETRY = timedelta(hours=1)
BLOCKED_RETRY = timedelta(hours=6)
MOST_DOUBLINGS = 12
SLOWEST, FASTEST = 1e-6, 1e3
"""Occasions a day between which the rate is looked for."""


@dataclass(frozen=True, slots=True)
class Crawled:
    """One earlier crawl: when it began, its verdict, and the changes it told that were no backfill."""

    at: datetime
    verdict: str
    changes: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Never sooner after a crawl than `shortest`, never later than `longest`."""

    shortest: timedelta
    longest: timedelta

    def within(self, span: timedelta) -> timedelta:
        return max(self.shortest, min(span, self.longest))


@dataclass(frozen=True, slots=True)
class Planned:
    """The next crawl, and why it is then: one sentence without a full stop."""

    at: datetime
    every: timedelta
    """What the portal's changes alone would make it."""
    why: str


def next_crawl(history: Sequence[Crawled], last: datetime, bounds: Bounds, zone: TimeZone | None) -> Planned:
    """When to crawl after the crawl that began at `last`.

    Args:
        history: earlier crawls, oldest first, in which the whole list was to be read.
        last: when the last crawl of any kind began.
        bounds: of the portal file.
        zone: of the portal's place; None where it is not known: nothing is said of office hours then.
    """
    gaps = _gaps(history)
    every = _minutes(bounds.within(timedelta(days=WORTH / rate(gaps, last))))
    failures = _failures(history)
    if failures:
        wait, why = _after_failures(failures, history[-1].verdict, every)
    elif gaps and history[-1].changes >= BURST:
        wait = every / SOONER
        why = f"{_often(wait)} for now, because the last crawl found {history[-1].changes:,} changes at once; else "
        why += f"{_often(every)}: {_seen(gaps, last, zone)}"
    else:
        wait, why = every, f"{_often(every)}: {_seen(gaps, last, zone)}"
    wait = bounds.within(_minutes(wait))
    why += f"; bounds {short(bounds.shortest)} to {short(bounds.longest)}"
    at = last + wait
    if zone is not None and not failures and not _works_at_night(gaps, zone):
        morning = min(_office(at, zone), last + bounds.longest)
        if timedelta(0) < morning - at <= wait:
            at = morning
            why += f"; not before {at.astimezone(zone):%H:%M on %A} at the portal's place, whose office is closed until then"
    return Planned(at, every, why)


@dataclass(frozen=True, slots=True)
class Gap:
    """The time between two crawls that saw the portal, and what the second one found."""

    begin: datetime
    end: datetime
    changes: int


def rate(gaps: Sequence[Gap], now: datetime) -> float:
    """Occasions a day on which something is published: the likeliest, by gaps that had some and gaps that had none."""
    known = [
        (exp(-log(2) * (max(timedelta(0), now - gap.end) / HALF_LIFE)), (gap.end - gap.begin) / DAY, gap.changes > 0)
        for gap in gaps
        if gap.end > gap.begin
    ]
    quiet = PRIOR_TIME / DAY + sum(weight * days for weight, days, changed in known if not changed)
    busy = [(weight, days) for weight, days, changed in known if changed]

    def slope(tried: float) -> float:
        """Of the logarithm of the likelihood: positive below its peak. It falls, so that bisection finds the peak."""
        found = sum(weight * days / expm1(min(700.0, tried * days)) for weight, days in busy)
        return PRIOR_OCCASIONS / tried + found - quiet

    low, high = log(SLOWEST), log(FASTEST)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(exp(middle)) > 0 else (low, middle)
    return exp(low)


def _gaps(history: Sequence[Crawled]) -> list[Gap]:
    """What a crawl that saw only a part told counts for the next one that saw everything."""
    seeing: list[Crawled] = []
    carried = 0
    for crawl in history:
        carried += crawl.changes
        if crawl.verdict in SEEING:
            seeing.append(Crawled(crawl.at, crawl.verdict, carried))
            carried = 0
    return [Gap(before.at, after.at, after.changes) for before, after in pairwise(seeing)]


def _failures(history: Sequence[Crawled]) -> int:
    """Crawls in a row, up to the last one, that ended as that one did: refused, or without an answer."""
    if not history or history[-1].verdict not in {"down", "blocked"}:
        return 0
    row = 0
    for crawl in reversed(history):
        if crawl.verdict != history[-1].verdict:
            break
        row += 1
    return row


def _after_failures(failures: int, verdict: str, every: timedelta) -> tuple[timedelta, str]:
    """An outage is looked at again soon and then ever later; who refuses us is asked ever more rarely from the start."""
    doubled = 2 ** min(failures - 1, MOST_DOUBLINGS)
    if verdict == "down":
        wait = min(FIRST_RETRY * doubled, max(every, DAY))
        what = "could not be reached"
    else:
        wait = max(every, BLOCKED_RETRY) * doubled
        what = "refused us"
    times = "the last crawl" if failures == 1 else f"each of the last {failures} crawls"
    return wait, f"{lasting(wait)} after a crawl that failed: the portal {what} in {times}; else {_often(every)}"


def _seen(gaps: Sequence[Gap], last: datetime, zone: TimeZone | None) -> str:
    """What the portal was seen to do lately."""
    if not gaps:
        return "how often it publishes is not known yet"
    recent = [gap for gap in gaps if gap.end >= last - TOLD]
    changes = sum(gap.changes for gap in recent)
    days = {(gap.end.astimezone(zone) if zone else gap.end).date() for gap in recent if gap.changes}
    span = max(1, min(TOLD.days, round((last - gaps[0].begin) / DAY)))
    when = f"the last {span} days" if span > 1 else "the last day"
    if not changes:
        return f"no change in {when}"
    told = f"{changes:,} change{'' if changes == 1 else 's'}"
    return f"{told} on {len(days)} of {when}" if span > 1 else f"{told} in {when}"


def _works_at_night(gaps: Sequence[Gap], zone: TimeZone) -> bool:
    """Whether it was seen to publish at night and at weekends: news between two crawls that no office hour lies between."""
    busy = [gap for gap in gaps if gap.changes]
    outside = sum(not _office_between(gap.begin, gap.end, zone) for gap in busy)
    return outside > OUTSIDE * len(busy)


def _office_between(begin: datetime, end: datetime, zone: TimeZone) -> bool:
    if end - begin > 3 * DAY:
        return True
    opened = _office(begin, zone)
    return opened < end


def _office(at: datetime, zone: TimeZone) -> datetime:
    """`at` where an office at the portal's place is open then, else when it opens next."""
    local = at.astimezone(zone)
    if local.weekday() < WEEKEND and OPENS <= local.time() < CLOSES:
        return at
    day = local.date() if local.time() < OPENS else local.date() + DAY
    while day.weekday() >= WEEKEND:
        day += DAY
    return datetime.combine(day, OPENS, zone).astimezone(at.tzinfo)


def _minutes(span: timedelta) -> timedelta:
    return timedelta(minutes=max(1, span // timedelta(minutes=1)))


def short(span: timedelta) -> str:
    """As in a portal file: `30m`, `6h`, `7d`."""
    for unit, letter in ((DAY, "d"), (timedelta(hours=1), "h")):
        if span >= unit and not span % unit:
            return f"{span // unit}{letter}"
    return f"{span // timedelta(minutes=1)}m"


def lasting(span: timedelta) -> str:
    """`45 minutes`, `6 hours`, `2.5 days`."""
    for unit, name in ((DAY, "day"), (timedelta(hours=1), "hour")):
        if span >= 2 * unit or span == unit:
            number = f"{span / unit:.1f}".removesuffix(".0")
            return f"{number} {name}{'' if number == '1' else 's'}"
    minutes = round(span / timedelta(minutes=1))
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _often(span: timedelta) -> str:
    return f"every {lasting(span)}".replace("every 1 ", "every ")
