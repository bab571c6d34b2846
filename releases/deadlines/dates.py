"""Days as portals print them. A day that can be read in two ways is not read at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from config.portal import Portal

YEARS = range(1900, 2101)
"""Outside of these a year is a misprint."""
LONGEST = 120
"""Characters of a value that are looked at, and quoted."""
_TIME = r"(?:,?\s*(?:at\s+|@\s*)?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\s*(?:[ap]\.?m\.?)?)?"
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_NUMBERS = re.compile(rf"([0-9]{{1,4}})([/.-])([0-9]{{1,2}})\2([0-9]{{1,4}}){_TIME}", re.IGNORECASE)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_MONTH_FIRST = re.compile(
    rf"{_WEEKDAY}([a-z]{{3,9}})\.?\s+([0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+([0-9]{{4}}){_TIME}", re.IGNORECASE
)
_DAY_FIRST = re.compile(
    rf"{_WEEKDAY}([0-9]{{1,2}})(?:st|nd|rd|th)?\s+([a-z]{{3,9}})\.?,?\s+([0-9]{{4}}){_TIME}", re.IGNORECASE
)
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip


class Unreadable(ValueError):
    """No day, or more than one possible; the text goes on from "`field` is …"."""


@dataclass(frozen=True, slots=True)
class Place:
    """What decides which day it is: the portal's time zone, and how it orders day and month."""

    zone: tzinfo = UTC
    order: str = ""
    """`mdy`, `dmy`, `ymd`, or empty: not known."""

    def day(self, at: datetime) -> date:
        """The day it was at the portal's place."""
        return at.astimezone(self.zone).date()


def place_of(portal: Portal) -> Place:
    """The place of a portal."""
    return Place(UTC if portal.timezone == "UTC" else ZoneInfo(portal.timezone), portal.date_order)


def quoted(value: object) -> str:
    """A printed value on one line, in quotes, not too long."""
    text = " ".join(str(value)[: LONGEST * 4].split())
    return f"“{text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'}”"


def read_day(value: object, place: Place) -> date:
    """The day that a field's value names, at `place`.

    Times without a zone are the place's own. Raises Unreadable: there is none, it is no day, or day and
    month cannot be told apart.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None or value in ("", []):
        raise Unreadable("not printed")
    if not isinstance(value, str):
        raise Unreadable(f"{quoted(value)}: no date")
    text = " ".join(value[: LONGEST * 4].split())
    found = _iso(text, place) or _words(text) or _numbers(text, place)
    if found is None:
        raise Unreadable(f"{quoted(value)}: no date that can be read")
    if found.year not in YEARS:
        raise Unreadable(f"{quoted(value)}: the year must be a misprint")
    return found


def _iso(text: str, place: Place) -> date | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.date() if at.tzinfo is None else place.day(at)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{quoted(text)}: there is no such day or time") from error


def _words(text: str) -> date | None:
    if found := _MONTH_FIRST.fullmatch(text):
        month, day, year = found[1], found[2], found[3]
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = found[1], found[2], found[3]
    else:
        return None
    name = "september" if month.lower() == "sept" else month.lower()
    numbers = [n for n, full in enumerate(_MONTHS, 1) if name in (full, full[:3])]
    return _made(text, int(year), numbers[0], int(day)) if numbers else None


def _numbers(text: str, place: Place) -> date | None:
    found = _NUMBERS.fullmatch(text)
    if found is None:
        return None
    first, second, third = found[1], found[3], found[4]
    if len(first) == 4 and len(third) <= 2:
        return _made(text, int(first), int(second), int(third))
    if len(third) != 4 or len(first) > 2:
        raise Unreadable(f"{quoted(text)}: its year is not written out")
    one, two, year = int(first), int(second), int(third)
    if place.order == "mdy":
        return _made(text, year, one, two)
    if place.order == "dmy":
        return _made(text, year, two, one)
    if one > 12 or one == two:
        return _made(text, year, two, one)
    if two > 12:
        return _made(text, year, one, two)
    raise Unreadable(f"{quoted(text)}: day and month can not be told apart; `date_order` in the portal file says which")


def _made(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise Unreadable(f"{quoted(text)}: there is no such day") from error
