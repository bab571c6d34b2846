"""Small plainly fictional recordings and pictures, made by hand."""

from __future__ import annotations

import io
import struct
import wave

from PIL import Image, ImageDraw


class Forward(io.RawIOBase):
    """A stream that cannot seek, as the archive's payloads are; counts what was read of it."""

    def __init__(self, *parts: bytes | int) -> None:
        """Bytes, or how many zeros."""
        self._parts = list(parts)
        self.read_so_far = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while self._parts:
            part = self._parts[0]
            if isinstance(part, int):
                taken = min(size, part)
                self._parts[0] = part - taken
                data = bytes(taken)
            else:
                data, self._parts[0] = part[:size], part[size:]
            if not self._parts[0]:
                self._parts.pop(0)
            if data:
                self.read_so_far += len(data)
                return data
        return b""


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), name) + body


def moov(seconds: float = 10.0, *, created: int = 0, title: str = "", filler: int = 0) -> bytes:
    """An index: one video and one audio stream."""
    header = box(b"mvhd", struct.pack(">IIIII", 0, created, 0, 1000, int(seconds * 1000)), bytes(80))
    picture = box(b"avc1", bytes(24), struct.pack(">HH", 640, 360), bytes(50))
    sound = box(b"mp4a", bytes(16), struct.pack(">HHHHI", 2, 16, 0, 0, 48000 << 16))
    tags = b""
    if title:
        data = box(b"data", struct.pack(">II", 1, 0), title.encode())
        tags = box(b"udta", box(b"meta", bytes(4), box(b"ilst", box(b"\xa9nam", data))))
    return box(
        b"moov", header, _track(b"vide", picture, filler), _track(b"soun", sound, filler), tags,
    )  # fmt: skip


def _track(kind: bytes, entry: bytes, filler: int) -> bytes:
    handler = box(b"hdlr", bytes(8), kind, bytes(12))
    table = box(b"stbl", box(b"stsd", struct.pack(">II", 0, 1), entry), box(b"stsz", bytes(filler)))
    return box(b"trak", box(b"mdia", handler, box(b"minf", table)))


FTYP = box(b"ftyp", b"isom", bytes(4), b"isom")


def mp4(seconds: float = 10.0, **more: object) -> bytes:
    return FTYP + moov(seconds, **more) + box(b"mdat", bytes(1000))


def mdat_head(size: int) -> bytes:
    """The head of an `mdat` with that many bytes in it."""
    return struct.pack(">I4sQ", 1, b"mdat", 16 + size)


def wav(seconds: float = 2.0, rate: int = 8000) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * int(rate * seconds)))
    return made.getvalue()


def mp3(seconds: float = 3.0) -> bytes:
    """Frames of 128 kbit/s, 44.1 kHz stereo; each is 1152 samples."""
    frames = round(seconds * 44100 / 1152)
    return b"".join(b"\xff\xfb\x90\x00" + bytes(413) for _ in range(frames))


def picture(seed: int = 0, size: tuple[int, int] = (320, 240), form: str = "PNG", **save: object) -> bytes:
    made = io.BytesIO()
    drawn(seed, size).save(made, form, **save)
    return made.getvalue()


def drawn(seed: int = 0, size: tuple[int, int] = (320, 240)) -> Image.Image:
    image = Image.new("RGB", size, (240, 240, 230))
    draw = ImageDraw.Draw(image)
    for number in range(12):
        x, y = (seed * 37 + number * 61) % size[0], (seed * 53 + number * 29) % size[1]
        draw.ellipse((x, y, x + 60, y + 40), fill=((seed * 91 + number * 20) % 255, number * 15, 120))
    return image
