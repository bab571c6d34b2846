"""The sandboxed half of reading scans: draws their pages in grey, as a person would see them, until it is closed.

Started as a script of its own (`python -I scan_reader.py`), as `pdf_reader` is, with the same limits. What
an agency blackened is drawn solid black, also where its box lets something through or was never applied.

Frames, both ways: one byte of kind, four of length (big-endian), the content.
In: JSON `{"path": …, "page": 1-based, "boxes": [[x0, y0, x1, y1], …]}`, kind `P` for a PDF's page, its
boxes in points from the lower left corner of what is shown of it; `I` for a frame of a picture, without boxes.
Out: `G` the page as PGM; then `D`, its content what is drawn there: `scan` or `not a scan` (then without
`G`); or `E` a trouble, a newline, a sentence.
"""

from __future__ import annotations

import contextlib
import json
import resource
import struct
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = struct.Struct(">cI")
PER_POINT = 300 / 72
"""Pixels: 300 to the inch, what Tesseract wants."""
MOST_SIDE = 6_000
"""Pixels; larger pages are drawn smaller."""
MOST_PIXELS = 120_000_000
"""Of a picture that is opened."""
COVERED = 0.5
"""Share of a page that pictures have to cover for it to be a scan."""


def main(memory: int, seconds: int) -> None:
    """Serve pages. `memory` in bytes of address space, `seconds` of processor time per page."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import PIL.Image
        import pypdfium2

        from releases.text import pdf_page as pdf_page  # noqa: PLC0414  loaded before memory is limited

    PIL.Image.init()
    PIL.Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # twice as many are refused
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def send(kind: bytes, data: bytes) -> None:
        stdout.write(HEAD.pack(kind, len(data)) + data)

    while len(head := stdin.read(HEAD.size)) == HEAD.size:
        kind, size = HEAD.unpack(head)
        asked = json.loads(stdin.read(size))
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, resource.RLIM_INFINITY))
        try:
            drawn = (_page if kind == b"P" else _picture)(asked, send)
            send(b"D", b"scan" if drawn else b"not a scan")
        except MemoryError:
            send(b"E", b"too much memory\ndrawing it took more memory than a page may")
        except PIL.Image.DecompressionBombError:
            send(b"E", f"too large\nit has more than {MOST_PIXELS:,} pixels".encode())
        except pypdfium2.PdfiumError as error:
            send(b"E", f"damaged\n{error}".encode("utf-8", "replace"))
        except Exception as error:
            send(b"E", f"damaged\n{type(error).__name__}: {error}"[:1000].encode("utf-8", "replace"))
        stdout.flush()


def _page(asked: dict[str, Any], send: Callable[[bytes, bytes], None]) -> bool:
    import pypdfium2

    from releases.text.pdf_drawn import Drawn, bounds
    from releases.text.pdf_shapes import page_of

    with (
        contextlib.closing(pypdfium2.PdfDocument(asked["path"])) as pdf,
        contextlib.closing(pdf[asked["page"] - 1]) as page,
    ):
        left, bottom, right, top = bounds(page.raw)
        shapes = page_of(page.raw).shapes
        pictures = sum(_shared(shape, left, bottom, right, top) for shape in shapes if shape.kind == "image")
        if pictures < COVERED * (right - left) * (top - bottom):
            return False
        drawn = Drawn(page.raw, PER_POINT, MOST_SIDE)
        pixels = bytearray(drawn.pixels)
        boxes = [(x0 + left, y0 + bottom, x1 + left, y1 + bottom) for x0, y0, x1, y1 in asked["boxes"]]
        boxes += [(shape.x0, shape.y0, shape.x1, shape.y1) for shape in shapes if _meant_to_hide(shape, right - left)]
        for box in boxes:
            _blacken(pixels, drawn, box)
        rows = b"".join(
            pixels[start : start + drawn.width] for start in range(0, drawn.height * drawn.stride, drawn.stride)
        )
        send(b"G", b"P5 %d %d 255\n" % (drawn.width, drawn.height) + rows)
        return True


def _shared(shape: Any, left: float, bottom: float, right: float, top: float) -> float:
    """Square points of the page that a shape covers."""
    wide, high = min(shape.x1, right) - max(shape.x0, left), min(shape.y1, top) - max(shape.y0, bottom)
    return float(max(wide, 0.0) * max(high, 0.0))


def _meant_to_hide(shape: Any, page: float) -> bool:
    """Whether a shape that may be seen through was to hide something: a redaction that was marked only, or a dark
    box, narrower than the page's own background.
    """
    from releases.text.pdf_drawn import DARK
    from releases.text.pdf_page import BOX_HEIGHT, BOX_WIDTH

    if shape.kind == "redact":
        return True
    large = shape.x1 - shape.x0 >= BOX_WIDTH and shape.y1 - shape.y0 >= BOX_HEIGHT
    return bool(shape.sheer and 0 <= shape.light < DARK and large and shape.x1 - shape.x0 < 0.9 * page)


def _blacken(pixels: bytearray, drawn: Any, box: tuple[float, float, float, float]) -> None:
    (a, b), (c, d) = drawn.place(box[0], box[1]), drawn.place(box[2], box[3])
    first, last = max(0, int(min(a, c)) - 1), min(drawn.width, int(max(a, c)) + 2)
    for row in range(max(0, int(min(b, d)) - 1), min(drawn.height, int(max(b, d)) + 2)):
        pixels[row * drawn.stride + first : row * drawn.stride + last] = bytes(max(0, last - first))


def _picture(asked: dict[str, Any], send: Callable[[bytes, bytes], None]) -> bool:
    import PIL.Image
    import PIL.ImageOps

    from releases.facts.pictures import FORMATS

    with PIL.Image.open(asked["path"], formats=FORMATS) as opened:
        opened.seek(asked["page"] - 1)
        opened.draft("L", (MOST_SIDE, MOST_SIDE))
        turned = PIL.ImageOps.exif_transpose(opened)
        if "A" in turned.getbands() or "transparency" in turned.info:
            seen = turned.convert("RGBA")
            turned = PIL.Image.new("RGBA", seen.size, "white")
            turned.alpha_composite(seen)
        grey = turned.convert("L")
        grey.thumbnail((MOST_SIDE, MOST_SIDE))
        send(b"G", b"P5 %d %d 255\n" % grey.size + grey.tobytes())
    return True


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
