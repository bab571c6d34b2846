"""`schedule` of a portal file: when the next crawl is due by the words alone. Cron asks every minute: standard library
alone, but for a cron line.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

INTERVALS = {"hourly": 3600, "daily": 86400, "weekly": 7 * 86400}
UNITS = {"m": 60, "h": 3600, "d": 86400}
AUTO = "auto"
AUTO_BOUNDS = (timedelta(hours=1), timedelta(days=7))
"""Shortest and longest time between two crawls with the schedule `auto`, unless it says others."""
MOST_DIGITS = 5
ASTRAY = timedelta(minutes=5)
"""A crawl that began so much later than now was told so by a clock that was wrong: no portal waits until then."""


class ScheduleError(ValueError):
    """A schedule that is not one; the text says what is allowed."""


def next_due(schedule: str, last: datetime | None) -> datetime | None:
    """When a portal with this schedule is due after a crawl that began at `last`; None: at once.

    `hourly`, `daily`, `weekly`, `every 30m|6h|2d`, or five cron fields in UTC. An interval is
    shortened by a twentieth (at most 5 minutes), so that a daily crawl started by an hourly cron
    does not slip by an hour a day. Of `auto` this knows the bounds alone: a day, within them.

    Raises:
        ScheduleError: the text is none of these.
    """
    seconds = INTERVALS.get(schedule)
    if bounds := auto_bounds(schedule):
        return None if last is None else last + max(bounds[0], min(timedelta(days=1), bounds[1]))
    if seconds is None and schedule.startswith("every "):
        seconds = _seconds(schedule.removeprefix("every ").strip())
        if not seconds:
            raise ScheduleError(f"schedule = {schedule!r}: use `every 30m`, `every 6h` or `every 2d`")
    if seconds is not None:
        return None if last is None else last + timedelta(seconds=seconds - min(300, seconds // 20))
    from cronsim import CronSim, CronSimError

    try:
        moments = CronSim(schedule, last or datetime(2000, 1, 1, tzinfo=UTC))
        return None if last is None else next(moments)
    except (CronSimError, StopIteration) as error:
        raise ScheduleError(
            f"schedule = {schedule!r}: use hourly, daily, weekly, auto, `every 6h`, or five cron fields in UTC"
        ) from error


def auto_bounds(schedule: str) -> tuple[timedelta, timedelta] | None:
    """Shortest and longest time between two crawls of `auto` and `auto 1h..7d`; None for another schedule.

    Raises:
        ScheduleError: bounds that are none.
    """
    first, _, rest = schedule.strip().partition(" ")
    if first != AUTO:
        return None
    if not rest.strip():
        return AUTO_BOUNDS
    low, dots, high = rest.strip().partition("..")
    shortest, longest = _seconds(low.strip()), _seconds(high.strip())
    if not (dots and 0 < shortest <= longest):
        raise ScheduleError(
            f"schedule = {schedule!r}: use `auto`, or bounds such as `auto 1h..7d`, the shorter one first"
        )
    return timedelta(seconds=shortest), timedelta(seconds=longest)


def _seconds(text: str) -> int:
    """`30m`, `6h`, `2d` as seconds; 0 for anything else."""
    number = text[:-1]
    if text[-1:] not in UNITS or not (number.isascii() and number.isdigit()) or len(number) > MOST_DIGITS:
        return 0
    return int(number) * UNITS[text[-1]]
