"""Parts of a file (RFC 9110 sections 13.1.5 and 14): what is asked for, and whether an answer keeps its word. No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from archive.catalog.begun import LIED
from archive.model import Part
from crawler.capture.errors import LimitCrossed, WireError
from crawler.capture.identity import Headers

LEAST = 1 << 20
"""Bytes that must have come before it is worth while to go on behind them; less is asked for anew."""
OVERLAP = 64 * 1024
"""Bytes that are asked for again and compared, so that nobody goes on with another file under the same name."""

_STRONG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
_RANGE = re.compile(r"bytes +(\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", re.IGNORECASE)


class LyingRange(WireError):
    """What was answered is not the part of the file that was asked for."""

    stage = "body"
    truncated = "unspecified"

    def __init__(self, why: str) -> None:
        super().__init__(LIED + why)


@dataclass(frozen=True, slots=True)
class Begun:
    """A file of which the first `length` bytes are archived."""

    parts: tuple[Part, ...]
    length: int
    total: int
    """Bytes of the whole; -1 when no answer said so."""
    etag: str
    """A strong one, or empty."""
    last_modified: str
    mime: str
    tail: bytes
    """The last of the bytes that are held, at most OVERLAP."""

    def asked(self) -> Headers:
        """The headers that ask for the rest."""
        start = self.length - len(self.tail)
        validator = self.etag or self.last_modified
        return (b"Range", b"bytes=%d-" % start), (b"If-Range", validator.encode("latin-1"))


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a 206 says it brings: bytes `first` to `last` (inclusive) of `total`, -1 where it does not say."""

    first: int
    last: int
    total: int


def value(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> str:
    """The first value of header `name` (lowercase), else empty."""
    for key, found in headers:
        if len(key) == len(name) and key.lower() == name:
            return found.decode("latin-1").strip()
    return ""


def strong_etag(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """The ETag where it is a strong one (section 8.8.3), else empty."""
    etag = value(headers, b"etag")
    return etag if _STRONG.fullmatch(etag) else ""


def strong_date(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """Last-Modified where it may stand for the very bytes (section 8.8.2.2): a second or more before Date, and no
    ETag, not even a weak one, says it better (section 13.1.5). Else empty.
    """
    modified, date = value(headers, b"last-modified"), value(headers, b"date")
    if not modified or not date or value(headers, b"etag"):
        return ""
    try:
        apart = parsedate_to_datetime(date) - parsedate_to_datetime(modified)
    except (ValueError, TypeError, OverflowError):
        return ""
    return modified if apart.total_seconds() >= 1 and modified.isascii() and modified.isprintable() else ""


def first_part(headers: Sequence[tuple[bytes, bytes]], capture: str, came: int, tail: bytes) -> Begun | None:
    """The beginning of a file, from an answer 200 that was cut short after `came` bytes; None where it cannot be
    gone on with.
    """
    etag, modified = strong_etag(headers), strong_date(headers)
    coded = value(headers, b"content-encoding").lower() not in {"", "identity"}
    if came < LEAST or coded or not (etag or modified) or value(headers, b"accept-ranges").lower() == "none":
        return None
    announced = value(headers, b"content-length")
    total = int(announced) if re.fullmatch(r"[0-9]{1,18}", announced) else -1
    mime = value(headers, b"content-type").partition(";")[0].strip().lower()
    parts = (Part(capture, 0, came),)
    return Begun(parts, came, total, etag, modified or value(headers, b"last-modified"), mime, tail[-OVERLAP:])


def stretch(begun: Begun, headers: Sequence[tuple[bytes, bytes]], most: int, key: str) -> Stretch:
    """What a 206 brings of the file that was begun.

    Raises:
        LyingRange: it is not what was asked for, or not of the same file.
        LimitCrossed: the whole would have more than `most` bytes; the portal file's `key` says so.
    """
    if value(headers, b"content-type").lower().startswith("multipart/"):
        raise LyingRange("one stretch was asked for, and several are answered")
    if (coding := value(headers, b"content-encoding").lower()) not in {"", "identity"}:
        raise LyingRange(f"it is coded ({coding[:40]}), and what came before was not")
    said = value(headers, b"content-range")
    found = _RANGE.fullmatch(said)
    if found is None:
        raise LyingRange(f"its Content-Range is {said[:80]!r}")
    first, last = int(found[1]), int(found[2])
    total = -1 if found[3] == "*" else int(found[3])
    asked = begun.length - len(begun.tail)
    if first > asked:
        raise LyingRange(f"it starts at byte {first}, and byte {asked} was asked for")
    if last < first or (total >= 0 and last >= total):
        raise LyingRange(f"its Content-Range is {said[:80]!r}")
    if total >= 0 and begun.total >= 0 and total != begun.total:
        raise LyingRange(f"the file has {total} bytes now, and had {begun.total}")
    length = value(headers, b"content-length")
    if length and length != str(last - first + 1):
        raise LyingRange(f"it has {length[:20]} bytes where its Content-Range says {last - first + 1}")
    _same_file(begun, headers)
    whole = max(total, begun.total, last + 1)
    if whole > most:
        raise LimitCrossed(f"the whole has {whole} bytes ({key})", truncated="length")
    return Stretch(first, last, total)


def _same_file(begun: Begun, headers: Sequence[tuple[bytes, bytes]]) -> None:
    """A 206 names the ETag that the 200 had (section 15.3.7); it need not repeat Last-Modified."""
    if begun.etag:
        if (etag := value(headers, b"etag")) != begun.etag:
            raise LyingRange(f"its ETag is {etag[:80] or 'missing'}, and was {begun.etag[:80]}")
    elif (modified := value(headers, b"last-modified")) and modified != begun.last_modified:
        raise LyingRange(f"it was last modified {modified[:80]}, and before {begun.last_modified[:80]}")


def more(begun: Begun, found: Stretch, capture: str, came: int, tail: bytes) -> Begun:
    """`begun` with the `came` bytes of a 206; the same where they bring nothing new. `tail`: their last ones."""
    end = found.first + came
    if end <= begun.length:
        return replace(begun, total=max(begun.total, found.total))
    part = Part(capture, begun.length - found.first, end - begun.length)
    # It began at or before `begun.tail` does: its own bytes are enough.
    return replace(
        begun, parts=(*begun.parts, part), length=end, total=max(begun.total, found.total), tail=tail[-OVERLAP:]
    )
