"""When a digest is due, and when somebody wants quiet: by the wall clock of the subscriber. Pure.

A wall time that a spring change skips counts as far behind the change as it would have been (02:30
becomes 03:30); one that an autumn change repeats counts the first time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from releases.alerts.errors import SubscriptionRefused

CADENCES = ("instant", "hourly", "daily", "weekly")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ROLES = ("reader", "operator", "editor")
PERIOD = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7)}
"""Of most digests; some are longer, for a change of the clock or for quiet hours."""
_WALL = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY = timedelta(days=1)


class Settings(Protocol):
    """The columns of a subscription that say when."""

    cadence: str
    timezone: str
    digest_at: str
    digest_day: str
    quiet: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the wall clock, over midnight when `end` is before `start`."""

    start: time
    end: time

    def holds(self, wall: time) -> bool:
        """Whether `wall` is among them; `end` itself is not."""
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


def check_settings(settings: Settings) -> None:
    """Raises SubscriptionRefused: one of the columns makes no sense, and which values do."""
    if settings.cadence not in CADENCES:
        raise SubscriptionRefused(f"no such cadence: {settings.cadence!r}", todo=f"one of {', '.join(CADENCES)}")
    zone(settings.timezone)
    at = wall_time(settings.digest_at)
    if settings.digest_day not in DAYS:
        raise SubscriptionRefused(f"no such day: {settings.digest_day!r}", todo=f"one of {', '.join(DAYS)}")
    quiet = quiet_hours(settings.quiet)
    if quiet and settings.cadence in {"daily", "weekly"} and quiet.holds(at):
        raise SubscriptionRefused(
            f"the digest is to come at {settings.digest_at}, within the quiet hours {settings.quiet}",
            todo="move one of them; a daily or weekly digest comes at its time and needs no quiet hours",
        )


def zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name. Raises SubscriptionRefused."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown; or a folder of zones, or a path
        raise SubscriptionRefused(
            f"no such time zone: {name!r}", todo="an IANA name, such as America/Chicago, Europe/Berlin or UTC"
        ) from None


def zone_to_show(name: str) -> ZoneInfo:
    """As `zone`; UTC where this system does not know the name (any more)."""
    try:
        return zone(name)
    except SubscriptionRefused:
        return ZoneInfo("UTC")


def wall_time(text: str) -> time:
    """`08:00`. Raises SubscriptionRefused."""
    found = _WALL.fullmatch(text)
    if not found:
        raise SubscriptionRefused(f"{text!r} is no time of day", todo="two digits each, from 00:00 to 23:59")
    return time(int(found[1]), int(found[2]))


def quiet_hours(text: str) -> Quiet | None:
    """`22:00-07:00`; None for an empty text. Raises SubscriptionRefused."""
    if not text:
        return None
    start, dash, end = text.partition("-")
    if not dash:
        raise SubscriptionRefused(f"{text!r} are no quiet hours", todo="from-to, such as 22:00-07:00")
    found = Quiet(wall_time(start), wall_time(end))
    if found.start == found.end:
        raise SubscriptionRefused(f"quiet hours {text} would never end", todo="mute the subscription instead")
    return found


def next_digest(settings: Settings, now: datetime) -> datetime | None:
    """The first digest's time after `now` (aware), in UTC; None for instant subscriptions."""
    if settings.cadence == "instant":
        return None
    if settings.cadence == "hourly":
        return _next_hour(settings, now)
    local = zone(settings.timezone)
    at = wall_time(settings.digest_at)
    day = now.astimezone(local).date() - _DAY
    while True:
        if settings.cadence == "daily" or DAYS[day.weekday()] == settings.digest_day:
            moment = _instant(local, day, at)
            if moment > now:
                return moment
        day += _DAY


def next_day(settings: Settings, now: datetime) -> datetime:
    """The first `digest_at` after `now`, whatever the cadence: when what exceeds a day's limit is told."""
    local, at = zone(settings.timezone), wall_time(settings.digest_at)
    today = now.astimezone(local).date()
    return next(m for m in (_instant(local, today + n * _DAY, at) for n in range(-1, 4)) if m > now)


def quiet_until(settings: Settings, now: datetime) -> datetime | None:
    """When the quiet hours that hold at `now` end, in UTC; None when none do."""
    quiet = quiet_hours(settings.quiet)
    local = zone(settings.timezone)
    here = now.astimezone(local)
    if quiet is None or not quiet.holds(here.time()):
        return None
    days = (here.date() + n * _DAY for n in range(3))
    return next(m for day in days for fold in (0, 1) if (m := _instant(local, day, quiet.end, fold)) > now)


def day_began(settings: Settings, now: datetime) -> datetime:
    """The midnight before `now`, in UTC."""
    local = zone(settings.timezone)
    return _instant(local, now.astimezone(local).date(), time())


def missed_digests(settings: Settings, due: datetime, now: datetime, most: int = 1000) -> int:
    """How many further digests were due after `due`, until `now`; at most `most`."""
    count = 0
    while count < most:
        following = next_digest(settings, due)
        if following is None or following > now:
            return count
        due, count = following, count + 1
    return count


def _next_hour(settings: Settings, now: datetime) -> datetime:
    """The next full hour of the wall clock that is not among the quiet hours."""
    local = zone(settings.timezone)
    here = now.astimezone(local)
    past = timedelta(minutes=here.minute, seconds=here.second, microseconds=here.microsecond)
    moment = now.astimezone(UTC) - past + timedelta(hours=1)
    if (off := moment.astimezone(local).minute) != 0:  # the zone changed by half an hour meanwhile
        moment += timedelta(minutes=60 - off)
    return quiet_until(settings, moment) or moment


def _instant(local: ZoneInfo, day: date, wall: time, fold: int = 0) -> datetime:
    return datetime.combine(day, wall, local).replace(fold=fold).astimezone(UTC)
