"""A record's fields as a page shows them: texts, links, lists, tables; nothing without an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from releases.alerts.wording import clean, readable, web_link
from releases.in_words import in_words

LONG = 600
"""Characters of a text from which on it is folded."""
_MOST_TEXT, _MOST_ITEMS, _MOST_COLUMNS = 8_000, 60, 8
_MOST_FIELDS = 120
_MOST_LINK = 2_000
_MOMENT = 40
"""Characters that a date with its time has at most."""
_MOST = 24_000
"""Characters of all fields together; what is beyond stands in the JSON."""


@dataclass(frozen=True, slots=True)
class Item:
    """One text, and where it leads; `link` is empty unless it is an http(s) address."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """One field."""

    name: str
    items: tuple[Item, ...] = ()
    """One text, or those of a list."""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Item, ...], ...] = ()
    """Of a list of entries: a table."""
    more: int = 0
    """Items or rows that are not shown."""
    listed: bool = field(default=False)

    @property
    def long(self) -> bool:
        """Whether it is folded: a text of many lines."""
        return not self.listed and bool(self.items) and len(self.items[0].text) > LONG

    @property
    def empty(self) -> bool:
        return not (self.items or self.rows)


def shown(fields: Mapping[str, Any]) -> list[Value]:
    """Fields in their order; what the portal left empty comes as a value without items."""
    made: list[Value] = []
    left = _MOST
    for name, value in list(fields.items())[:_MOST_FIELDS]:
        one = _value(str(name)[:200], value)
        size = sum(len(item.text) + len(item.link) for row in (one.items, *one.rows) for item in row)
        if size > left:
            one = Value(one.name, _short(one, left), more=1)
        made.append(one)
        left -= min(size, left)
    return made


def _short(value: Value, left: int) -> tuple[Item, ...]:
    """The beginning of a value for which there is no room."""
    first = next((row[0] for row in (value.items, *value.rows) if row), None)
    return (Item(f"{first.text[: max(min(left, 2000), 40)]}…"),) if first else ()


def _value(name: str, value: Any) -> Value:
    if isinstance(value, list) and value:
        if all(isinstance(one, Mapping) for one in value):
            return _table(name, value)
        items = tuple(_item(one) for one in value[:_MOST_ITEMS])
        return Value(name, items, more=len(value) - len(items), listed=True)
    if isinstance(value, Mapping) and value:
        return _table(name, [value])
    if value in (None, "", [], {}):
        return Value(name)
    return Value(name, (_item(value),))


def _item(value: Any) -> Item:
    if isinstance(value, str):
        text = value[:_MOST_TEXT]
        if "\n" not in text:
            text = readable(text) if len(text) <= _MOMENT else clean(text, _MOST_TEXT)
        return Item(text, web_link(value) if " " not in value.strip() else "")
    return Item(in_words(value)[:_MOST_TEXT])


def _table(name: str, entries: list[Mapping[str, Any]]) -> Value:
    columns = tuple(dict.fromkeys(str(key) for entry in entries[:_MOST_ITEMS] for key in entry))[:_MOST_COLUMNS]
    rows = tuple(tuple(_item(entry.get(name, "")) for name in columns) for entry in entries[:_MOST_ITEMS])
    return Value(name, columns=columns, rows=rows, more=len(entries) - len(rows))
