"""HTTP/1.x heads and chunked bodies as they are found in archives: nothing is rejected, nothing changed.

The writer and the re-reader of WARCs both use these functions, so that an index made while archiving
equals one made from the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

_BLANK_LINE = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/\d+(?:\.\d+)?[ \t]+(\d{3})(?!\d)[ \t]*(.*)", re.IGNORECASE | re.DOTALL)
_REQUEST_METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,16}(?=[ \t])")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_VALUE_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Head:
    """A response head: `status` 0 when there is no status line; headers as received, in order."""

    status: int
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]

    def first(self, name: bytes) -> str:
        """First value of `name` (lowercase) as Latin-1 text without control characters, else empty."""
        for key, value in self.headers:
            if key.lower() == name:
                text = value.decode("latin-1")
                return (text if text.isprintable() else _CONTROL.sub("", text))[:_VALUE_LIMIT]
        return ""

    @property
    def chunked(self) -> bool:
        """Whether the last transfer coding is `chunked` (RFC 9112 section 6.1)."""
        codings = b",".join(value for key, value in self.headers if key.lower() == b"transfer-encoding")
        return codings.lower().rsplit(b",", 1)[-1].strip() == b"chunked"

    @property
    def mime(self) -> str:
        """Media type in lowercase without parameters, at most 255 characters."""
        return self.first(b"content-type").partition(";")[0].strip().lower()[:255]

    def location(self, url: str) -> str:
        """Where a redirect leads, absolute; empty for other statuses or without a Location header."""
        if self.status not in {301, 302, 303, 307, 308}:
            return ""
        value = self.first(b"location").strip()
        if not value:
            return ""
        try:
            return urljoin(url, value)
        except ValueError:
            return value


def split_head(block: bytes) -> int:
    """Length of the head in `block`, blank line included; the whole block when there is none."""
    found = _BLANK_LINE.search(block)
    return found.end() if found else len(block)


def parse_head(raw: bytes) -> Head:
    """Status line and headers. Folded lines are joined, lines without a colon are left out."""
    lines = raw.split(b"\n")
    found = _STATUS_LINE.match(lines[0].rstrip(b"\r"))
    headers: list[tuple[bytes, bytes]] = []
    for received in lines[1:]:
        line = received.rstrip(b"\r")
        if line[:1] in {b" ", b"\t"} and headers:
            name, value = headers[-1]
            headers[-1] = name, value + b" " + line.strip()
            continue
        name, colon, value = line.partition(b":")
        if colon and name:
            headers.append((name.strip(), value.strip()))
    if found is None:
        return Head(0, b"", tuple(headers))
    return Head(int(found[1]), found[2].strip(), tuple(headers))


def request_method(block: bytes) -> str:
    """The method of a request block, empty when it does not start with one."""
    found = _REQUEST_METHOD.match(block)
    return found[0].decode() if found else ""


class Dechunker:
    """Takes the framing off a chunked body (RFC 9112 section 7.1), piece by piece.

    `feed` returns the entity bytes of a piece. After damage (`damaged`) what follows is passed on
    as it is, which is what browsers and curl show of such a body at best; `ended` is true behind
    the last chunk, trailers are left out.
    """

    def __init__(self) -> None:
        self.damaged = False
        self.ended = False
        self._line = bytearray()
        self._left = 0
        self._after_chunk = False

    def feed(self, piece: bytes | memoryview) -> bytes:
        out: list[bytes | memoryview] = []
        view = memoryview(piece)
        at = 0
        while at < len(view) and not self.ended:
            if self.damaged:
                out.append(view[at:])
                break
            if self._left:
                part = view[at : at + self._left]
                out.append(part)
                at += len(part)
                self._left -= len(part)
                self._after_chunk = self._left == 0
                continue
            at = self._size_line(view, at, out)
        return b"".join(out)

    def _size_line(self, view: memoryview, at: int, out: list[bytes | memoryview]) -> int:
        window = bytes(view[at : at + 4096])
        end = window.find(b"\n")
        self._line += window if end < 0 else window[: end + 1]
        at += len(window) if end < 0 else end + 1
        if end < 0:
            if len(self._line) > 8192:
                self._give_up(out)
            return at
        text = bytes(self._line).split(b";", 1)[0].strip()
        if self._after_chunk and not bytes(self._line).strip():
            self._after_chunk = False
            self._line.clear()
            return at
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", text.lstrip(b"0") or b"0"):
            self._give_up(out)
            return at
        self._line.clear()
        self._after_chunk = False
        self._left = int(text, 16)
        self.ended = self._left == 0
        return at

    def _give_up(self, out: list[bytes | memoryview]) -> None:
        self.damaged = True
        out.append(bytes(self._line))
        self._line.clear()
