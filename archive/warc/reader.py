"""Reads WARC files, ours and the world's odd ones: plain or gzip, one member per record or not.

Damage is reported (`WarcReader.problems`), never raised, unless the file cannot be read at all; what
is whole before it is still given.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.warc.head import Dechunker, Head, parse_head, split_head
from archive.warc.headers import Headers, parse_header
from archive.warc.source import Damage, GzipSource, PlainSource, Source
from config.errors import RecordwatchError

PIECE = 256 * 1024
_HEADER_LIMIT = 1 << 20
_HEAD_LIMIT = 1 << 20


class NotAWarc(RecordwatchError):
    """There is no WARC record here."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a WARC: at byte `offset`, in the record `record` (may be empty)."""

    what: str
    offset: int = 0
    record: str = ""


class Block(io.RawIOBase):
    """A record's block as a stream; ends early (`short`) where the file does."""

    def __init__(self, source: Source, length: int) -> None:
        super().__init__()
        self._source = source
        self.left = length
        self.short = False

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes, fewer only at the end; everything when negative."""
        wanted = self.left if size is None or size < 0 else min(size, self.left)
        if wanted == 0:
            return b""
        data = self._source.read(wanted)
        self.left -= len(data)
        if len(data) < wanted:
            self.short = True
            self.left = 0
        return data

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self.read(-1)


@dataclass(slots=True)
class WarcRecord:
    """A record while the reader stands on it: read `block` before taking the next one."""

    headers: Headers
    block: Block
    offset: int
    """Of its gzip member, or of itself in a plain file."""
    length: int = 0
    """Bytes of its member; known when the reader has gone on."""


class WarcReader:
    """Iterates over the records of `stream`, which starts at byte `offset` of the file."""

    def __init__(self, stream: BinaryIO, *, offset: int = 0) -> None:
        start = stream.read(2)
        rest = _Prepended(start, stream)
        self._source: Source = GzipSource(rest, offset) if start == b"\x1f\x8b" else PlainSource(rest, offset)
        self.problems: list[Problem] = []

    def __iter__(self) -> Iterator[WarcRecord]:
        last = ""
        while True:
            try:
                self._source.next_record()
                offset = self._source.offset
                headers = self._header()
            except Damage as damage:
                self.problems.append(Problem(str(damage), self._source.offset, last))
                return
            if headers is None:
                return
            length = headers.content_length
            if length < 0:
                self.problems.append(Problem("no usable Content-Length", offset, headers.id))
                return
            record = WarcRecord(headers, Block(self._source, length), offset)
            last = headers.id
            # The length is known before the record is given out when it is cheap, else on the way on.
            yield record
            if not self._leave(record):
                return

    def _header(self) -> Headers | None:
        raw = self._source.read_header(_HEADER_LIMIT)
        if not raw.strip():
            return None
        return parse_header(raw)

    def _leave(self, record: WarcRecord) -> bool:
        where = record.offset, record.headers.id
        try:
            while record.block.left:
                if not record.block.read(PIECE):
                    break
            if record.block.short:
                self.problems.append(Problem("the record ends before its Content-Length", *where))
                return False
            record.length = self._source.end_record() - record.offset
        except Damage as damage:
            self.problems.append(Problem(str(damage), *where))
            return False
        return True


class _Prepended:
    """A stream with the bytes that were looked at put back."""

    def __init__(self, start: bytes, stream: BinaryIO) -> None:
        self._start = start
        self._stream = stream

    def read(self, size: int) -> bytes:
        if self._start:
            start, self._start = self._start, b""
            return start + self._stream.read(max(size - len(start), 0))
        return self._stream.read(size)


def read_member(stream: BinaryIO) -> WarcRecord:
    """The record at the stream's position (an offset from the index). Raises NotAWarc."""
    reader = WarcReader(stream)
    for record in reader:
        return record
    what = reader.problems[0].what if reader.problems else "nothing is here"
    raise NotAWarc(f"No WARC record at this place: {what}")


class Entity(io.RawIOBase):
    """An entity body: the block behind its head, de-chunked where the head says so."""

    def __init__(self, start: bytes, block: BinaryIO | Block, chunked: bool, owned: BinaryIO | None = None) -> None:
        super().__init__()
        self._block = block
        self._owned = owned
        self.dechunker = Dechunker() if chunked else None
        self._ready = start if self.dechunker is None else self.dechunker.feed(start)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes, empty at the end; everything when negative."""
        if size is None or size < 0:
            out = [self._ready]
            self._ready = b""
            while piece := self._more(PIECE):
                out.append(piece)
            return b"".join(out)
        while not self._ready:
            self._ready = self._more(max(size, 4096))
            if not self._ready:
                return b""
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def _more(self, size: int) -> bytes:
        while True:
            raw = self._block.read(size)
            if not raw or self.dechunker is None:
                return raw
            plain = self.dechunker.feed(raw)
            if plain:
                return plain

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self.read(-1)

    def close(self) -> None:
        if self._owned is not None:
            self._owned.close()
        super().close()


@dataclass(frozen=True, slots=True)
class ResponseParts:
    """What a `response` or `revisit` record's block holds."""

    status: int
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: Entity
    """Entity body, de-chunked, not content-decoded."""
    head: Head
    raw_head: bytes


def response_parts(record: WarcRecord, owned: BinaryIO | None = None) -> ResponseParts:
    """Head and entity of a record whose block is an HTTP response; of a `resource`, its whole block as the entity."""
    if record.headers.type == "resource":
        none = Head(0, b"", ())
        return ResponseParts(0, b"", (), Entity(b"", record.block, chunked=False, owned=owned), none, b"")
    raw_head, start = read_head(record.block)
    head = parse_head(raw_head)
    return ResponseParts(
        head.status, head.reason, head.headers, Entity(start, record.block, head.chunked, owned), head, raw_head
    )


def read_head(block: Block) -> tuple[bytes, bytes]:
    """The HTTP head at the start of a block, and what was read of the body."""
    data = block.read(16 * 1024)
    end = split_head(data)
    while end == len(data) and not data.endswith((b"\r\n\r\n", b"\n\n", b"\n\r\n")) and len(data) < _HEAD_LIMIT:
        more = block.read(64 * 1024)
        if not more:
            break
        data += more
        end = split_head(data)
    return data[:end], data[end:]


def entity_of(stream: BinaryIO) -> BinaryIO:
    """The entity body of the record at the stream's position; closing it closes `stream`. Raises OSError, NotAWarc."""
    try:
        return io.BufferedReader(response_parts(read_member(stream), stream).body)
    except BaseException:
        stream.close()
        raise


def open_entity(path: Path, offset: int) -> BinaryIO:
    """The entity body of the record at `offset` of the file. Raises OSError, NotAWarc."""
    file = path.open("rb")
    file.seek(offset)
    return entity_of(file)
