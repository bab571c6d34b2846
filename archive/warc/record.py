"""WARC 1.1 record headers (ISO 28500:2017) as bytes, dates and record ids."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from archive.ids import uuid7

Fields = Iterable[tuple[str, str]]

REVISIT_IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
REVISIT_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
EMPTY_DIGEST = "sha256:" + hashlib.sha256().hexdigest()

# Extension fields (WARC 1.1 section 5 allows them); docs/reference/archive-format.md defines each.
PAYLOAD_LENGTH = "Recordwatch-Payload-Length"
PAYLOAD_TYPE = "Recordwatch-Payload-Type"
DEPOSIT = "urn:recordwatch:deposit:"
"""How the target URI of what a person handed in begins: it was never at an address."""
MADE_OF = "Recordwatch-Made-Of"
ENGINE = "Recordwatch-Engine"
TOLD_BY = "Recordwatch-Told-By"
PAGE = "Recordwatch-Page"

_UNSAFE = re.compile(r"[\s\x00-\x20\x7f-\x9f]")
_LINE_BREAK = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")


def now() -> datetime:
    """The present, UTC, microseconds."""
    return datetime.now(UTC)


def warc_date(at: datetime) -> str:
    """`2026-11-21T23:00:38.123456Z`: always UTC, always six digits."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    return at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_date(text: str) -> datetime:
    """A WARC-Date of any precision. Raises ValueError."""
    return datetime.fromisoformat(text).astimezone(UTC)


def clean_url(url: str) -> str:
    """`url` with white space and control characters percent-encoded: one header line, no injection."""
    text = url.encode("utf-8", "replace").decode()
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


def urn(record_id: str) -> str:
    """A record id as it stands in a header."""
    return f"<urn:uuid:{record_id}>"


def bare_id(value: str) -> str:
    """The id in a header value: without brackets and `urn:uuid:`."""
    return value.strip().removeprefix("<").removesuffix(">").removeprefix("urn:uuid:")


def sha256(*pieces: bytes) -> str:
    """`sha256:` and lowercase hex of `pieces` joined."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return "sha256:" + digest.hexdigest()


def field_value(text: str) -> str:
    """`text` as it is written into a header and read back: one line, no white space around it."""
    if not (text.isascii() and text.isprintable()):  # the usual case is neither slow nor odd
        text = _LINE_BREAK.sub(" ", text).encode("utf-8", "replace").decode()
    return text.strip()


class Ids:
    """Record ids of one exchange: one uuid7, told apart by the last hex digit.

    They name the same thing at one glance, and compress to half of unrelated ones.
    """

    def __init__(self) -> None:
        self._base = uuid7()[:-1]
        self._next = 1
        self.capture = self._base + "0"

    @classmethod
    def after(cls, capture: str, used: int) -> Ids:
        """The ids of an exchange of which `used` records besides the capture have theirs."""
        ids = cls()
        ids._base, ids.capture, ids._next = capture[:-1], capture, used + 1
        return ids

    def another(self) -> str:
        """The id of a further record. At most 15."""
        if self._next > 15:
            raise ValueError("an exchange has at most 16 records")
        self._next += 1
        return f"{self._base}{self._next - 1:x}"


def header(kind: str, record_id: str, at: datetime, fields: Fields, content_type: str, length: int) -> bytes:
    """A record's header, blank line included. Line breaks in values become spaces."""
    lines = ["WARC/1.1", f"WARC-Type: {kind}", f"WARC-Record-ID: {urn(record_id)}", f"WARC-Date: {warc_date(at)}"]
    lines += [f"{name}: {field_value(value)}" for name, value in fields if value]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {length}\r\n\r\n")
    return "\r\n".join(lines).encode("utf-8", "replace")


def warc_fields(fields: Fields) -> bytes:
    """A block of type `application/warc-fields`."""
    return "".join(f"{name}: {field_value(value)}\r\n" for name, value in fields if value).encode("utf-8", "replace")
