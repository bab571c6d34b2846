"""Duration and streams of WAV (also RF64) and AVI: what their heads say.

Runs in the sandboxed process (see `reader.py`) and imports nothing of ours.
Source: Microsoft's RIFF, WAVEFORMATEX and AVI headers; EBU Tech 3306 for RF64.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

_MOST_CHUNKS = 1000
_MOST_HEAD = 1024**2
_CODECS = {1: "pcm", 2: "adpcm_ms", 3: "pcm float", 6: "pcm_alaw", 7: "pcm_mulaw", 0x11: "adpcm_ima", 0x31: "gsm",
           0x55: "mp3", 0xFF: "aac"}  # fmt: skip
_UNKNOWN = 0xFFFFFFFF


def is_riff(head: bytes) -> bool:
    """Whether a file that begins so may be one that `facts` reads."""
    return head[:4] in {b"RIFF", b"RF64"} and head[8:12] in {b"WAVE", b"AVI "}


def facts(file: BinaryIO, size: int | None) -> dict[str, Any]:
    """`MediaFacts` as builtins. `size`: bytes of the file; None when nobody knows."""
    head = file.read(12)
    found: dict[str, Any] = {
        "kind": "media", "container": "WAV" if head[8:12] == b"WAVE" else "AVI", "duration": None, "streams": (),
        "metadata": {}, "note": "",
    }  # fmt: skip
    rate, longer, at = 0, 0, 12
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        chunk = file.read(8)
        if len(chunk) < 8:
            break
        name, length = struct.unpack("<4sI", chunk)
        if name == b"ds64":
            longer = struct.unpack_from("<QQ", file.read(16).ljust(16, b"\0"))[1]
        elif name == b"fmt ":
            phrase, rate = _sound(file.read(min(length, 40)))
            found["streams"] = (phrase,)
        elif name == b"data":
            _played(found, length, longer, rate, None if size is None else max(size - at - 8, 0))
            break
        elif name == b"LIST" and file.read(4) == b"hdrl":
            _avi(found, file.read(min(length, _MOST_HEAD)))
            break
        at += 8 + length + length % 2
    return found


def _played(found: dict[str, Any], length: int, longer: int, rate: int, there: int | None) -> None:
    """Seconds of `rate` bytes each; a length that a recorder never filled in is what the file has."""
    said = longer if length == _UNKNOWN and longer else length
    if said in {0, _UNKNOWN} and there:
        said = there
    if there is not None and there < said:
        found["note"] = f"it says {said:,} bytes of sound, and ends after {there:,}"
        said = there
    found["duration"] = round(said / rate, 3) if rate and said != _UNKNOWN else None


def _sound(form: bytes) -> tuple[str, int]:
    """(phrase, bytes a second) of a WAVEFORMATEX."""
    if len(form) < 16:
        return "audio", 0
    code, channels, hertz, rate, _, bits = struct.unpack_from("<HHIIHH", form)
    if code == 0xFFFE and len(form) >= 26:
        code = struct.unpack_from("<H", form, 24)[0]
    codec = _CODECS.get(code, f"codec {code}")
    codec = f"pcm_s{bits}le" if code == 1 and bits > 8 else "pcm_u8" if code == 1 else codec
    return f"audio {codec} {hertz} Hz {channels} channel{'' if channels == 1 else 's'}", rate


def _avi(found: dict[str, Any], head: bytes) -> None:
    """Of the `hdrl` list: length by its main header, streams by theirs."""
    streams: list[str] = []
    at, kind, codec = 0, b"", ""
    while at + 8 <= len(head) and len(streams) < 64:
        name, length = struct.unpack_from("<4sI", head, at)
        body = head[at + 8 : at + 8 + length]
        if name == b"LIST":
            at += 12
            continue
        if name == b"avih" and len(body) >= 20:
            frame, frames = struct.unpack_from("<I", body)[0], struct.unpack_from("<I", body, 16)[0]
            found["duration"] = round(frame * frames / 1_000_000, 3) or None
        elif name == b"strh":
            kind, codec = body[:4], "".join(chr(byte) if 32 < byte < 127 else "?" for byte in body[4:8])
        elif name == b"strf" and kind == b"vids" and len(body) >= 12:
            width, height = struct.unpack_from("<ii", body, 4)
            streams.append(f"video {codec} {width}x{abs(height)}")
        elif name == b"strf" and kind == b"auds":
            streams.append(_sound(body)[0])
        at += 8 + length + length % 2
    found["streams"] = tuple(streams)
