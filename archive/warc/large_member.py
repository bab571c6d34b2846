"""A stored gzip member of unknown length, written once: its WARC header is filled in at the end."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime

from isal import isal_zlib

from archive.warc.member import BLOCK, FRAME, RECORD_END, frame, prefix, trailer
from archive.warc.open_file import write_all
from archive.warc.record import EMPTY_DIGEST, PAYLOAD_LENGTH, header

_FULL = frame(BLOCK)
_GZIP = 10 + 2 + 4 + FRAME
Fields = Sequence[tuple[str, str]]


def large_header(
    capture: str,
    at: datetime,
    fields: Fields,
    payload: str,
    block: str,
    length: int,
    entity_length: int | None,
    truncated: str,
) -> bytes:
    """The `response` header of a large body; `entity_length` None where the body has no framing."""
    every = (
        *fields,
        ("WARC-Payload-Digest", payload),
        ("WARC-Block-Digest", block),
        (PAYLOAD_LENGTH, "" if entity_length is None else str(entity_length)),
        ("WARC-Truncated", truncated),
    )
    return header("response", capture, at, every, "application/http;msgtype=response", length)


def prefix_size(capture: str, at: datetime, fields: Fields) -> int:
    """Bytes to keep free for gzip header and WARC header, whatever the body turns out to be."""
    longest = large_header(capture, at, fields, EMPTY_DIGEST, EMPTY_DIGEST, 10**19, 10**19, "unspecified")
    return _GZIP + len(longest)


class LargeMember:
    """The member at `offset` of `fd`, whose first `size` bytes are kept free. Raises OSError."""

    def __init__(self, fd: int, offset: int, size: int) -> None:
        self._fd = fd
        self._offset = offset
        self._prefix = size
        self._crc = 0
        self.length = 0
        """Bytes of the record's block so far."""
        self._pending: list[bytes | memoryview] = []
        self._pending_size = 0
        os.lseek(fd, offset + size, os.SEEK_SET)

    def write(self, piece: bytes | memoryview) -> None:
        """Bytes of the record's block. The buffer must not change afterwards."""
        self.length += len(piece)
        self._add(piece)

    def _add(self, piece: bytes | memoryview) -> None:
        self._crc = isal_zlib.crc32(piece, self._crc)
        view = memoryview(piece)
        parts: list[bytes | memoryview] = []
        while self._pending_size + len(view) >= BLOCK:
            take = BLOCK - self._pending_size
            parts += (_FULL, *self._pending, view[:take])
            self._pending, self._pending_size = [], 0
            view = view[take:]
        if parts:
            write_all(self._fd, parts)
        if view:
            self._pending.append(view)
            self._pending_size += len(view)

    def header(
        self,
        capture: str,
        at: datetime,
        fields: Fields,
        payload: str,
        block: str,
        entity_length: int | None,
        truncated: str,
    ) -> bytes:
        """The record's header for what was written."""
        return large_header(capture, at, fields, payload, block, self.length, entity_length, truncated)

    def finish(self, header: bytes) -> int:
        """Writes the end, then the header into its place; returns the member's length in bytes."""
        self._add(RECORD_END)
        last = b"".join(self._pending)
        body = self.length + len(RECORD_END)
        write_all(self._fd, [frame(len(last), final=True), last, trailer(header, self._crc, body)])
        end = os.lseek(self._fd, 0, os.SEEK_CUR)
        os.pwrite(self._fd, prefix(header, self._prefix), self._offset)
        return end - self._offset
