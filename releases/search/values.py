"""A record's fields as the index holds them: words that say of which field they are, and amounts that can be compared.

Terms of the index's `field`: `NAMED name` of every field there is, `name OF word` of each word of a value, in order,
`GAP` between two values. Pure.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from releases.search.schema import analyzer

OF, NAMED, GAP = "\x01", "\x02", "\x03"
MOST_FIELDS = 100
"""Of one record; bounds what a hostile page can make us index."""
MOST_WORDS = 2_000
"""Of all fields of one record."""
BESIDE = 32
"""Words of a value that are found at the record's files and pages too."""
LONGEST_NAME = 64
_BUCKETS = 1000
"""Columns of amounts of one sort; names that share one are told apart by `NAMED`."""
_NUMBER = re.compile(r"([-+]?)[$€£]?\s?(\d[\d,]*(?:\.\d+)?|\.\d+)\s?%?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?.*)?)?", re.DOTALL)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ ,].*)?", re.DOTALL)
_WRITTEN = re.compile(
    r"(?:(\d{1,2})\s+)?([A-Za-z]{3,9})\.?(?:\s+(\d{1,2})(?:st|nd|rd|th)?,?)?\s+(\d{4})(?:[ ,].*)?", re.DOTALL
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LARGEST = 1e15


def field_name(printed: str) -> str:
    """`Incident Type`, `incident-type` and `incident_type` are one name; accents and case aside."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", printed.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "_", plain).strip("_")[:LONGEST_NAME]


def field_terms(fields: Mapping[str, Any], most: int = MOST_WORDS) -> str:
    """The terms of `field`, with a space between. `most`: words of one value."""
    terms: list[str] = []
    left = MOST_WORDS
    for name, values in _named(fields):
        terms.append(NAMED + name)
        for value in values:
            words = analyzer().analyze(value[: 24 * most])[: min(most, left)]
            left -= len(words)
            terms.append(GAP)
            terms += [f"{name}{OF}{word}" for word in words]
            # `district:4` finds 04.
            for word in words:
                if bare := without_zeros(word):
                    terms += [GAP, f"{name}{OF}{bare}"]
    return " ".join(terms)


def without_zeros(word: str) -> str:
    """`4` of `04`; empty where there is nothing to leave out."""
    return (word.lstrip("0") or "0") if word.isdecimal() and word[0] == "0" and len(word) > 1 else ""


def field_amounts(fields: Mapping[str, Any]) -> dict[str, list[float]]:
    """Column of `amount` → numbers and times in it."""
    found: dict[str, list[float]] = {}
    for name, values in _named(fields):
        for value in values[:MOST_FIELDS]:
            if (number := read_number(value)) is not None:
                found.setdefault(column("n", name), []).append(number)
            if (time := read_time(value)) is not None:
                found.setdefault(column("d", name), []).append(time)
    return found


def column(sort: str, name: str) -> str:
    """Where the amounts of a field stand. `sort`: n (numbers), d (times: seconds since 1970, as printed)."""
    return f"{sort}{zlib.crc32(name.encode()) % _BUCKETS}"


def read_number(text: str) -> float | None:
    """`3`, `-1.5`, `$12,500`, `40 %`."""
    found = _NUMBER.fullmatch(text.strip()[:64])
    if found is None:
        return None
    number = float(found[1] + found[2].replace(",", ""))
    return number if math.isfinite(number) and abs(number) < _LARGEST else None


def read_time(text: str) -> float | None:
    """Seconds since 1970 of a date as portals print it, hours where it has them, its own time zone: `2031-01-05`,
    `2031-01`, `1/5/2031` (month first), `January 5, 2031`, `5 Jan 2031`.
    """
    value = text.strip()[:64]
    hour = minute = second = 0
    if found := _ISO.fullmatch(value):
        year, month, day = int(found[1]), int(found[2]), int(found[3] or 1)
        hour, minute, second = (int(part or 0) for part in found.groups()[3:])
    elif found := _SLASHED.fullmatch(value):
        month, day, year = (int(part) for part in found.groups())
    elif (found := _WRITTEN.fullmatch(value)) and found[2][:3].lower() in _MONTHS and not (found[1] and found[3]):
        year, month, day = int(found[4]), _MONTHS.index(found[2][:3].lower()) + 1, int(found[1] or found[3] or 1)
    else:
        return None
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _named(fields: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Fields that have values, by their names here, and each value as text."""
    found: dict[str, list[str]] = {}
    for printed, item in list((fields or {}).items())[:MOST_FIELDS]:
        name = field_name(str(printed))
        values = list(_texts(item))[:MOST_FIELDS]
        if name and values:
            found.setdefault(name, []).extend(values)
    yield from found.items()


def _texts(item: Any) -> Iterator[str]:
    for one in item if isinstance(item, list) else [item]:
        if isinstance(one, (dict, list)):
            parts = one.values() if isinstance(one, dict) else one
            text = " ".join(str(part) for part in parts if part is not None)
        else:
            text = "" if one is None else str(one)
        if text.strip():
            yield text
