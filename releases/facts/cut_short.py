"""Whether a recording ends before the end that its own container names: a note, never a guess."""

from __future__ import annotations

import struct
from pathlib import Path

_MOST_BOXES = 20_000
_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"sidx"})
_SEGMENT = b"\x18\x53\x80\x67"
"""Matroska's and WebM's one large element."""


def cut_short(path: Path) -> str:
    """One sentence, empty when nothing says so. `path`: the file, or what `gather` made of it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(4096)
        if head[:4] == b"RIFF" and head[8:12] in {b"WAVE", b"AVI "}:
            said = struct.unpack_from("<I", head, 4)[0]
            end = 0 if said in {0, 0xFFFFFFFF} else said + 8
        elif head[4:8] in _BOXES:
            end, at = 0, 0
            for _ in range(_MOST_BOXES):
                file.seek(at)
                box = file.read(16)
                if len(box) < 8:
                    break
                length, start = struct.unpack_from(">I", box)[0], 8
                if length == 1 and len(box) == 16:
                    length, start = struct.unpack_from(">Q", box, 8)[0], 16
                if length < start:
                    break
                at = end = at + length
        else:
            end = _segment_end(head)
    return f"it is cut short: it says {end:,} bytes, and ends after {size:,}" if end > size else ""


def _segment_end(head: bytes) -> int:
    """Where the segment of a Matroska or WebM file ends; 0 where none is named."""
    at = head.find(_SEGMENT)
    if not head.startswith(b"\x1a\x45\xdf\xa3") or not 0 < at <= len(head) - 12:
        return 0
    first = head[at + 4]
    width = 9 - first.bit_length()
    if not 1 <= width <= 8:
        return 0
    value = int.from_bytes(head[at + 4 : at + 4 + width], "big") & ((1 << 7 * width) - 1)
    unknown = value == (1 << 7 * width) - 1
    return 0 if unknown else at + 4 + width + value
