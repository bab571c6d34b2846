"""Sound and pictures of the sample portal, the same byte for byte every time."""

from __future__ import annotations

import io
import math
import struct
import wave
from functools import cache
from pathlib import Path

VIDEO = Path(__file__).parent / "media" / "bodycam.mp4"
"""Two seconds of a test picture, H.264, made once with ffmpeg's `testsrc2`."""


@cache
def audio(label: str, hertz: int) -> bytes:
    """One second of a tone as WAV (8 kHz, 8 bit, mono); `label` goes into a LIST/INFO chunk."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(128 + int(60 * math.sin(2 * math.pi * hertz * i / 8000)) for i in range(8000)))
    sound = out.getvalue()
    name = f"FICTIONAL {label}".encode("ascii", "replace")
    name += b"\0" * (1 + len(name) % 2 ^ 1)
    info = b"INFOINAM" + struct.pack("<I", len(name)) + name
    chunk = b"LIST" + struct.pack("<I", len(info)) + info
    return b"RIFF" + struct.pack("<I", len(sound) - 8 + len(chunk)) + sound[8:] + chunk


@cache
def video(label: str) -> bytes:
    """The two-second MP4 with `label` in a `free` box, so that each video has bytes of its own."""
    name = f"FICTIONAL {label}".encode("ascii", "replace")
    return VIDEO.read_bytes() + struct.pack(">I", 8 + len(name)) + b"free" + name
