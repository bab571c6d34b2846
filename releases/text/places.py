"""Where on the picture of a page the words stand that were read off it: kept beside their text, to mark them there.

A `metadata` record of the capture for each page, by the engine that read the text. It holds no words, is bounded, and
belongs to one text: of another one, of another version, or where it makes no sense, no place is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import msgspec

MIME = "application/vnd.recordwatch.places+json"
FORMAT = 1
"""Another number where the shape, or what it means, changes."""
FULL = 10_000
"""Places are in ten-thousandths of the page's width and height as it is seen."""
MOST = 5_000
"""Words of one page whose places are kept; a page of small print has 1,500."""
MOST_BYTES = 512 * 1024
"""Of one page's record."""

Place = tuple[int, int, int, int, int, int]
"""A word: start and end in the text, in characters; left, top, width and height."""


class _Kept(msgspec.Struct, frozen=True):
    """What the record holds."""

    version: int
    text: str
    """SHA-256 (hex) of the text."""
    words: tuple[Place, ...]


def place(start: int, end: int, box: tuple[int, int, int, int], page: tuple[int, int]) -> Place | None:
    """Of a word whose `box` (left, top, width, height) stands on a picture of `page` (width, height), in pixels; None
    where it has no area on it.
    """
    (left, top, wide, high), (across, down) = box, page
    if across <= 0 or down <= 0:
        return None
    x0, x1 = (round(FULL * min(max(x, 0), across) / across) for x in (left, left + wide))
    y0, y1 = (round(FULL * min(max(y, 0), down) / down) for y in (top, top + high))
    return (start, end, x0, y0, x1 - x0, y1 - y0) if x1 > x0 and y1 > y0 else None


def encoded(text: str, places: Iterable[Place]) -> bytes:
    """The record's content, of the words of `text`."""
    return msgspec.json.encode(_Kept(FORMAT, _digest(text), tuple(places)[:MOST]))


def decoded(content: bytes | str, text: str) -> tuple[Place, ...]:
    """The places of the words of `text`; none where the record is of another one, or not ours."""
    if len(content) > MOST_BYTES:
        return ()
    try:
        kept = msgspec.json.decode(content, type=_Kept)
    except (msgspec.MsgspecError, RecursionError):
        return ()
    if kept.version != FORMAT or kept.text != _digest(text) or len(kept.words) > MOST:
        return ()
    at = 0
    for start, end, left, top, wide, high in kept.words:
        inside = min(left, top) >= 0 < min(wide, high) and max(left + wide, top + high) <= FULL
        if not (at <= start < end <= len(text) and inside):
            return ()
        at = end
    return kept.words


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
