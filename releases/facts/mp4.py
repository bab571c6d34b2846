"""Duration and streams of MP4, MOV, M4A, 3GP: what `moov` says. Reads no sample of it, wherever `moov` lies.

Runs in the sandboxed process (see `reader.py`) and imports nothing of ours.
Source: ISO/IEC 14496-12 and Apple's QuickTime File Format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

MOST_MOOV = 48 * 1024**2
"""Bytes. A three-hour recording has one or two million."""
_MOST_BOXES = 20_000
"""At the top of a file: a fragmented three-hour recording has some thousands."""
_MOST_STREAMS = 64
_FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"sidx"})
_KINDS = {b"vide": "video", b"soun": "audio", b"text": "text", b"sbtl": "text", b"subt": "text", b"clcp": "text"}
_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)


def is_mp4(head: bytes) -> bool:
    """Whether a file that begins so may be one that `facts` reads."""
    return head[4:8] in _FIRST


def moov(file: BinaryIO) -> tuple[bytes, bytes, float, str]:
    """(major brand, content of `moov`, seconds that segment indexes add up to, why it is not all)."""
    brand, indexed, at = b"", 0.0, 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return brand, b"", indexed, "it ends before it says what it holds"
        size, name = struct.unpack_from(">I4s", head)
        start = 8
        if size == 1 and len(head) == 16:
            size, start = struct.unpack_from(">Q", head, 8)[0], 16
        if name == b"moov":
            wanted = min(size - start, MOST_MOOV) if size else MOST_MOOV
            file.seek(at + start)
            content = file.read(max(wanted, 0))
            return brand, content, indexed, "" if len(content) == size - start else "it is cut short"
        if name == b"ftyp":
            brand = head[8:12]
        elif name == b"sidx":
            indexed += _indexed(file.read(min(max(size - 16, 0), 1 << 20)), head[8:])
        if size < start:
            return brand, b"", indexed, "" if size == 0 else "it is damaged"
        at += size
    return brand, b"", indexed, "it has too many parts"


def facts(brand: bytes, content: bytes, indexed: float, note: str) -> dict[str, Any]:
    """`MediaFacts` as builtins, of what `moov` gave."""
    duration: float | None = None
    streams: list[str] = []
    metadata: dict[str, str] = {}
    for name, box in _boxes(content):
        if name == b"mvhd":
            created, duration = _header(box)
            if created:
                metadata["created"] = created
        elif name == b"trak" and len(streams) < _MOST_STREAMS:
            streams.append(_track(box))
        elif name == b"mvex":
            for inner, fragment in _boxes(box):
                if inner == b"mehd" and not duration and content:
                    duration = _fragments(fragment, content)
    container = "QuickTime" if brand in {b"qt  ", b""} else "MP4"
    return {
        "kind": "media", "container": container, "duration": _rounded(duration or indexed), "streams": tuple(streams),
        "metadata": metadata, "note": note,
    }  # fmt: skip


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        size, name = struct.unpack_from(">I4s", content, at)
        start = at + 8
        if size == 1 and at + 16 <= len(content):
            size, start = struct.unpack_from(">Q", content, at + 8)[0], at + 16
        end = len(content) if size == 0 else at + size
        if end < start:
            return
        yield name, content[start : min(end, len(content))]
        at = end


def _header(box: bytes) -> tuple[str, float | None]:
    """Of mvhd: (when created, seconds)."""
    try:
        if box[0] == 1:
            created, _, scale, length = struct.unpack_from(">QQIQ", box, 4)
            unknown = 2**64 - 1
        else:
            created, _, scale, length = struct.unpack_from(">IIII", box, 4)
            unknown = 2**32 - 1
    except (struct.error, IndexError):
        return "", None
    try:
        said = f"{_EPOCH + timedelta(seconds=created):%Y-%m-%d %H:%M:%S} UTC" if created else ""
    except OverflowError:
        said = ""
    return said, length / scale if scale and length != unknown else None


def _fragments(box: bytes, content: bytes) -> float | None:
    """Of mehd, in the time scale of mvhd."""
    head = next((inner for name, inner in _boxes(content) if name == b"mvhd"), b"")
    try:
        scale = struct.unpack_from(">I", head, 20 if head[0] == 1 else 12)[0]
        length = struct.unpack_from(">Q" if box[0] == 1 else ">I", box, 4)[0]
    except (struct.error, IndexError):
        return None
    return length / scale if scale else None


def _indexed(rest: bytes, first: bytes) -> float:
    """Seconds that a `sidx` speaks of; its content is `first` and `rest`."""
    box = first + rest
    try:
        scale = struct.unpack_from(">I", box, 8)[0]
        at = 20 if box[0] == 0 else 28
        count = struct.unpack_from(">H", box, at + 2)[0]
        total = sum(struct.unpack_from(">I", box, at + 8 + 12 * number)[0] for number in range(count))
    except (struct.error, IndexError):
        return 0.0
    return total / scale if scale else 0.0


def _track(box: bytes) -> str:
    """One phrase: `video avc1 1280x720`, `audio mp4a 48000 Hz 2 channels`."""
    kind, codec, more = b"", "", ""
    for name, media in _boxes(box):
        if name != b"mdia":
            continue
        for inner, part in _boxes(media):
            if inner == b"hdlr":
                kind = part[8:12]
            elif inner == b"minf":
                for deeper, table in _boxes(part):
                    if deeper == b"stbl":
                        for last, entry in _boxes(table):
                            if last == b"stsd":
                                codec, more = _sample(entry[8:], kind)
    said = _KINDS.get(kind) or f"data {_name(kind)}".strip()
    return " ".join(filter(None, (said, codec, more)))


def _sample(entry: bytes, kind: bytes) -> tuple[str, str]:
    """Codec and size or rate of the first sample description."""
    codec = _name(entry[4:8])
    try:
        if kind == b"vide":
            width, height = struct.unpack_from(">HH", entry, 32)
            return codec, f"{width}x{height}"
        if kind == b"soun":
            channels = struct.unpack_from(">H", entry, 24)[0]
            rate = struct.unpack_from(">I", entry, 32)[0] >> 16
            return codec, f"{rate} Hz {channels} channel{'' if channels == 1 else 's'}"
    except struct.error:
        pass
    return codec, ""


def _name(code: bytes) -> str:
    return "".join(chr(byte) if 32 < byte < 127 else "?" for byte in code)


def _rounded(seconds: float | None) -> float | None:
    return round(seconds, 3) if seconds else None
