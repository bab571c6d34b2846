"""What is drawn on a PDF page besides text, in drawing order. Part of the sandboxed reader: pypdfium2 only."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

MOST_OBJECTS = 50_000
"""Of a page, those in its forms included; what is drawn after them is judged by how the page looks alone."""
MOST_ANNOTATIONS = 5_000
DEEPEST = 8
"""Forms within forms."""
SMALLEST = 4.0
"""Points. What is narrower or lower hides no word: rules, underlines, table borders."""
OPAQUE = 250
"""Alpha, of 255."""
ABOVE_ALL = 1 << 40
"""Drawing order of annotations."""
_MARKS = {
    pdfium.FPDF_ANNOT_SQUARE, pdfium.FPDF_ANNOT_CIRCLE, pdfium.FPDF_ANNOT_POLYGON, pdfium.FPDF_ANNOT_POLYLINE,
    pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_INK, pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_FREETEXT,
    pdfium.FPDF_ANNOT_LINE, pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_UNDERLINE,
}  # fmt: skip
_HIDDEN = 0x2 | 0x20
"""Annotation flags Hidden and NoView."""


Matrix = tuple[float, float, float, float, float, float]


@dataclass(slots=True)
class Shape:
    """Something that may cover text. Corners in points of the page's user space."""

    x0: float
    y0: float
    x1: float
    y1: float
    kind: str
    """path, image, annotation, redact (a redaction that was marked and never applied)"""
    order: int
    """When it is drawn; later ones lie above."""
    light: int = -1
    """Luminance of its fill, 0 black to 255 white; -1 where it says none."""


@dataclass(slots=True)
class Page:
    """A page's shapes, and when each text object is drawn."""

    shapes: list[Shape] = field(default_factory=list)
    texts: dict[int, int] = field(default_factory=dict)
    """Address of a text object → its drawing order."""
    pieces: list[tuple[Any, int, Matrix]] = field(default_factory=list)
    """The text objects themselves, when each is drawn, and where its form stands."""
    images: int = 0
    whole: bool = True
    """False when it holds more than was looked at."""


def page_of(page: Any) -> Page:
    """The shapes of a pdfium page (its raw handle) that are large enough to hide a word."""
    found = Page()
    _take(found, page, None, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0)
    found.shapes += _annotations(page)
    return found


def _take(found: Page, page: Any, form: Any, matrix: Matrix, depth: int, order: int = 0) -> int:
    count = pdfium.FPDFFormObj_CountObjects(form) if form else pdfium.FPDFPage_CountObjects(page)
    kind_of, get = pdfium.FPDFPageObj_GetType, pdfium.FPDFFormObj_GetObject if form else pdfium.FPDFPage_GetObject
    parent = form or page
    for number in range(count):
        if order >= MOST_OBJECTS:
            found.whole = False
            break
        thing = get(parent, number)
        kind = kind_of(thing)
        order += 1
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            found.texts[ctypes.addressof(thing.contents)] = order
            found.pieces.append((thing, order, matrix))
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            if (light := _filled(thing)) is not None and (box := _bounds(thing, matrix)):
                found.shapes.append(Shape(*box, "path", order, light))
        elif kind in {pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING}:
            found.images += kind == pdfium.FPDF_PAGEOBJ_IMAGE
            if box := _bounds(thing, matrix):
                found.shapes.append(Shape(*box, "image", order))
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
            own = pdfium.FS_MATRIX()
            pdfium.FPDFPageObj_GetMatrix(thing, own)
            order = _take(found, page, thing, _then(own, matrix), depth + 1, order)
    return order


_colours = [ctypes.c_uint() for _ in range(4)]
_modes = [ctypes.c_int() for _ in range(2)]
_edges = [ctypes.c_float() for _ in range(4)]
_width = ctypes.c_float()


