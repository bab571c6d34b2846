"""The parts of a recording that tell what it is, in a file of its size with holes: 40 GB are not copied for that.

The head and the tail are kept, and of an MP4 every box that is not media data, wherever it stands; so
indexes, headers, first frames and last time stamps are where programs look for them. The source is read
once, forwards, and no further than its kind asks for; one that can seek is not read through at all.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

WHOLE = 64 * 1024**2
"""Bytes up to which a recording is copied as it is."""
HEAD = 24 * 1024**2
"""Bytes kept of the start of a longer one: headers, and pictures enough for a poster."""
TAIL = 8 * 1024**2
"""Bytes kept of its end: indexes, last time stamps."""
BOXES = 96 * 1024**2
"""Bytes of an MP4's indexes that are kept besides."""
_PIECE = 1024**2
_MEDIA = frozenset({b"mdat", b"free", b"skip", b"wide"})
"""Boxes that say nothing of what a recording is."""
_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"sidx"})
_HEAD_ONLY = (b"\x1a\x45\xdf\xa3", b"fLaC", b"ID3", b"FORM", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11")
"""How those begin whose start says how long they are: Matroska, FLAC, MP3, AIFF, ASF."""
_STARTS = (
    *_HEAD_ONLY,
    b"RIFF",
    b"RF64",
    b"OggS",
    b"FLV\x01",
    b"#!AMR",
    b"caff",
    b".snd",
    b"\0\0\x01\xba",
    b"\0\0\x01\xb3",
    b"\x06\x0e\x2b\x34",
)


def is_recording(head: bytes) -> bool:
    """Whether bytes that begin so (200 do) may be sound or video of a kind that ffprobe is asked about."""
    if head.startswith(_STARTS) or head[4:8] in _FIRST:
        return True
    frames = len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[2] != 0xFF  # MPEG sound, ADTS
    packets = any(head[at : at + 1] == b"\x47" == head[at + step : at + step + 1] for at, step in ((0, 188), (4, 192)))
    return frames or packets


class CutOff(Exception):
    """The source ended before its size."""


def gather(source: BinaryIO, size: int, path: Path, *, whole: int = WHOLE, head: int = HEAD, tail: int = TAIL) -> bool:
    """Write to `path` what is needed of the `size` bytes of `source`; whether that is all of them.

    Raises:
        CutOff: there are fewer. OSError: `source` cannot be read, or `path` not written.
    """
    with path.open("wb") as file:
        if size <= whole:
            _Gathering(source, file, size, size, 0).pass_by(size)
            return True
        gathering = _Gathering(source, file, size, head, tail)
        if not gathering.boxes():
            gathering.pass_by(size)
        file.truncate(size)
        return False


class _Gathering:
    """`source` at `at`; what lies in the head or the tail is written as it passes."""

    def __init__(self, source: BinaryIO, file: BinaryIO, size: int, head: int, tail: int) -> None:
        self._source, self._file = source, file
        self._size, self._head, self._tail = size, head, size - tail
        self._start = source.tell() if source.seekable() else None
        self._left = BOXES
        self.at = 0

    def boxes(self) -> bool:
        """Of an MP4: walk from box to box, keeping all but media data. Whether nothing more is needed."""
        indexed = False
        while self._size - self.at >= 16:
            first = self.at == 0
            begin = self._keep(8)
            size, name = struct.unpack(">I4s", begin)
            if first and name not in _FIRST:
                if begin.startswith(_HEAD_ONLY):
                    self.pass_by(min(self._head, self._size))
                    return True
                return False
            if size == 1:
                size = int.from_bytes(self._keep(8), "big") - 8
            end = self._size if size == 0 else self.at - 8 + size
            if end < self.at:
                return False  # damaged; whoever reads it will say so
            if indexed and end >= self._head:
                self.pass_by(min(end, self._head))
                return True
            if end > self._size or name in _MEDIA or end - self.at > self._left:
                self.pass_by(min(end, self._size))
                continue
            self._left -= end - self.at
            fragments = self._keep_all(end)
            indexed = indexed or (name == b"moov" and not fragments)
        return True

    def _keep_all(self, end: int) -> bool:
        """On to `end`, all of it kept. Whether it speaks of fragments to come: then each of them counts."""
        found, before = False, b""
        while self.at < end:
            data = self._keep(min(end - self.at, _PIECE))
            found = found or b"mvex" in before + data
            before = data[-3:]
        return found

    def pass_by(self, end: int) -> None:
        """On to `end`."""
        while self.at < end:
            if self.at >= self._head and self.at < self._tail and self._start is not None:
                self.at = min(end, self._tail)
                self._source.seek(self._start + self.at)
                continue
            border = self._head if self.at < self._head else self._tail if self.at < self._tail else end
            data = self._read(min(end - self.at, border - self.at, _PIECE))
            if self.at < self._head or self.at >= self._tail:
                self._write(data)
            self.at += len(data)

    def _keep(self, count: int) -> bytes:
        kept = bytearray()
        while len(kept) < count:
            data = self._read(count - len(kept))
            self._write(data)
            self.at += len(data)
            kept += data
        return bytes(kept)

    def _read(self, count: int) -> bytes:
        data = self._source.read(count)
        if not data:
            raise CutOff
        return data

    def _write(self, data: bytes) -> None:
        self._file.seek(self.at)
        self._file.write(data)
