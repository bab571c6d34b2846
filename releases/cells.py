"""Values for a spreadsheet's cells. What portals publish must not run there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from releases.in_words import in_words

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
"""What makes a spreadsheet take a text for a formula, full-width forms and a field's own line breaks included."""


def cell(value: Any) -> Any:
    """`value` as a number, or as a text that no spreadsheet runs."""
    if value is None or isinstance(value, bool | int | float):
        return "" if value is None else value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return plain(value if isinstance(value, str) else in_words(value))


def plain(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would run it."""
    text = text.replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(_RUNS) else text
