"""Events in words a reporter reads: what, which, and before → after. Digests are for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.screen import printable
from releases.in_words import before_and_after, in_words
from releases.model import DEPOSITED

MARKS = {
    "new": "+ new", "changed": "~ changed", "file_added": "+ file", "file_replaced": "≠ replaced", "restored": "↺ restored",
    "file_withdrawn": "− file gone", "withdrawn": "− withdrawn", "overdue": "! overdue", "upcoming": "» upcoming", "retracted": "✗ correction",
    "blocked": "! blocked", "broken": "! broken", "mass_withdrawal": "! many gone", "recovered": "✓ recovered",
}  # fmt: skip
MARGIN = 13
"""Columns of the mark before what it is about."""
_LONGEST = 80
"""Characters of one value; `--json` has them all."""
_UNSEEN = frozenset({"digest", "mime", "odd"})
"""Parts of an event that are told in other words, or not at all."""
_CORRECTION = frozenset({"event", "kind", "at", "reason", "by"})
"""What a correction says of the event it corrects, and why."""


def heading(event: Mapping[str, Any], title: str, *, key: bool = False) -> str:
    """What happened, and to which record; with `key`, its key where the title does not say it."""
    mark = MARKS.get(event["kind"], event["kind"])
    if event["kind"] == "new" and DEPOSITED in (event.get("tags") or ()):
        mark = "+ deposited"
    said = title or event["key"]
    if key and event["key"] and event["key"].casefold() not in said.casefold():
        said = f"{said} [{event['key']}]"
    return printable(f"{mark:<{MARGIN}}{said}").rstrip()


def details(event: Mapping[str, Any]) -> list[str]:
    """What changed, one line each: fields before → after, files with their sizes, what is odd."""
    old, new = event["old"] or {}, event["new"] or {}
    said: list[str] = []
    if event["kind"] in {"changed", "restored"}:
        said += changes(old, new)
    elif event["kind"] == "retracted":
        said.append(f"told {str(old.get('at', ''))[:10]} as {old.get('kind', 'news')}: {new.get('reason', '')}")
        said += changes(*({k: v for k, v in side.items() if k not in _CORRECTION} for side in (old, new)))
    elif event["kind"] in {"overdue", "upcoming"}:
        said += [str(new["why"])] if new.get("why") else []
    elif not event["key"]:
        said += [str(new["reason"])] if new.get("reason") else []
        if old.get("since") and event["kind"] != "recovered":  # its reason says so
            said.append(f"since {str(old['since'])[:16].replace('T', ' ')} UTC")
    if event["kind"] == "file_replaced":
        said.append(f"{_names(event)} ({sizes(old, new)})")
    elif event["files"] and event["kind"] in {"withdrawn", "restored"}:
        said.append(f"its files: {_names(event)}")
    elif event["files"]:
        said.append(_names(event))
    if new.get("odd"):
        said.append(str(new["odd"]))
    if new.get("status") and event["kind"] == "file_withdrawn":
        said.append(f"its source answers {new['status']}")
    if event.get("corrected"):
        said.append(f"✗ corrected later: {event['corrected']}")
    if tags := [tag for tag in event["tags"] if (event["kind"], tag) != ("restored", "changed")]:
        said.append(f"({', '.join(tags)})")
    return [printable(line) for line in said if line]


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """`name: before → after` of every value that differs."""
    names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name) and name not in _UNSEEN]
    told = ((name.strip("_").replace("_", " "), *before_and_after(old.get(name), new.get(name))) for name in names)
    return [f"{label}: {short(before)} → {short(after)}" for label, before, after in told]


def sizes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Before → after of a replaced file, in words."""
    before, after = old.get("size"), new.get("size")
    if before is None or after is None:
        return "other bytes"
    said = f"{size(before)}, same size, other bytes" if before == after else f"{size(before)} → {size(after)}"
    if before != after and size(before) == size(after):
        said = f"{before:,} → {after:,} bytes"
    if old.get("mime") != new.get("mime"):
        said += f", {short(old.get('mime'))} → {short(new.get('mime'))}"
    return said


def short(value: Any) -> str:
    """A value in at most a line."""
    if value is None or value in ("", []):
        return "nothing"
    text = " ".join(in_words(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def size(count: int) -> str:
    """Bytes in decimal units."""
    number = float(count)
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def count_of(number: int, what: str) -> str:
    """`1 page`, `1,200 pages`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _names(event: Mapping[str, Any]) -> str:
    return ", ".join(short(file.get("name") or file.get("url")) for file in event["files"])
