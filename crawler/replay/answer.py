"""What a capture answered: its status and headers as they came, and any stretch of its body, with flat memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.model import CaptureRow, Part
from archive.warc.head import Head, parse_head
from archive.warc.parts import read_manifest, whole_head
from archive.warc.reader import Entity, read_member, response_parts
from archive.warc.stored import NotStored, StoredMember
from config.errors import RecordwatchError
from crawler.replay.shelf import Shelf

PIECE = 256 * 1024
_CONTENT_RANGE = re.compile(rb"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")
_RANGE = re.compile(rb"bytes=(\d{0,18})-(\d{0,18})")


class BytesMissing(RecordwatchError):
    """The bytes that this capture stands for are not here."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One captured answer, to be sent."""

    row: CaptureRow
    status: int
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    parts: Sequence[Part]
    """Where the body is."""
    length: int
    """Bytes of the body."""

    def header(self, name: bytes) -> bytes:
        """First value of `name` (lowercase), else empty."""
        return next((value for key, value in self.headers if key.lower() == name), b"")

    @property
    def stretch(self) -> tuple[int, int | None]:
        """First byte of the file that the body has, and the file's length: for an answer to a Range."""
        found = _CONTENT_RANGE.fullmatch(self.header(b"content-range")) if self.status == 206 else None
        if found is None:
            return 0, self.length
        return int(found[1]), None if found[3] == b"*" else int(found[3])


def answer_of(shelf: Shelf, row: CaptureRow) -> Answer:
    """The answer that capture `row` stands for: a not-modified revisit gives its original's.

    Raises:
        BytesMissing, NotAWarc, PartMissing, and what the shelf raises.
    """
    original = shelf.original(row)
    if original is None or original.kind not in {"response", "assembled"}:
        raise BytesMissing("the original that this capture refers to is not here", where=f"{row.url} {row.refers_to}")
    head, parts = _original(shelf, original)
    if row.kind == "revisit-identical":
        with shelf.open_record(row) as stream:
            head = response_parts(read_member(stream)).head
    return Answer(row, head.status, head.reason, head.headers, parts, sum(part.length for part in parts))


def _original(shelf: Shelf, row: CaptureRow) -> tuple[Head, Sequence[Part]]:
    with shelf.open_record(row) as stream:
        record = response_parts(read_member(stream))
        if row.kind == "response":
            return record.head, (Part(row.id, 0, row.payload_length),) if row.payload_length else ()
        manifest = read_manifest(record.body)
    first = _part(shelf, manifest.parts[0])
    with shelf.open_record(first) as stream:
        return parse_head(whole_head(response_parts(read_member(stream)).raw_head, manifest)), manifest.parts


def _part(shelf: Shelf, part: Part) -> CaptureRow:
    row = shelf.by_id(part.capture)
    if row is None:
        raise BytesMissing("a part of this file is not here", where=part.capture)
    return row


def pieces(shelf: Shelf, parts: Sequence[Part], start: int, length: int) -> Iterator[bytes]:
    """`length` bytes of the body from `start`. What was written stored costs its own bytes wherever it begins;
    what was deflated is read from its beginning.

    Raises:
        BytesMissing, and what the shelf raises.
    """
    for part in parts:
        if not length:
            return
        if start >= part.length:
            start -= part.length
            continue
        size = min(length, part.length - start)
        yield from _within(shelf, _part(shelf, part), part.start + start, size)
        start, length = 0, length - size


def _within(shelf: Shelf, row: CaptureRow, start: int, length: int) -> Iterator[bytes]:
    if start > PIECE:
        try:
            member = StoredMember(lambda offset, size: shelf.fetch(row, offset, size), row.offset)
            head, first = member.response()
            if not head.chunked:
                yield from member.pieces(first + start, length)
                return
        except NotStored:
            pass
    with shelf.open_record(row) as stream:
        body = response_parts(read_member(stream)).body
        _read(body, start, row)
        while length:
            piece = body.read(min(PIECE, length))
            if not piece:
                raise BytesMissing(f"{length} bytes of this capture are missing", where=row.id)
            length -= len(piece)
            yield piece


def _read(body: Entity, skip: int, row: CaptureRow) -> None:
    while skip:
        piece = body.read(min(PIECE, skip))
        if not piece:
            raise BytesMissing(f"{skip} bytes of this capture are missing", where=row.id)
        skip -= len(piece)


def wanted(asked: bytes, answer: Answer) -> tuple[int, int] | None:
    """First byte and end of the file that `Range: <asked>` wants, cut to its length; None where it is to be ignored.

    Several ranges, and other units, are ignored, as a server may (RFC 9110 section 14.2). An end that is not
    after the start cannot be satisfied.
    """
    found = _RANGE.fullmatch(asked.replace(b" ", b""))
    if found is None or not (found[1] or found[2]):
        return None
    first, total = answer.stretch
    end = first + answer.length if total is None else total
    if not found[1]:
        return max(end - int(found[2]), 0), end
    start = int(found[1])
    if found[2] and int(found[2]) < start:
        return None
    return start, min(int(found[2]) + 1, end) if found[2] else end
