"""What the replay component is given: an index of captures, and each as one WARC record. Asked for anew at every request,
so that a restriction holds from the moment it is made.

Nothing is given that is withheld from readers, whoever looks: restricted, quarantined, or with a name in it that is not
shown. A revisit is given with the bytes that it refers to, a file that came in parts put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from django.db.models import QuerySet

from archive.catalog.models import Capture
from archive.holdings import Holdings
from archive.payload import payload
from archive.warc.head import Head
from archive.warc.reader import read_member, response_parts
from archive.warc.record import clean_url, urn
from archive.warc.surt import surt
from releases.access import captures_of_shut, withheld
from web.files.opening import why_of_the_whole

NEAR = 50
"""Captures of an address that are offered before the time that is asked for, and after it."""
_ANSWERS = ("response", "revisit-identical", "revisit-not-modified", "assembled")
_LEFT_OUT = frozenset({b"content-length", b"transfer-encoding", b"connection"})
_TIME = re.compile(r"[0-9]{4,14}", re.ASCII)
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Member:
    """A capture as a WARC record of its own, not compressed."""

    start: bytes
    """WARC header, HTTP head."""
    body: Iterator[bytes]
    length: int
    """Bytes of all of it."""


def index(url: str, closest: str) -> bytes:
    """CDXJ of the captures of `url` nearest to `closest` (digits of a time), by time. Addresses that differ only as
    `archive.warc.surt` says are one.
    """
    if not url or len(url) > _LONGEST:
        return b""
    rows = _near(Capture.objects.filter(surt=surt(url)), moment(closest))
    why = withheld({row.payload_digest for row in rows})
    shut = captures_of_shut(rows)
    given = [row for row in rows if row.payload_digest not in why and row.id not in shut]
    return b"".join(_line(row) for row in sorted(given, key=lambda row: (row.at, row.id)))


def shown(row: Capture) -> bool:
    """Whether a capture is given at all, whoever asks."""
    if not _replayable(row) or captures_of_shut([row]):
        return False
    return not withheld({row.payload_digest}) and (not row.payload_length or why_of_the_whole(row) is None)


def member(holdings: Holdings, ident: str) -> Member | None:
    """A capture as a WARC record; None where there is none that is given.

    Raises:
        RecordwatchError: the archive cannot be read.
    """
    row = Capture.objects.filter(pk=ident).first()
    if row is None or not shown(row):
        return None
    head = _head(holdings, row)
    body = payload(holdings, row.id)
    size = body.length if body.length >= 0 else row.payload_length
    lines = [b"HTTP/1.1 %d %s" % (head.status, head.reason or b"OK")]
    lines += [name + b": " + value for name, value in head.headers if name.lower() not in _LEFT_OUT]
    http = b"\r\n".join([*lines, b"Content-Length: %d" % size]) + b"\r\n\r\n"
    fields = {
        "WARC-Type": "response",
        "WARC-Record-ID": urn(row.id),
        "WARC-Target-URI": clean_url(row.url),
        "WARC-Date": f"{row.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(http) + size),
    }
    warc = "WARC/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items()) + "\r\n"
    start = warc.encode() + http
    return Member(start, _ended(body.pieces(0, size)), len(start) + size + 4)


def moment(digits: str) -> datetime:
    """The time that 4 to 14 digits name; now where they name none."""
    if _TIME.fullmatch(digits):
        full = digits + "00000101000000"[len(digits) :]
        try:
            return datetime.strptime(full, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            pass
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """A time as addresses of replayed pages have it."""
    return f"{at.astimezone(UTC):%Y%m%d%H%M%S}"


def _near(found: QuerySet[Capture], at: datetime) -> list[Capture]:
    until = at + timedelta(seconds=1)  # addresses have whole seconds
    answers = found.filter(kind__in=_ANSWERS, method="GET")
    rows = [*answers.filter(at__lt=until).order_by("-at", "-id")[:NEAR]]
    rows += answers.filter(at__gte=until).order_by("at", "id")[:NEAR]
    return [row for row in rows if _replayable(row)]


def _replayable(row: Capture) -> bool:
    """Whole answers: not a piece of a file, not one that was cut short, not a 304 that refers to nothing we hold."""
    if row.kind not in _ANSWERS or row.method != "GET" or row.truncated or row.status == 206:
        return False
    return not (row.kind == "response" and row.status in {0, 304})


def _line(row: Capture) -> bytes:
    fields = {
        "url": row.url,
        "mime": row.mime or "unk",
        "status": str(200 if row.status in {0, 304} else row.status),
        "digest": row.payload_digest or row.id,
        "length": "0",
        "offset": "0",
        "filename": row.id,
    }
    return f"{row.surt} {stamp(row.at)} ".encode() + msgspec.json.encode(fields) + b"\n"


def _head(holdings: Holdings, row: Capture) -> Head:
    """Its own; of a 304 that of the answer that it refers to; of a file in parts one that names its type."""
    if row.kind == "assembled":
        return Head(200, b"OK", ((b"Content-Type", row.mime.encode("latin-1", "replace")),))
    with holdings.open_record(row.id) as stream:
        head = response_parts(read_member(stream)).head
    if head.status in {0, 304} and row.refers_to:
        original = Capture.objects.filter(pk=row.refers_to).first()
        if original is not None and original.refers_to != row.id and not original.kind.startswith("revisit"):
            return _head(holdings, original)
    return head


def _ended(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield from pieces
    yield b"\r\n\r\n"
