"""Whether a rule covers a record, and which printed value or note says so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from config.deadline import Deadline, Patterns
from releases.deadlines.dates import Place, Unreadable, quoted, read_day

Covers = Literal["covered", "not covered", "unknown"]
LONGEST_VALUE = 20_000
"""Characters of one value that patterns are compared with."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The answer, and one sentence that names its evidence."""

    answer: Covers
    why: str


def applies(rule: Deadline, kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether the rule is about records of this kind at all. A rule that names none is about those that
    have its date's field.
    """
    return kind in rule.kinds if rule.kinds else rule.from_field in fields


def coverage(rule: Deadline, fields: Mapping[str, Any], place: Place) -> Coverage:
    """What the record's own fields say; notes by hand come before this."""
    if rule.since:
        name = rule.since_field or rule.from_field
        try:
            day = read_day(fields.get(name), place)
        except Unreadable as unreadable:
            return Coverage("unknown", f"{name} is {unreadable}")
        if day.isoformat() < rule.since:
            return Coverage("not covered", f"{name} {day} is before the rule's first day, {rule.since}")
    if found := matching(rule.not_covered, fields):
        return Coverage("not covered", f"{found}, which the rule does not cover")
    fits: list[str] = []
    for name, patterns in rule.covered.items():
        if found := matching({name: patterns}, fields):
            fits.append(found)
            continue
        if not any(_texts(fields.get(name))):
            return Coverage("unknown", f"the portal prints no {name}, which decides whether the rule covers it")
        if vague := matching(rule.unclear, fields):
            return Coverage("unknown", f"{vague}: covered only under conditions that the portal does not print")
        shown = quoted(", ".join(_texts(fields.get(name))))
        return Coverage("not covered", f"{name} says {shown}, which the rule does not cover")
    if not rule.covered and (vague := matching(rule.unclear, fields)):
        return Coverage("unknown", f"{vague}: covered only under conditions that the portal does not print")
    return Coverage("covered", "; ".join(fits) or "the rule covers every record of this kind")


def matching(patterns: Patterns, fields: Mapping[str, Any]) -> str:
    """`field says “value”` for the first value that fits a pattern of its field; empty when none does."""
    return next((f"{name} says {quoted(text)}" for name, text in matches(patterns, fields)), "")


def matches(patterns: Patterns, fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Field and value of everything that fits a pattern of its field."""
    for name, wanted in patterns.items():
        for text in _texts(fields.get(name)):
            if any(fits(one, text) for one in wanted):
                yield name, text


def _texts(value: Any) -> Iterable[str]:
    """Every text in a field's value, white space collapsed; nothing for a dash."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif value is not None and (text := " ".join(str(value)[:LONGEST_VALUE].split())):
        yield text


def fits(pattern: str, text: str) -> bool:
    """Whether `text` is what `pattern` describes: `*` stands for anything, case does not matter. Linear in `text`."""
    first, *others = _pieces(pattern)
    text = text.casefold()
    if not others:
        return text == first
    if not text.startswith(first):
        return False
    at, last = len(first), others.pop()
    for piece in others:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(text) - len(last) >= at and text.endswith(last)


@lru_cache(1024)
def _pieces(pattern: str) -> tuple[str, ...]:
    return tuple(" ".join(piece.split()).casefold() for piece in pattern.split("*"))
