"""The sandboxed half: draws a page of a PDF, or a picture anew, and asks for the bytes it needs, until it is closed.

Started as a script of its own (`python -I draw.py`), as `releases.facts.reader` is, with the same limits and the same
frames: memory, processor time per page, no file written or opened; bytes come through the pipe.

Frames, both ways: one byte of kind, four of length (big-endian), the content.
In: `Q` JSON `{"kind": "pdf" or "picture", "page": from 1, "side": pixels, "size": bytes}`; `A` bytes that were asked for.
Out: `R` asks for bytes (offset and count, 8 bytes each); `X` JSON `{"width", "height", "count", "text", "words"}` (`drawer.Drawn`),
`G` the picture (WebP), `D` done; or `E` a trouble, a newline, a sentence.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import resource
import sys
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_SCALE = 4.0
"""Pixels per point; a stamp of a page is not blown up beyond."""
MOST_PIXELS = 120_000_000
"""Of a picture that is opened."""
MOST_CHARACTERS = 60_000
"""Of a page whose words are placed."""
QUALITY = 82
_WORD = re.compile(r"\w+")


def main(memory: int, seconds: int) -> None:
    """Serve pages. `memory` in bytes of address space, `seconds` of processor time per page."""
    warnings.simplefilter("ignore")
    import PIL.Image
    import PIL.WebPImagePlugin
    import pypdfium2 as pypdfium2  # noqa: PLC0414  loaded before memory is limited, as is what follows

    from releases.facts.reader import _PIECE, HEAD, Asked, Bounded, NotServed
    from releases.text import passages as passages  # noqa: PLC0414

    PIL.Image.init()
    PIL.Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # twice as many are refused
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer

    def send(kind: bytes, data: bytes) -> None:
        stdout.write(HEAD.pack(kind, len(data)) + data)

    while len(head := stdin.read(HEAD.size)) == HEAD.size:
        asked = json.loads(stdin.read(HEAD.unpack(head)[1]))
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(used.ru_utime + used.ru_stime)
        resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds + 1, resource.RLIM_INFINITY))
        file = Bounded(Asked(stdin, stdout, asked["size"]), _PIECE)  # type: ignore[type-var, unused-ignore]
        try:
            (_page if asked["kind"] == "pdf" else _picture)(file, asked["page"], asked["side"], send)
            send(b"D", b"")
        except MemoryError:
            send(b"E", b"too much memory\ndrawing it takes more memory than a page may")
        except NotServed:
            send(b"E", b"too large\nits parts lie too far apart")
        except PIL.Image.DecompressionBombError:
            send(b"E", f"too large\nit has more than {MOST_PIXELS:,} pixels".encode())
        except (IndexError, EOFError):
            send(b"E", b"damaged\nit has no such page")
        except Exception as error:
            send(b"E", f"damaged\n{type(error).__name__}: {error}"[:1000].encode("utf-8", "replace"))
        stdout.flush()


def _page(file: Any, number: int, side: int, send: Callable[[bytes, bytes], None]) -> None:
    import pypdfium2

    with contextlib.closing(pypdfium2.PdfDocument(file)) as pdf:
        if not 0 < number <= len(pdf):
            raise IndexError
        with contextlib.suppress(pypdfium2.PdfiumError):
            pdf.init_forms()  # what was filled in is part of how it looks
        with contextlib.closing(pdf[number - 1]) as page:
            wide, high = page.get_size()
            scale = min(side / max(wide, high, 1.0), MOST_SCALE)
            image = page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
            with contextlib.closing(page.get_textpage()) as textpage:
                text, words = _words(page, textpage, *image.size)
            turned = page.get_rotation()
        _give(image, {"count": len(pdf), "text": _digest(text), "words": words, "turned": turned}, send)


def _words(page: Any, textpage: Any, wide: int, high: int) -> tuple[str, list[list[int]]]:
    """The page's text as it is kept, and its words: start and end in it, then left, top, width and height in pixels.
    No words where pdfium's characters can not be matched with its text.
    """
    import ctypes

    import pypdfium2.raw as pdfium

    from releases.text.passages import clean, places

    raw = textpage.get_text_range()
    text, where = clean(raw), places(raw)
    if len(raw) > MOST_CHARACTERS:
        return text, []
    found: list[tuple[int, int, int, int] | None] = [None] * len(text)
    box, x, y = pdfium.FS_RECTF(), ctypes.c_int(), ctypes.c_int()
    for index in range(pdfium.FPDFText_CountChars(textpage.raw)):
        at = pdfium.FPDFText_GetTextIndexFromCharIndex(textpage.raw, index)
        if not 0 <= at < len(raw) or where[at] < 0:
            continue
        if raw[at] != chr(pdfium.FPDFText_GetUnicode(textpage.raw, index) or 0):
            return text, []
        if pdfium.FPDFText_GetLooseCharBox(textpage.raw, index, box):
            corners = []
            for across, up in ((box.left, box.top), (box.right, box.bottom)):
                pdfium.FPDF_PageToDevice(page.raw, 0, 0, wide, high, 0, across, up, x, y)
                corners.append((x.value, y.value))
            (a, b), (c, d) = corners
            found[where[at]] = (min(a, c), min(b, d), max(a, c), max(b, d))
    words = []
    for word in _WORD.finditer(text):
        boxes = [one for one in found[word.start() : word.end()] if one]
        if boxes:
            left, top = max(0, min(one[0] for one in boxes)), max(0, min(one[1] for one in boxes))
            right, bottom = min(wide, max(one[2] for one in boxes)), min(high, max(one[3] for one in boxes))
            if right > left and bottom > top:
                words.append([word.start(), word.end(), left, top, right - left, bottom - top])
    return text, words


def _picture(file: Any, number: int, side: int, send: Callable[[bytes, bytes], None]) -> None:
    import PIL.Image
    import PIL.ImageOps

    from releases.facts.pictures import FORMATS

    with PIL.Image.open(file, formats=FORMATS) as opened:
        if not 0 < number <= 10_000:
            raise IndexError
        opened.seek(number - 1)
        opened.draft("RGB", (side, side))
        turned = PIL.ImageOps.exif_transpose(opened)
        see_through = "A" in turned.getbands() or "transparency" in turned.info
        image = turned.convert("RGBA" if see_through else "RGB")
        image.thumbnail((side, side))
        count = int(getattr(opened, "n_frames", 1))
    _give(image, {"count": count, "text": "", "words": []}, send)


def _give(image: Any, said: dict[str, Any], send: Callable[[bytes, bytes], None]) -> None:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=2)
    send(b"X", json.dumps({"width": image.width, "height": image.height, **said}).encode())
    send(b"G", out.getvalue())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
