"""Scans: pages of words that are pictures, as PDFs and as files of their own."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pypdfium2
from PIL import Image, ImageDraw, ImageFont

from tests.unit.releases.text.drawing import Sheet, image

WIDE, HIGH = 1275, 1650
"""Pixels: a letter page at 150 to the inch."""


def page(*lines: str, boxes: Sequence[tuple[int, int, int, int]] = ()) -> Image.Image:
    """A page of lines, 60 pixels apart, from 100 to the right and 120 down; boxes are black in the picture itself."""
    drawn = Image.new("L", (WIDE, HIGH), 255)
    pen, font = ImageDraw.Draw(drawn), ImageFont.load_default(30)
    for number, line in enumerate(lines):
        pen.text((100, 120 + 60 * number), line, font=font, fill=0)
    for box in boxes:
        pen.rectangle(box, fill=0)
    return drawn


def rendered(document: bytes) -> Image.Image:
    """The first page of a PDF as a scan of it: for letters that the built-in font has not."""
    with pypdfium2.PdfDocument(document) as pdf:
        scan: Image.Image = pdf[0].render(scale=WIDE / 612).to_pil().convert("L")
        return scan


def width(words: str) -> int:
    """Pixels that words take in a line of `page`."""
    return round(ImageFont.load_default(30).getlength(words))


def sheet(scan: Image.Image, over: str = "", annotations: Sequence[str] = ()) -> Sheet:
    """A PDF's page that is a scan; `over`: drawing operators on top of it."""
    content = f"q 612 0 0 792 0 0 cm /S Do Q\n{over}"
    return Sheet(content, things={"S": image(*scan.size, scan.tobytes())}, annotations=list(annotations))


def area(words: str, line: int, before: str = "") -> tuple[float, float, float, float]:
    """Where `words` stand in points of `sheet`: x, y, width, height."""
    scale = 612 / WIDE
    left, top = 100 + width(before) - 3, 120 + 60 * line - 4
    return left * scale, 792 - (top + 48) * scale, (width(words) + 6) * scale, 48 * scale


def picture(scan: Image.Image, kind: str, **more: object) -> bytes:
    """The page as a picture's file."""
    out = io.BytesIO()
    scan.save(out, kind, **more)
    return out.getvalue()


def darkest(picture: Image.Image, area: tuple[float, float, float, float]) -> int:
    """The darkest grey in an area of it: left, top, right, bottom in pixels."""
    low: int = min(picture.convert("L").crop(area).tobytes())
    return low
