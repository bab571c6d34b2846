"""Facts of a picture, and perceptual hashes: what it looks like, in 64 bits that small changes hardly move.

Runs in the sandboxed process (see `reader.py`) and imports nothing of ours.
"""

from __future__ import annotations

import math
import statistics
from typing import Any, BinaryIO

FORMATS = ("JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "JPEG2000", "ICO", "AVIF")
"""What Pillow may try: nothing that starts another program (EPS) or that no portal serves."""
MOST_PIXELS = 120_000_000
"""Of a picture that is decoded for its hash. A page scanned at 600 dpi has 35 million."""
MOST_FRAMES = 10_000
_SIDE = 32
_LOW = 8
_MOST_METADATA = 40
_MOST_CHARACTERS = 300
_TOLD = frozenset(
    {"Artist", "Copyright", "DateTime", "DateTimeDigitized", "DateTimeOriginal", "DocumentName", "HostComputer",
     "ImageDescription", "LensModel", "Make", "Model", "Orientation", "PageName", "ProcessingSoftware", "Software"}
)  # fmt: skip
"""Of EXIF. Where somebody stood is for a reader to look up in the picture, not for an alert."""
_COSINES = [[math.cos(math.pi * k * (2 * n + 1) / (2 * _SIDE)) for n in range(_SIDE)] for k in range(_LOW)]


def phash(image: Any) -> str:
    """16 hex digits: which of the 8x8 lowest frequencies of the picture in grey are above their median.

    Scaling, recompression and small marks move few bits; `distance` counts them. See
    https://www.hackerfactor.com/blog/index.php?/archives/432-Looks-Like-It.html
    """
    pixels = _grey(image, _SIDE, _SIDE)
    rows = [pixels[start : start + _SIDE] for start in range(0, _SIDE * _SIDE, _SIDE)]
    across = [[sum(map(float.__mul__, row, cosines)) for cosines in _COSINES] for row in rows]
    columns = list(zip(*across, strict=True))
    low = [sum(map(float.__mul__, columns[k], cosines)) for cosines in _COSINES for k in range(_LOW)]
    middle = statistics.median(low)
    return _hex(value > middle for value in low)


def dhash(image: Any) -> str:
    """16 hex digits: whether each of 8x8 fields is lighter than the one to its left."""
    pixels = _grey(image, 9, 8)
    return _hex(pixels[9 * y + x + 1] > pixels[9 * y + x] for y in range(8) for x in range(8))


def _grey(image: Any, width: int, height: int) -> list[float]:
    return [float(value) for value in image.convert("L").resize((width, height), _lanczos()).tobytes()]


def _lanczos() -> Any:
    from PIL.Image import Resampling

    return Resampling.LANCZOS


def _hex(bits: Any) -> str:
    number = 0
    for bit in bits:
        number = number << 1 | bool(bit)
    return f"{number:016x}"


def is_picture(head: bytes) -> bool:
    """Whether a file that begins so may be one that `facts` reads."""
    return head.startswith(
        (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"BM", b"\0\0\1\0",
         b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")
    ) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or (head[4:8] == b"ftyp" and head[8:12] in {b"avif", b"avis"})  # fmt: skip


def facts(file: BinaryIO, early: Any) -> dict[str, Any]:
    """`ImageFacts` as builtins. `early` is given what is known before pixels are decoded.

    Raises:
        Exception: of whatever kind Pillow raises: it is no picture, or is damaged in its head.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # looked at below: dimensions are a fact also of what is not decoded
    with Image.open(file, formats=FORMATS) as image:
        width, height = image.size
        found: dict[str, Any] = {
            "kind": "image", "width": width, "height": height, "format": str(image.format), "frames": 1,
            "picture": "", "metadata": {}, "note": "",
        }  # fmt: skip
        early({**found, "note": "only its head could be read"})
        if width * height > MOST_PIXELS:
            return {**found, "note": f"its {width} x {height} pixels are too many to be looked at"}
        try:
            found["metadata"] = _metadata(image)
            image.draft("L", (8 * _SIDE, 8 * _SIDE))  # JPEG: decodes an eighth of it
            image.load()
            found["picture"] = phash(image)
            early({**found, "note": "its frames were not counted"})
            found["frames"] = min(int(getattr(image, "n_frames", 1)), MOST_FRAMES)
        except Exception as error:
            found["note"] = f"it is damaged: {_clean(str(error) or type(error).__name__)}"
    return found


def _metadata(image: Any) -> dict[str, str]:
    from PIL.ExifTags import TAGS

    found: dict[str, str] = {}
    for name, value in sorted(image.info.items(), key=lambda item: str(item[0])):
        if (
            isinstance(name, str)
            and isinstance(value, str)
            and not {"xmp", "exif", "icc"} & set(name.casefold().split())
        ):
            found[name] = value
        elif name == "dpi":
            found["dpi"] = " x ".join(f"{float(number):.0f}" for number in value)
    exif = image.getexif()
    tags = dict(exif)
    tags.update(exif.get_ifd(0x8769))
    for number, value in tags.items():
        name = TAGS.get(number)
        if name in _TOLD and isinstance(value, str | int):
            found.setdefault(name, str(value))
    if 0x8825 in exif:
        found["GPSInfo"] = "present"
    clean = {_clean(name)[:60]: _clean(value) for name, value in found.items()}
    return dict(sorted((name, value) for name, value in clean.items() if name and value)[:_MOST_METADATA])


def _clean(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text[: 4 * _MOST_CHARACTERS]).split())[
        :_MOST_CHARACTERS
    ]
