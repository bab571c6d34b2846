"""What players ask for. A page's recordings are files: the file lane takes them whole. A player gets their beginning."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass

from crawler.capture.browser.incoming import Asked

PIECE = 1024**2
"""Bytes that a player gets at a time: where a server honours Range, a film is not loaded twice."""
_KINDS = frozenset(
    {"application/vnd.apple.mpegurl", "application/x-mpegurl", "application/mpegurl", "application/dash+xml"}
)
_UNPACKED = b"identity;q=1, *;q=0"
_OPEN = re.compile(rb"bytes=(\d{1,15})-")
_WHOLE = re.compile(r"bytes [\d*-]{1,40}/(\d{1,15})")


@dataclass(frozen=True, slots=True)
class Played:
    """What came of an address that a player asked for."""

    kind: str = ""
    """Media type as answered; empty where nothing came, or its server says nothing of it."""
    size: int = 0
    """Bytes of the whole, as its server says; 0: unknown."""
    frame: str = ""
    """Address of the frame in the page whose player it was; empty: the page itself."""


def kinds(media: Mapping[str, Played]) -> dict[str, str]:
    """Address → media type."""
    return {url: played.kind for url, played in media.items()}


def size_of(content_range: str, content_length: str) -> int:
    """Bytes of the whole by an answer's two headers; 0: they do not say."""
    if found := _WHOLE.match(content_range):
        return int(found[1])
    return (
        int(content_length) if content_length.isascii() and content_length.isdigit() and len(content_length) < 16 else 0
    )


def is_media(kind: str) -> bool:
    """Whether `kind` (lowercase, no parameters) is what players play: sound, film, or a list of their pieces."""
    return kind.startswith(("video/", "audio/")) or kind in _KINDS


def plays(asked: Asked) -> bool:
    """Whether a `<video>` or `<audio>` asks: it says so to https, and elsewhere asks for a range without end, unpacked."""
    destination = asked.header(b"sec-fetch-dest")
    if destination:
        return destination in {b"video", b"audio"}
    return asked.header(b"accept-encoding") == _UNPACKED and _OPEN.fullmatch(asked.header(b"range")) is not None


def clipped(asked: Asked) -> Asked:
    """The request with an end to the range that it asks for; the player asks for what follows when it plays on."""
    found = _OPEN.fullmatch(asked.header(b"range"))
    if found is None:
        return asked
    start = int(found[1])
    headers = tuple(
        (name, b"bytes=%d-%d" % (start, start + PIECE - 1) if name.lower() == b"range" else value)
        for name, value in asked.headers
    )
    return dataclasses.replace(asked, headers=headers)
