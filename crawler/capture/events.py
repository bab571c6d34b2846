"""What the parser of `http1.py` says about an answer, and how header lines are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Headers = tuple[tuple[bytes, bytes], ...]
View = bytes | memoryview


@dataclass(frozen=True, slots=True)
class Interim:
    """A whole 1xx head, or an empty line before the status line, as received."""

    raw: bytes
    status: int


@dataclass(frozen=True, slots=True)
class Head:
    """The final head, its blank line included."""

    raw: bytes
    status: int
    reason: bytes
    headers: Headers
    length: int | None
    """Entity bytes that Content-Length announces; None when it does not decide."""


@dataclass(frozen=True, slots=True)
class Data:
    """Body bytes: `raw` with framing, `entity` without. The same object where there is no framing."""

    raw: View
    entity: View


@dataclass(frozen=True, slots=True)
class End:
    """The answer is whole."""

    keep_alive: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """The answer cannot be read any further. Nothing follows."""

    kind: Literal["head", "body", "header_bytes", "body_bytes"]
    """What is broken, or which limit is crossed."""
    what: str
    disconnect: bool = False
    """The stream ended too early (else the bytes themselves are wrong)."""
    seen: bytes = field(default=b"", compare=False)
    """The first bytes that are no HTTP/1 answer."""


Event = Interim | Head | Data | End | Broken


def tokens(headers: Headers, name: bytes) -> list[bytes]:
    """The comma-separated values of every header `name` (lowercase), lowercase and stripped."""
    return [
        item.strip().lower()
        for key, value in headers
        if key.lower() == name
        for item in value.split(b",")
        if item.strip()
    ]


def parse_headers(lines: Sequence[bytes]) -> Headers:
    """Names and values of header lines, for look-ups only: folded lines joined, lines without a
    colon left out, white space around names and values dropped.
    """
    found: list[tuple[bytes, bytes]] = []
    for line in lines:
        if found and line[:1] in {b" ", b"\t"}:
            name, value = found[-1]
            found[-1] = name, (value + b" " + line.strip(b" \t\r")).strip()
            continue
        key, colon, value = line.partition(b":")
        key = key.strip(b" \t\r")
        if colon and key:
            found.append((key, value.strip(b" \t\r")))
    return tuple(found)
