"""Reads a TOML file into a type, and says what is wrong with it: file, key, value, and what is allowed."""

from __future__ import annotations

import difflib
import re
import tomllib
import typing
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from config.errors import ConfigError

T = TypeVar("T", bound=msgspec.Struct)

_WRONG_TYPE = re.compile(r"Expected `(?P<expected>[^`]+)`, got `(?P<got>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`")
_MISSING = re.compile(r"Object missing required field `(?P<key>[^`]*)`")
_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|(\[\.\.\.\])")
_WORDS = {
    "str": "a text in quotes", "int": "a whole number", "float": "a number", "bool": "true or false",
    "array": "a list", "object": "a table", "null": "nothing",
}  # fmt: skip


def read_toml(path: Path, kind: type[T], reference: str) -> T:
    """The TOML file `path` as a `kind`; `reference` is the page that lists its keys.

    Raises:
        ConfigError: it can not be read, is no TOML, or has a key or value that `kind` has not.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"this is not TOML: {error}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"this file is not UTF-8 (byte {error.start})", where=str(path)) from error
    except OSError as error:
        raise ConfigError(f"this file can not be read: {error.strerror}", where=str(path)) from error
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(
            _explained(str(error), data, kind), where=str(path), todo=f"{reference} lists the keys"
        ) from error


def _explained(text: str, data: dict[str, Any], kind: type[msgspec.Struct]) -> str:
    """Msgspec's sentence with the key's dotted name, its value, and what is allowed."""
    found = _PATH.search(text)
    value, name, at = _walk(found["path"] if found else "", data, kind)
    prefix = f"{name}." if name else ""
    if unknown := _UNKNOWN.search(text):
        key = unknown["key"]
        known = [field.encode_name for field in msgspec.structs.fields(at)] if at else []
        near = difflib.get_close_matches(key, known, 1)
        hint = f"do you mean {prefix}{near[0]}? " if near else ""
        given = value.get(key) if isinstance(value, dict) else None
        return f"{prefix}{key} = {given!r}: there is no such key; {hint}allowed: {', '.join(known)}"
    if missing := _MISSING.search(text):
        required = [field.encode_name for field in msgspec.structs.fields(at) if field.required] if at else []
        return f"{prefix}{missing['key']} is missing; required: {', '.join(required)}"
    shown = _short(value)
    if wrong := _WRONG_TYPE.search(text):
        wanted = " or ".join(_WORDS.get(word, word) for word in wrong["expected"].split(" | "))
        return f"{name} = {shown}: use {wanted}"
    if "enum value" in text and (choices := _choices(kind, name)):
        return f"{name} = {shown}: use {' or '.join(repr(choice) for choice in choices)}"
    return f"{name} = {shown}: {_PATH.sub('', text)}" if name else text


def _walk(path: str, data: Any, kind: type[msgspec.Struct]) -> tuple[Any, str, type[msgspec.Struct] | None]:
    """Value, dotted name and struct at msgspec's `path`."""
    value, name = data, ""
    at: Any = kind
    for key, index, anywhere in _STEP.findall(path):
        if key:
            name = f"{name}.{key}" if name else key
            value = value.get(key) if isinstance(value, dict) else None
            at = typing.get_type_hints(at).get(key) if _is_struct(at) else None
        elif index:
            name += f"[{index}]"
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
            at = next(iter(typing.get_args(at)), None)
        elif anywhere:
            name += "[…]"
            at = None
    return value, name, at if _is_struct(at) else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _choices(kind: type[msgspec.Struct], name: str) -> tuple[Any, ...]:
    *tables, last = name.split(".")
    at: Any = kind
    for table in tables:
        at = typing.get_type_hints(at).get(table) if _is_struct(at) else None
    return typing.get_args(typing.get_type_hints(at).get(last)) if _is_struct(at) else ()


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
