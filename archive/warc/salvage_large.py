"""A large body that was under way when the process died: kept as far as it came."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import BinaryIO

from isal import isal_zlib

from archive.model import CaptureRow, Failure
from archive.warc import journal
from archive.warc.exchange import Exchange, failure_block, side_record
from archive.warc.fixity import verify_record
from archive.warc.head import Dechunker, parse_head
from archive.warc.large_member import large_header
from archive.warc.member import BLOCK, FRAME, RECORD_END, frame, prefix, trailer
from archive.warc.open_file import pieces
from archive.warc.reader import WarcReader, response_parts
from archive.warc.record import PAYLOAD_LENGTH, Ids, field_value

_LOST = Failure("closed", "The process ended before the body did; what had come is kept", True, "unspecified")


def mend_large(file: BinaryIO, line: journal.Large, lines: list[journal.Line], key: str) -> CaptureRow | None:
    """Makes the unit of a large body whole and cuts the file behind it; its row, or None when not even
    the response head is there. Doing it twice gives the same bytes. Raises OSError.
    """
    if _stretch_crc(file, line.offset, line.request) != line.crc:
        return None
    start = line.offset + line.request
    for entry in lines:
        if isinstance(entry, journal.Entry) and entry.offset == line.offset and entry.capture:
            end = entry.offset + entry.length
            if _whole(file, start, end):
                file.truncate(end)
                return entry.capture
    row = replace(line.row, warc=key, offset=start)
    return _finished(file, start, row) or _cut_short(file, start, line, row)


def _stretch_crc(file: BinaryIO, offset: int, length: int) -> int:
    file.seek(offset)
    data = file.read(length)
    return isal_zlib.crc32(data) if len(data) == length else -1


def _whole(file: BinaryIO, start: int, end: int) -> bool:
    """Whether every member from `start` on is sound and the last one ends at `end` or behind."""
    file.seek(start)
    reader = WarcReader(file, offset=start)
    at = start
    last = None
    for record in reader:
        if last is not None:
            at = last.offset + last.length
            if at >= end:
                break
        last = record
    else:
        at = last.offset + last.length if last is not None and not reader.problems else at
    return at >= end


def _finished(file: BinaryIO, start: int, row: CaptureRow) -> CaptureRow | None:
    """The row when the member was complete, header included, and only the journal's word is missing."""
    file.seek(start)
    if file.read(2) != b"\x1f\x8b":
        return None
    file.seek(start)
    reader = WarcReader(file, offset=start)
    record = next(iter(reader), None)
    if record is None or record.headers.get("WARC-Truncated") or verify_record(record):
        return None
    end = member_end(record.headers.content_length, start, file)
    if os.fstat(file.fileno()).st_size < end or not _whole(file, start, end):
        return None
    file.seek(start)
    again = next(iter(WarcReader(file, offset=start)))
    head = response_parts(again).raw_head
    framed = again.headers.get(PAYLOAD_LENGTH)
    length = int(framed) if framed else again.headers.content_length - len(head)
    file.truncate(end)
    digest = again.headers.get("WARC-Payload-Digest")
    return replace(row, payload_digest=digest, payload_length=length, length=end - start)


def member_end(block_length: int, start: int, file: BinaryIO) -> int:
    """File offset behind a large member whose record has a block of `block_length` bytes."""
    file.seek(start + 10)
    extra = int.from_bytes(file.read(2), "little")
    file.seek(start + 12 + extra + 1)
    header = int.from_bytes(file.read(2), "little")
    body = block_length + len(RECORD_END)
    return start + 12 + extra + FRAME + header + body + FRAME * -(-body // BLOCK) + 8


class _Blocks:
    """The bytes of a record's block in the stored blocks that are on disk."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        self.length = self._measure(os.fstat(file.fileno()).st_size - start)

    def _measure(self, available: int) -> int:
        whole, rest = divmod(max(available, 0), BLOCK + FRAME)
        for n in range(whole + 1):
            got = BLOCK if n < whole else rest - FRAME
            if got <= 0:
                return n * BLOCK
            self._file.seek(self._start + n * (BLOCK + FRAME))
            head = self._file.read(FRAME)
            if head == frame(BLOCK):
                if n == whole:
                    return n * BLOCK + got
                continue
            size = int.from_bytes(head[1:3], "little")
            if head == frame(size, final=True):
                return min(n * BLOCK + got, max(n * BLOCK + size - len(RECORD_END), 0))
            return n * BLOCK
        return whole * BLOCK

    def read(self, n: int) -> bytes:
        """Content of stored block `n`, as far as it counts."""
        self._file.seek(self._start + n * (BLOCK + FRAME) + FRAME)
        return self._file.read(min(BLOCK, self.length - n * BLOCK))

    @property
    def count(self) -> int:
        return -(-self.length // BLOCK)


def _cut_short(file: BinaryIO, start: int, line: journal.Large, row: CaptureRow) -> CaptureRow | None:
    blocks = _Blocks(file, start + line.prefix)
    if blocks.length < line.head:
        return None
    head = b"".join(blocks.read(n) for n in range(-(-line.head // BLOCK)))[: line.head]
    dechunker = Dechunker() if parse_head(head).chunked else None
    block, payload, crc, length = hashlib.sha256(), hashlib.sha256(), 0, 0
    skip = line.head
    for n in range(blocks.count):
        data = blocks.read(n)
        block.update(data)
        crc = isal_zlib.crc32(data, crc)
        body = data[skip:]
        skip = max(skip - len(data), 0)
        entity = dechunker.feed(body) if dechunker else body
        payload.update(entity)
        length += len(entity)
    digest = "sha256:" + payload.hexdigest()
    header = large_header(
        row.id, row.at, line.fields, digest, "sha256:" + block.hexdigest(), blocks.length,
        length if dechunker else None, "unspecified",
    )  # fmt: skip
    row = replace(
        row, payload_digest=digest, payload_length=length, truncated="unspecified", error=field_value(_LOST.error)
    )
    tail = blocks.length % BLOCK
    at = start + line.prefix + (blocks.length // BLOCK) * (BLOCK + FRAME)
    last = (blocks.read(blocks.length // BLOCK) if tail else b"") + RECORD_END
    end = b"".join(
        (
            frame(BLOCK) + last[:BLOCK] if len(last) > BLOCK else b"",
            frame(len(last[BLOCK:] or last), final=True),
            last[BLOCK:] or last,
            trailer(header, isal_zlib.crc32(RECORD_END, crc), blocks.length + len(RECORD_END)),
        )
    )
    exchange = Exchange(url=row.url, method=row.method, at=row.at, failure=_LOST)
    after = side_record("metadata", exchange, Ids.after(row.id, 14), failure_block(exchange), "application/warc-fields")
    file.seek(at)
    file.write(end + b"".join(pieces(after)))
    file.truncate()
    file.seek(start)
    file.write(prefix(header, line.prefix))
    file.flush()
    return replace(row, length=at + len(end) - start)
