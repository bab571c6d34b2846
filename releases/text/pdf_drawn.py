"""A PDF page as it looks, in grey, and what can be asked of it. Part of the sandboxed reader: pypdfium2 only."""

from __future__ import annotations

import ctypes
import re
from itertools import islice, pairwise
from typing import Any

import pypdfium2.raw as pdfium

MOST_PIXELS = 2_400
"""Of each side; larger pages are drawn smaller."""
DARK = 80
"""Luminance below which an area is dark."""
ALIKE = 12
"""Luminance by which pixels of one colour may differ: scans and JPEG are never quite even."""
ALIKE_DARK = 40
_FIELD = 8
"""Pixels of each side of the 9 by 8 fields of which a page's picture hash is made."""
_RUNS = 40
"""Dark runs looked at in one row of pixels."""
_RUN = re.compile(rb"[\x00-\x38]{14,}")
_LIGHT = 150


class Drawn:
    """One page, drawn. Areas are asked for in points of the page's user space.

    Args:
        page: pdfium's raw handle.
        scale: pixels per point.
        most: pixels of each side.
    """

    def __init__(self, page: Any, scale: float = 1.0, most: int = MOST_PIXELS) -> None:
        self.bounds = bounds(page)
        self.turned = pdfium.FPDFPage_GetRotation(page)
        left, bottom, right, top = self.bounds
        wide, high = right - left, top - bottom
        if self.turned in {1, 3}:
            wide, high = high, wide
        scale = min(scale, most / max(wide, high, 1.0))
        self.width, self.height = max(1, round(wide * scale)), max(1, round(high * scale))
        self.pixels, self.stride = grey(page, self.width, self.height)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Pixels from the left and from the top of a point of the page."""
        left, bottom, right, top = self.bounds
        across, up = (x - left) / max(right - left, 1e-6), (y - bottom) / max(top - bottom, 1e-6)
        across, up = ((across, up), (up, 1 - across), (1 - across, 1 - up), (1 - up, across))[self.turned]
        return across * self.width, (1 - up) * self.height

    def point(self, across: float, down: float) -> tuple[float, float]:
        """The point of the page at a pixel: `place` undone."""
        left, bottom, right, top = self.bounds
        x, y = across / self.width, 1 - down / self.height
        x, y = ((x, y), (1 - y, x), (1 - x, 1 - y), (y, 1 - x))[self.turned]
        return left + x * (right - left), bottom + y * (top - bottom)

    def range(self, x0: float, y0: float, x1: float, y1: float) -> tuple[int, int] | None:
        """Darkest and lightest pixel of an area; None when it lies outside of the page."""
        (a, b), (c, d) = self.place(x0, y0), self.place(x1, y1)
        first, last = max(0, int(min(a, c))), min(self.width, int(max(a, c)) + 1)
        above, below = max(0, int(min(b, d))), min(self.height, int(max(b, d)) + 1)
        if first >= last or above >= below:
            return None
        low, high = 255, 0
        for row in range(above, below):
            part = self.pixels[row * self.stride + first : row * self.stride + last]
            darkest, lightest = min(part), max(part)
            low, high = min(low, darkest), max(high, lightest)
            if high - low > ALIKE_DARK:
                break
        return low, high

    def dark_rectangles(self, most: int = 200) -> list[tuple[float, float, float, float]]:
        """Solid dark rectangles with light around them, as on scans of blacked-out paper; corners as (x0, y0, x1, y1)."""
        open_: dict[tuple[int, int], tuple[int, int, int]] = {}
        done: list[tuple[int, int, int, int]] = []
        for row in range(self.height):
            line = self.pixels[row * self.stride : row * self.stride + self.width]
            now: dict[tuple[int, int], tuple[int, int, int]] = {}
            for run in islice(_RUN.finditer(line), _RUNS):
                start, end = run.span()
                key = next((old for old in open_ if abs(old[0] - start) <= 2 and abs(old[1] - end) <= 2), (start, end))
                since, _, bright = open_.pop(key, (row, row, 0))
                edges = (start < 3 or line[start - 3] >= _LIGHT) + (end + 2 >= self.width or line[end + 2] >= _LIGHT)
                now[key] = since, row, bright + edges
            done += _ended(open_)
            open_ = now
        done += _ended(open_)
        out = []
        for first, above, last, below in done[:most]:
            (x0, y0), (x1, y1) = self.point(first, below), self.point(last, above)
            out.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
        return out


def _ended(runs: dict[tuple[int, int], tuple[int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Rectangles of runs that went on for some rows, most of them with light on both sides."""
    out = []
    for (start, end), (since, until, bright) in runs.items():
        rows = until - since + 1
        if rows >= 6 and bright >= 1.4 * rows:
            out.append((start, since, end, until + 1))
    return out


def bounds(page: Any) -> tuple[float, float, float, float]:
    """What of the page is shown (its crop box): left, bottom, right, top in points."""
    box = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, box) or box.right <= box.left or box.top <= box.bottom:
        return 0.0, 0.0, max(1.0, pdfium.FPDF_GetPageWidthF(page)), max(1.0, pdfium.FPDF_GetPageHeightF(page))
    return box.left, box.bottom, box.right, box.top


def rotation(page: Any) -> int:
    """Degrees clockwise by which the page is shown turned."""
    return 90 * max(0, int(pdfium.FPDFPage_GetRotation(page)))


def picture_hash(page: Any) -> str:
    """Perceptual hash of the page as drawn, 16 hex digits: 9 by 8 fields, each compared with its right neighbour."""
    pixels, stride = grey(page, 9 * _FIELD, 8 * _FIELD)
    bits = 0
    for row in range(8):
        lines = [
            pixels[start : start + 9 * _FIELD]
            for start in range(row * _FIELD * stride, (row + 1) * _FIELD * stride, stride)
        ]
        sums = [sum(sum(line[field : field + _FIELD]) for line in lines) for field in range(0, 9 * _FIELD, _FIELD)]
        for left, right in pairwise(sums):
            bits = bits << 1 | (left > right)
    return f"{bits:016x}"


def grey(page: Any, width: int, height: int) -> tuple[bytes, int]:
    """The page's pixels, one byte each, and the bytes of a row."""
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        raise MemoryError
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, pdfium.FPDF_ANNOT)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        return ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height), stride
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
