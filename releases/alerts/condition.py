"""A condition on a record's field, as a subscription states it: `04`, `taser*`, `>=2031-01-01`, `!=closed`, `*`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from releases.alerts.errors import SubscriptionRefused

_COMPARISON = re.compile(r"(<=|>=|!=|<|>|=)\s*(.*)", re.DOTALL)
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip


def read_conditions(written: Iterable[str]) -> dict[str, str]:
    """`["district=04", "date>=2031"]` as `Filters.fields`. Raises SubscriptionRefused."""
    found: dict[str, str] = {}
    for text in written:
        parts = re.fullmatch(r"([^<>=!]+?)\s*(<=|>=|!=|<|>|=)(.*)", text.strip(), re.DOTALL)
        if parts is None:
            raise SubscriptionRefused(f"{text!r} is no condition on a field", todo="--field district=04")
        name, sign, value = parts.groups()
        if name in found:
            raise SubscriptionRefused(f"the field {name} has two conditions; one is possible")
        found[name] = value.strip() if sign == "=" else f"{sign}{value.strip()}"
        check_condition(name, found[name])
    return found


def check_condition(name: str, wanted: str) -> None:
    """Raises SubscriptionRefused for a condition that no value can ever meet, or that says nothing."""
    sign, text = _read(wanted)
    if not name.strip():
        raise SubscriptionRefused("a field's condition needs the field's name", todo="--field district=04")
    if not text:
        raise SubscriptionRefused(
            f"the condition on {name} names no value", todo=f"{name}=04, or {name}=* for any value"
        )
    if sign in _ORDER and _number(text) is None and not _DATE.fullmatch(text):
        raise SubscriptionRefused(
            f"the condition on {name} compares with {text!r}, which is neither a number nor a date",
            todo=f"{name}>=5, or {name}>=2031-01-31",
        )


def holds(fields: Mapping[str, Any], name: str, wanted: str) -> bool:
    """Whether the field called `name` (case, spaces and underscores aside) meets the condition `wanted`.

    Of a field with several values one is enough; `!=` needs that none is equal. A field that is
    missing or empty meets `!=` alone.
    """
    sign, text = _read(wanted)
    values = [value for known, item in fields.items() if _name(known) == _name(name) for value in _values(item)]
    if sign == "!=":
        return not any(_equal(value, text) for value in values)
    if sign in _ORDER:
        return any(_compared(sign, value, text) for value in values)
    return any(_equal(value, text) for value in values)


def _read(wanted: str) -> tuple[str, str]:
    found = _COMPARISON.fullmatch(wanted.strip())
    return (found[1], found[2].strip()) if found else ("=", wanted.strip())


def _name(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.casefold()).strip()


def _values(item: Any) -> Iterator[str]:
    """What a field prints, each value on one line."""
    for one in item if isinstance(item, list) else [item]:
        for part in one.values() if isinstance(one, dict) else [one]:
            text = " ".join(str(part).casefold().split()) if part is not None else ""
            if text:
                yield text


def _equal(value: str, text: str) -> bool:
    asked = " ".join(text.casefold().split())
    return value.startswith(asked[:-1]) if asked.endswith("*") else value == asked


def _compared(sign: str, value: str, text: str) -> bool:
    if _DATE.fullmatch(text) and "-" in text:
        # `<=2031-01` means all of January: what is compared is as long as what was asked for.
        return bool(_DATE.match(value)) and _ORDER[sign](value[: len(text)], text)
    number, asked = _number(value), _number(text)
    if number is not None and asked is not None:
        return _ORDER[sign](number, asked)
    return bool(_DATE.fullmatch(text) and _DATE.match(value)) and _ORDER[sign](value[:4], text)


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "").lstrip("$"))
    except ValueError:
        return None
