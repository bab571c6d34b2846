"""What players ask for. A page's recordings are files: the file lane takes them whole. A player gets their beginning."""

from __future__ import annotations

import dataclasses
import re

from crawler.capture.browser.incoming import Asked

PIECE = 1024**2
"""Bytes that a player gets at a time: where a server honours Range, a film is not loaded twice."""
_KINDS = frozenset(
    {"application/vnd.apple.mpegurl", "application/x-mpegurl", "application/mpegurl", "application/dash+xml"}
)
_UNPACKED = b"identity;q=1, *;q=0"
_OPEN = re.compile(rb"bytes=(\d{1,15})-")


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
