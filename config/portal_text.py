"""A portal as the text of its file: what is usual is left out, what is said may carry a comment.

`read_portal` of the text gives the same portal again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from config.portal import Portal

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_FIRST = ("slug", "name", "agency", "place", "url", "spider", "schedule")
"""Keys that every portal file shows, in this order."""
_WIDEST = 100
"""Columns of an inline table; a wider one becomes a table of its own."""


def portal_text(portal: Portal, heading: Sequence[str] = (), notes: Mapping[str, str] | None = None) -> str:
    """The TOML of `portal`.

    Args:
        portal: what to write.
        heading: lines of comment for the top of the file.
        notes: dotted key (`expect.min_records`) → a comment for the line above it.
    """
    notes = notes or {}
    data = _said(portal)
    shown = {name: getattr(portal, name) for name in _FIRST}
    plain = {name: value for name, value in data.items() if not _is_table(value) and name not in shown}
    tables = {name: value for name, value in data.items() if _is_table(value)}
    lines = [_comment(line) for line in heading]
    lines += [line for name, value in {**shown, **plain}.items() for line in _pair(name, value, name, notes)]
    for name, value in tables.items():
        lines += _table(name, value, notes)
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """A value as TOML writes it, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(name)} = {toml_value(inner)}" for name, inner in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return f"[{', '.join(map(toml_value, value))}]"


def _said(struct: msgspec.Struct) -> dict[str, Any]:
    """What differs from its default, as plain data."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(type(struct)):
        value = getattr(struct, field.name)
        default = field.default if field.default is not msgspec.NODEFAULT else None
        if field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        if value is None or (not field.required and value == default):
            continue
        found[field.encode_name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _said(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
    )


def _table(path: str, value: Any, notes: Mapping[str, str]) -> Iterator[str]:
    """A table, or several of one name, with the tables inside it that are too wide for a line."""
    for one in value if isinstance(value, list) else [value]:
        yield ""
        if note := notes.get(path):
            yield _comment(note)
        yield f"[[{path}]]" if isinstance(value, list) else f"[{path}]"
        wide = {name: inner for name, inner in one.items() if isinstance(inner, dict) and _wide(name, inner)}
        for name, inner in one.items():
            if name not in wide:
                yield from _pair(name, inner, f"{path}.{name}", notes)
        for name, inner in wide.items():
            yield from _table(f"{path}.{_key(name)}", inner, notes)


def _wide(name: str, value: dict[str, Any]) -> bool:
    return len(value) > 1 and len(f"{name} = {toml_value(value)}") > _WIDEST


def _pair(name: str, value: Any, path: str, notes: Mapping[str, str]) -> Iterator[str]:
    if note := notes.get(path):
        yield _comment(note)
    yield f"{_key(name)} = {toml_value(value)}"


def _comment(line: str) -> str:
    """A comment of one line; control characters would end it."""
    words = "".join(char if char.isprintable() else " " for char in line)
    return f"# {words}".rstrip()


def _key(name: str) -> str:
    return name if _BARE.match(name) else _quoted(name)


def _text(value: str) -> str:
    """A literal text where that spares escapes, as patterns do."""
    if "\\" in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return _quoted(value)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped) + '"'
