"""Range reads of archived bodies: a stored gzip member is seekable by arithmetic."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from archive.warc.head import Head, parse_head, split_head
from archive.warc.headers import Headers, parse_header
from archive.warc.member import BLOCK, FRAME, RECORD_END, frame, stored_offset
from archive.warc.source import Damage
from config.errors import RecordwatchError

Fetch = Callable[[int, int], bytes]
"""(offset, length) → bytes of the WARC: a file's `pread`, or a range request to the store."""

_LOOK = 64 * 1024
_RUN = 64


class NotStored(RecordwatchError):
    """The member is deflated (or not ours): read it from its start instead."""


class StoredMember:
    """The record in the stored member at `offset`. Two or three fetches, then any range costs its bytes.

    Raises NotStored for a member of another shape.
    """

    def __init__(self, fetch: Fetch, offset: int) -> None:
        self._fetch = fetch
        self._offset = offset
        start = fetch(offset, _LOOK)
        if start[:3] != b"\x1f\x8b\x08" or len(start) < 20:
            raise NotStored("The gzip member is not made of stored blocks", where=str(offset))
        at = 10
        if start[3] & 4:
            at += 2 + int.from_bytes(start[10:12], "little")
        if start[3] & ~4:
            raise NotStored("The gzip member is not made of stored blocks", where=str(offset))
        start = start if len(start) >= at + FRAME + BLOCK else fetch(offset, at + FRAME + BLOCK)
        kind, length, check = struct.unpack_from("<BHH", start, at)
        if kind != 0 or length != check ^ 0xFFFF:
            raise NotStored("The gzip member is not made of stored blocks", where=str(offset))
        self.header_length = at + FRAME + length
        """Bytes of the member up to the end of its first stored block."""
        try:
            self.headers: Headers = parse_header(start[at + FRAME : self.header_length])
        except Damage as damage:
            raise NotStored("The gzip member holds no WARC record", where=str(offset)) from damage
        self.length = self.headers.content_length
        """Bytes of the record's block."""
        if self.length < 0 or not self._second_block_fits():
            raise NotStored("The gzip member is not made of stored blocks", where=str(offset))

    def _second_block_fits(self) -> bool:
        body = self.length + len(RECORD_END)
        wanted = frame(BLOCK) if body > BLOCK else frame(body, final=True)
        return body == BLOCK or self._fetch(self._offset + self.header_length, FRAME) == wanted

    def read(self, start: int, length: int) -> bytes:
        """`length` bytes of the block from `start`, fewer at its end."""
        return b"".join(self.pieces(start, length))

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        """As `read`, in pieces of at most 4 MiB: what a range response is made of."""
        end = min(start + length, self.length)
        at = max(start, 0)
        while at < end:
            stop = min(end, (at // BLOCK + _RUN) * BLOCK)
            first = stored_offset(self._offset, self.header_length, at)
            last = stored_offset(self._offset, self.header_length, stop - 1)
            raw = self._fetch(first, last - first + 1)
            head = min(BLOCK - at % BLOCK, stop - at)
            rest = (raw[place : place + BLOCK] for place in range(head + FRAME, len(raw), BLOCK + FRAME))
            yield b"".join((raw[:head], *rest))
            at = stop

    def response(self) -> tuple[Head, int]:
        """The HTTP head, and the offset of the body in the block: add it to a Range's bounds when the
        head is not chunked.
        """
        raw = self.read(0, _LOOK)
        end = split_head(raw)
        if end == len(raw) and self.length > len(raw):
            raw = self.read(0, 1 << 20)
            end = split_head(raw)
        return parse_head(raw[:end]), end
