"""Bytes of records out of a file: plain, or gzip members. Only `reader` uses this."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any, Protocol, cast

from isal import isal_zlib

from config.errors import RecordwatchError

_HEADER_END = re.compile(rb"\n\r?\n")
_FEED = (4096, 16384, 65536)
_INPUT = 256 * 1024
_INFLATE_ERROR = cast("type[Exception]", isal_zlib.error)


class Damage(RecordwatchError):
    """The file is not what it should be from here on."""


class Readable(Protocol):
    def read(self, size: int) -> bytes: ...


class Source(Protocol):
    """Uncompressed bytes, record after record."""

    offset: int
    """Where the current record (its gzip member) starts in the file."""

    def next_record(self) -> None: ...
    def read(self, size: int) -> bytes: ...
    def read_header(self, limit: int) -> bytes: ...
    def end_record(self) -> int: ...


class _Buffered(ABC):
    """A buffer of uncompressed bytes over `_fill`."""

    offset = 0

    def __init__(self) -> None:
        self._buffer = bytearray()

    @abstractmethod
    def _fill(self, size: int) -> bytes:
        """Some more bytes, about `size`; empty at the end of what belongs together."""

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer at the end of what is there."""
        if len(self._buffer) >= size:
            out = bytes(self._buffer[:size])
            del self._buffer[:size]
            return out
        out_parts = [bytes(self._buffer)]
        left = size - len(self._buffer)
        self._buffer.clear()
        while left:
            piece = self._fill(left)
            if not piece:
                break
            if len(piece) > left:
                self._buffer += piece[left:]
                piece = piece[:left]
            out_parts.append(piece)
            left -= len(piece)
        return b"".join(out_parts)

    def read_header(self, limit: int) -> bytes:
        """Up to and with the blank line. Raises Damage when there is none within `limit`."""
        at = 0
        while True:
            found = _HEADER_END.search(self._buffer, max(at - 4, 0))
            if found:
                return self.read(found.end())
            at = len(self._buffer)
            piece = self._fill(8192) if at < limit else b""
            if not piece:
                if self._buffer.strip(b"\r\n\0 "):
                    raise Damage(f"a record header without end: {bytes(self._buffer[:40])!r}")
                self._buffer.clear()
                return b""
            self._buffer += piece

    def _skip_line_ends(self) -> None:
        while True:
            while self._buffer.startswith((b"\r", b"\n")):
                del self._buffer[:1]
            if self._buffer:
                return
            piece = self._fill(8192)
            if not piece:
                return
            self._buffer += piece


class PlainSource(_Buffered):
    """A WARC without compression."""

    def __init__(self, stream: Readable, offset: int) -> None:
        super().__init__()
        self._stream = stream
        self._read = offset
        self.offset = offset

    def _fill(self, size: int) -> bytes:
        data = self._stream.read(max(size, 65536))
        self._read += len(data)
        return data

    def next_record(self) -> None:
        self._skip_line_ends()
        self.offset = self._read - len(self._buffer)

    def end_record(self) -> int:
        self._skip_line_ends()
        return self._read - len(self._buffer)


class GzipSource(_Buffered):
    """A WARC of gzip members; more than one record in a member is read, too."""

    def __init__(self, stream: Readable, offset: int) -> None:
        super().__init__()
        self._stream = stream
        self._input = b""
        self._at = 0
        self._input_offset = offset
        self._member: Any = None
        self._feed = 0
        self.offset = offset

    @property
    def _position(self) -> int:
        return self._input_offset + self._at

    def _more_input(self) -> bool:
        if self._at < len(self._input):
            return True
        self._input_offset += len(self._input)
        self._at = 0
        self._input = self._stream.read(_INPUT)
        return bool(self._input)

    def next_record(self) -> None:
        self._skip_line_ends()
        if self._buffer:
            return  # another record in the same member
        self._finish_member()
        self.offset = self._position
        if not self._more_input():
            return
        magic = self._input[self._at : self._at + 2]
        if not b"\x1f\x8b".startswith(magic):
            raise Damage("bytes that are no gzip member follow the last record")
        self._member = isal_zlib.decompressobj(31)
        self._feed = 0

    def _fill(self, size: int) -> bytes:
        del size
        while self._member is not None:
            if not self._more_input():
                raise Damage("the gzip member is torn: the file ends inside it")
            step = _FEED[min(self._feed, 2)]
            self._feed += 1
            piece = self._input[self._at : self._at + step]
            try:
                out: bytes = self._member.decompress(piece)
            except _INFLATE_ERROR as error:
                raise Damage(f"the gzip member is damaged: {error}") from error
            self._at += len(piece)
            if self._member.eof:
                self._at -= len(self._member.unused_data)
                self._member = None
            if out:
                return out
        return b""

    def _finish_member(self) -> None:
        while self._member is not None:
            if self._fill(0).strip(b"\r\n"):
                raise Damage("bytes that are no record follow in the gzip member")

    def end_record(self) -> int:
        self._skip_line_ends()
        if not self._buffer:
            self._finish_member()
        return self._position
