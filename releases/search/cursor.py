"""Where the next hits of a search begin: an opaque text that holds for this search alone. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import NamedTuple

import msgspec

from releases.search.errors import CursorError

MOST_CHARACTERS = 200


class Key(NamedTuple):
    """Hits are ordered by it, ascending: how good (less is better), then when."""

    rank: float
    place: int


class Cursor(NamedTuple):
    """After the hit at `key`, which was number `given`, counted from 1."""

    key: Key
    given: int


def write_cursor(cursor: Cursor, query: str, *of: str) -> str:
    """The text. `of`: whatever else makes it this search."""
    said = [_mark(query, *of), cursor.key.rank, cursor.key.place, cursor.given]
    return base64.urlsafe_b64encode(msgspec.json.encode(said)).decode().rstrip("=")


def read_cursor(text: str, query: str, *of: str) -> Cursor:
    """What `write_cursor` wrote for the same search. Raises CursorError."""
    try:
        if len(text) > MOST_CHARACTERS or not text.isascii():
            raise CursorError(query)
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        mark, rank, place, given = msgspec.json.decode(data, type=tuple[str, float, int, int])
    except (msgspec.DecodeError, binascii.Error, ValueError):
        raise CursorError(query) from None
    if mark != _mark(query, *of) or given < 1:
        raise CursorError(query)
    return Cursor(Key(rank, place), given)


def _mark(*said: str) -> str:
    return hashlib.sha256("\0".join(said).encode("utf-8", "replace")).hexdigest()[:12]