def piece_of(text: Any, matrix: Matrix) -> tuple[float, float, float, float, int] | None:
    """A text object's area and the luminance of its letters, -1 where that is not known; None where it has none."""
    area = _bounds(text, matrix, 0.5)
    if area is None:
        return None
    if not pdfium.FPDFPageObj_GetFillColor(text, *_colours):
        return (*area, -1)
    red, green, blue, _ = (colour.value for colour in _colours)
    return (*area, (299 * red + 587 * green + 114 * blue) // 1000)


def _filled(path: Any) -> int | None:
    """Luminance of an opaque fill, or of a stroke as broad as a line of text; -1 for patterns; None for neither."""
    pdfium.FPDFPath_GetDrawMode(path, *_modes)
    if _modes[0].value != pdfium.FPDF_FILLMODE_NONE:
        known = pdfium.FPDFPageObj_GetFillColor(path, *_colours)
    elif _modes[1].value and pdfium.FPDFPageObj_GetStrokeWidth(path, _width) and _width.value >= SMALLEST:
        known = pdfium.FPDFPageObj_GetStrokeColor(path, *_colours)
    else:
        return None
    if not known:
        return -1
    red, green, blue, alpha = (colour.value for colour in _colours)
    return (299 * red + 587 * green + 114 * blue) // 1000 if alpha >= OPAQUE else None


def _bounds(thing: Any, matrix: Matrix, smallest: float = SMALLEST) -> tuple[float, float, float, float] | None:
    if not pdfium.FPDFPageObj_GetBounds(thing, *_edges):
        return None
    left, bottom, right, top = (edge.value for edge in _edges)
    if matrix != (1.0, 0.0, 0.0, 1.0, 0.0, 0.0):
        a, b, c, d, e, f = matrix
        xs = [a * x + c * y + e for x in (left, right) for y in (bottom, top)]
        ys = [b * x + d * y + f for x in (left, right) for y in (bottom, top)]
        left, bottom, right, top = min(xs), min(ys), max(xs), max(ys)
    return (left, bottom, right, top) if right - left >= smallest and top - bottom >= smallest else None


def _then(own: Any, outer: Matrix) -> Matrix:
    """A form's own matrix, then that of where it is drawn."""
    a, b, c, d, e, f = outer
    return (
        own.a * a + own.b * c, own.a * b + own.b * d, own.c * a + own.d * c, own.c * b + own.d * d,
        own.e * a + own.f * c + e, own.e * b + own.f * d + f,
    )  # fmt: skip


def _annotations(page: Any) -> Iterator[Shape]:
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page), MOST_ANNOTATIONS)):
        mark = pdfium.FPDFPage_GetAnnot(page, number)
        if not mark:
            continue
        try:
            subtype = pdfium.FPDFAnnot_GetSubtype(mark)
            if subtype == pdfium.FPDF_ANNOT_REDACT:
                kind = "redact"
            elif subtype in _MARKS and not pdfium.FPDFAnnot_GetFlags(mark) & _HIDDEN:
                kind = "annotation"
            else:
                continue
            for x0, y0, x1, y1 in _areas(mark):
                if x1 - x0 >= SMALLEST and y1 - y0 >= SMALLEST:
                    yield Shape(x0, y0, x1, y1, kind, ABOVE_ALL)
        finally:
            pdfium.FPDFPage_CloseAnnot(mark)


def _areas(mark: Any) -> Iterator[tuple[float, float, float, float]]:
    """The quadrilaterals of a mark over lines of text, each as its bounds; else its rectangle."""
    quads = pdfium.FPDFAnnot_CountAttachmentPoints(mark) if pdfium.FPDFAnnot_HasAttachmentPoints(mark) else 0
    corners = pdfium.FS_QUADPOINTSF()
    for number in range(min(quads, 1_000)):
        if pdfium.FPDFAnnot_GetAttachmentPoints(mark, number, corners):
            xs = (corners.x1, corners.x2, corners.x3, corners.x4)
            ys = (corners.y1, corners.y2, corners.y3, corners.y4)
            yield min(xs), min(ys), max(xs), max(ys)
    if not quads:
        around = pdfium.FS_RECTF()
        if pdfium.FPDFAnnot_GetRect(mark, around):
            yield around.left, min(around.bottom, around.top), around.right, max(around.bottom, around.top)
