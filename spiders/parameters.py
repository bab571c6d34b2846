"""Reads a portal file's [parameters] into a spider's own type, and says what is wrong with them.

msgspec names a key inside a list or a table of tables only as `[...]`; a person who wrote twenty
selectors wants to know which one. So each value is looked at by itself.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import types
import typing
from collections.abc import Collection, Iterator
from typing import Any, TypeVar

import msgspec

from config.errors import ConfigError
from config.portal import Portal

T = TypeVar("T", bound=msgspec.Struct)
REFERENCE = "docs/howto/watch-without-code.md explains each key"
_WORDS = {
    str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false", type(None): "nothing",
}  # fmt: skip


def read_parameters(portal: Portal, kind: type[T]) -> T:
    """`portal.parameters` as a `kind`.

    Raises:
        ConfigError: names the key with its table, its value and what is allowed; for a key that there
            is not, the one that looks most like it.
    """
    for wrong in _wrong(portal.parameters, kind, "parameters"):
        raise ConfigError(wrong, where=f"portal {portal.slug}", todo=REFERENCE)
    try:
        return msgspec.convert(portal.parameters, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"parameters: {error}", where=f"portal {portal.slug}", todo=REFERENCE) from error


def wrong_parameter(portal: Portal, name: str, value: object, what: str) -> ConfigError:
    """The error for a value that its type allows and its meaning does not."""
    return ConfigError(f"parameters.{name} = {_short(value)}: {what}", where=f"portal {portal.slug}", todo=REFERENCE)


def wrong_url(portal: Portal, what: str) -> ConfigError:
    """The error for a portal's address that its spider cannot begin with."""
    return ConfigError(f"url = {_short(portal.url)}: {what}", where=f"portal {portal.slug}")


def unknown_key(prefix: str, key: str, value: object, known: Collection[str]) -> str:
    """The sentence about a key that there is not."""
    near = difflib.get_close_matches(key, known, 1)
    hint = f"do you mean {prefix}.{near[0]}? " if near else ""
    return (
        f"{prefix}.{key} = {_short(value)}: there is no such key; {hint}allowed: {', '.join(sorted(known)) or 'none'}"
    )


def digest(parameters: msgspec.Struct, without: Collection[str]) -> str:
    """12 hex digits of what the parameters say, defaults left out; keys in `without` do not count."""
    told = {name: value for name, value in msgspec.to_builtins(parameters).items() if name not in without}
    return hashlib.sha256(msgspec.json.encode(told, order="sorted")).hexdigest()[:12]


def _wrong(value: Any, kind: Any, name: str) -> Iterator[str]:
    """What is wrong with `value`, in sentences; nothing when it is a `kind`."""
    options = list(typing.get_args(kind)) if isinstance(kind, types.UnionType) else [kind]
    fitting = next((option for option in options if _shaped(value, option)), None)
    if fitting is None:
        yield f"{name} = {_short(value)}: use {' or '.join(dict.fromkeys(map(_words, options)))}"
    elif _is_struct(fitting):
        fields = {field.encode_name: field for field in _fields(fitting)}
        for key in value.keys() - fields.keys():
            yield unknown_key(name, key, value[key], fields)
        for key, field in fields.items():
            if key in value:
                yield from _wrong(value[key], field.type, f"{name}.{key}")
            elif field.required:
                required = [other.encode_name for other in fields.values() if other.required]
                yield f"{name}.{key} is missing; required: {', '.join(required)}"
    elif typing.get_origin(fitting) is dict:
        for key, item in value.items():
            yield from _wrong(item, typing.get_args(fitting)[1], f"{name}.{key}")
    elif typing.get_origin(fitting) is tuple:
        for number, item in enumerate(value):
            yield from _wrong(item, typing.get_args(fitting)[0], f"{name}[{number}]")
    elif typing.get_origin(fitting) is typing.Literal and value not in typing.get_args(fitting):
        choices = " or ".join(repr(choice) for choice in typing.get_args(fitting))
        yield f"{name} = {_short(value)}: use {choices}"


def _shaped(value: Any, kind: Any) -> bool:
    """Whether `value` is the sort of thing `kind` is, whatever is inside it."""
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return isinstance(value, type(typing.get_args(kind)[0]))
    if _is_struct(kind) or origin is dict:
        return isinstance(value, dict)
    if origin is tuple:
        return isinstance(value, list)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _words(kind: Any) -> str:
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return " or ".join(repr(choice) for choice in typing.get_args(kind))
    if _is_struct(kind):
        return f"a table with {', '.join(field.encode_name for field in _fields(kind))}"
    if origin is tuple:
        return f"a list of {_words(typing.get_args(kind)[0]).removeprefix('a ')}s".replace("text in quotess", "texts")
    return "a table" if origin is dict else _WORDS[kind]


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Half a millisecond for a large type, which does not change."""
    return msgspec.structs.fields(kind)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
