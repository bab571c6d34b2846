"""Counting days: calendar or business days, and days in which the clock stands still. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from config.deadline import ClosedDays, Deadline

ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """A period in which the clock stands still, both days included; `until` None: it has no end yet."""

    since: date
    until: date | None
    why: str = ""


class Calendar:
    """Which days count. `business`: only days on which the office is open."""

    def __init__(self, closed: ClosedDays, *, business: bool) -> None:
        self.business = business
        self._closed = frozenset(map(date.fromisoformat, closed.closed))
        self._open = frozenset(map(date.fromisoformat, closed.open))
        self._holidays = _holidays(closed.country, closed.subdivision) if closed.country else None
        self._known: dict[date, bool] = {}

    def is_open(self, day: date) -> bool:
        """Whether `day` is a business day."""
        known = self._known.get(day)
        if known is None:
            holiday = day in self._closed or (
                self._holidays is not None and day in self._holidays and day not in self._open
            )
            known = self._known[day] = day.weekday() < 5 and not holiday
        return known

    def due(self, start: date, days: int, pauses: Sequence[Pause] = (), *, ends_open: bool = False) -> date | None:
        """The last day of a term of `days` that begins after `start`; None while the clock stands still for good.

        `ends_open`: a last day that is no business day moves to the next one.
        """
        if not self.business and not pauses:
            day = start + timedelta(days=days)
        else:
            day = start
            while days:
                day += ONE
                pause = next((p for p in pauses if p.since <= day and (p.until is None or day <= p.until)), None)
                if pause is not None:
                    if pause.until is None:
                        return None
                    day = pause.until
                elif not self.business or self.is_open(day):
                    days -= 1
        while ends_open and not self.is_open(day):
            day += ONE
        return day

    def between(self, first: date, second: date) -> int:
        """Days that count after `first`, up to and with `second`; negative when `second` is the earlier one."""
        if not self.business:
            return (second - first).days
        if second < first:
            return -self.between(second, first)
        return sum(self.is_open(first + timedelta(days=n)) for n in range(1, (second - first).days + 1))

    @property
    def unit(self) -> str:
        return "business day" if self.business else "day"


def calendar_of(rule: Deadline) -> Calendar:
    """The calendar of a rule; the same one each time, so that holidays are worked out once."""
    closed = rule.closed_days
    return _calendar(closed.country, closed.subdivision, closed.closed, closed.open, rule.business_days)


@cache
def _calendar(
    country: str, subdivision: str, closed: tuple[str, ...], opened: tuple[str, ...], business: bool
) -> Calendar:
    return Calendar(ClosedDays(country, subdivision, closed, opened), business=business)


def _holidays(country: str, subdivision: str) -> Container[date]:
    import holidays  # 3 MB, which most portals' crawls never need

    return holidays.country_holidays(country, subdiv=subdivision or None)
