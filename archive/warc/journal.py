"""The journal beside an open WARC: one line per whole unit, each with its own checksum.

A line is `<crc32 of the JSON, 8 hex digits> <JSON>` and a line feed. A torn or damaged line ends the
journal: nothing behind it counts. The first line is a Start, then one Entry per unit (the records of
one exchange, or one derived record); a large body's journal has one Large line in between.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import msgspec
from isal import isal_zlib

from archive.model import CaptureRow, DerivedRow

SUFFIX = ".journal"
NO_CRC = -1
"""In an Entry: the unit has a large body, and is checked by its gzip members' own CRCs instead."""


class Start(msgspec.Struct, frozen=True, tag="start", tag_field="line"):
    """What the file is. `head` bytes at its start are the warcinfo member."""

    name: str
    portal: str
    crawl: str
    head: int
    crc: int


class Entry(msgspec.Struct, frozen=True, tag="unit", tag_field="line"):
    """Records that belong together, in `length` bytes from `offset`; `crc` is the CRC-32 of these bytes."""

    offset: int
    length: int
    crc: int
    id: str
    digest: str
    capture: CaptureRow | None = None
    derived: DerivedRow | None = None


class Large(msgspec.Struct, frozen=True, tag="large", tag_field="line"):
    """A large body has begun: its unit starts at `offset` with `request` bytes of request record, then
    a member whose first `prefix` bytes are filled in at the end.
    """

    offset: int
    request: int
    crc: int
    prefix: int
    head: int
    """Bytes of the response head, which opens the record's block."""
    fields: tuple[tuple[str, str], ...]
    """Fields of the response record that do not depend on the body."""
    row: CaptureRow


Line = Start | Entry | Large

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode


def encode(line: Line) -> bytes:
    """One journal line."""
    text = _encode(line)
    return b"%08x %b\n" % (isal_zlib.crc32(text), text)


def path_of(warc: Path) -> Path:
    """The journal of the WARC that will be named `warc`, open or sealed."""
    return warc.with_name(warc.name.removesuffix(".open") + SUFFIX)


def read(path: Path) -> list[Line]:
    """Whole lines up to the first that is torn or damaged; empty when there is no journal."""
    out: list[Line] = []
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return out
    for line in data.split(b"\n")[:-1]:
        crc, _, text = line.partition(b" ")
        if crc != b"%08x" % isal_zlib.crc32(text):
            break
        try:
            out.append(_decode(text))
        except msgspec.MsgspecError:
            break
    return out


class Journal:
    """The journal of one open WARC. Every method raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO = path.open("xb", buffering=0)
        self._size = self._end = 0

    @property
    def fd(self) -> int:
        """For the caller's fdatasync."""
        return self._file.fileno()

    def append(self, lines: bytes) -> None:
        """Writes `lines`; the caller makes them durable, then calls `keep`, or else `take_back`."""
        view = memoryview(lines)
        while view:
            view = view[self._file.write(view) :]
        self._end = self._size + len(lines)

    def keep(self) -> None:
        """What was appended is durable."""
        self._size = self._end

    def take_back(self) -> None:
        """Nothing of what was appended stays."""
        os.ftruncate(self.fd, self._size)
        self._file.seek(self._size)

    def close(self) -> None:
        self._file.close()
