"""What is drawn on a PDF page besides text, in drawing order. Part of the sandboxed reader: pypdfium2 only."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pypdfium2.raw as pdfium

MOST_OBJECTS = 50_000
"""Of a page, those in its forms included; what is drawn after them is judged by how the page looks alone."""
MOST_ANNOTATIONS = 5_000
DEEPEST = 8
"""Forms within forms."""
SMALLEST = 4.0
"""Points. What is narrower or lower hides no word: rules, underlines, table borders."""
THINNEST = 0.4
"""Points. Strips from here on count where they lie side by side: a box may be drawn in lines."""
MOST_STRIPS = 2_000
"""Of a page."""
OPAQUE, SHEER = 250, 150
"""Alpha, of 255. What is between them hides black words only if the page as drawn says so."""
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
AS_IT_IS: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


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
    sheer: bool = False
    """It may be seen through: only the page as drawn can tell."""


@dataclass(slots=True)
class Page:
    """A page's shapes, and when each text object is drawn."""

    shapes: list[Shape] = field(default_factory=list)
    texts: dict[int, int] = field(default_factory=dict)
    """Address of a text object → its drawing order."""
    pieces: list[tuple[Any, int, Matrix]] = field(default_factory=list)
    """The text objects themselves, when each is drawn, and where its form stands."""
    images: int = 0
    strips: list[Shape] = field(default_factory=list)
    """What is too thin to hide a word by itself."""
    whole: bool = True
    """False when it holds more than was looked at."""

    def lights(self) -> dict[int, int]:
        """Luminance of the letters of each text object that draws them, by its drawing order."""
        unseen = pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
        return {
            order: _luminance()
            for thing, order, _ in self.pieces
            if pdfium.FPDFTextObj_GetTextRenderMode(thing) != unseen
            and pdfium.FPDFPageObj_GetFillColor(thing, *_colours)
        }


def page_of(page: Any) -> Page:
    """The shapes of a pdfium page (its raw handle) that are large enough to hide a word."""
    found = Page()
    _take(found, page, None, AS_IT_IS, 0)
    found.shapes += joined(found.strips, across=True) + joined(found.strips, across=False)
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
            if (filled := _filled(thing)) is not None and (box := _bounds(thing, matrix, THINNEST)):
                _path(found, Shape(*box, "path", order, filled[0], filled[1] < OPAQUE), filled[2])
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
_edges = _left, _bottom, _right, _top = ctypes.c_float(), ctypes.c_float(), ctypes.c_float(), ctypes.c_float()
_width = ctypes.c_float()


def area_of(text: Any, matrix: Matrix) -> tuple[float, float, float, float] | None:
    """A text object's area; None where it has none."""
    return _bounds(text, matrix, 0.5)


def light_of(text: Any) -> int:
    """The luminance of a text object's letters, -1 where that is not known."""
    return _luminance() if pdfium.FPDFPageObj_GetFillColor(text, *_colours) else -1


def _luminance() -> int:
    """Of the colour that was last asked for."""
    return (299 * _colours[0].value + 587 * _colours[1].value + 114 * _colours[2].value) // 1000


def stands_for_words(text: Any) -> bool:
    """Whether a text object says in the file what its letters stand for (ActualText), whatever they draw."""
    length = ctypes.c_ulong()
    return any(
        pdfium.FPDFPageObjMark_GetParamStringValue(
            pdfium.FPDFPageObj_GetMark(text, number), b"ActualText", None, 0, length
        )
        and length.value > 2
        for number in range(min(pdfium.FPDFPageObj_CountMarks(text), DEEPEST))
    )


def _path(found: Page, shape: Shape, pen: float) -> None:
    """Keep a shape that hides words, or a strip that may with others. `pen`: breadth of its line, 0 for areas."""
    thin = min(shape.x1 - shape.x0, shape.y1 - shape.y0)
    if pen and pen < SMALLEST and thin <= 4 * pen:  # pdfium's bounds of a line leave room for its corners
        _narrowed(shape, (thin - pen) / 2)
        thin = pen
    if thin >= SMALLEST and (not pen or pen >= SMALLEST):
        found.shapes.append(shape)
    elif thin < SMALLEST <= max(shape.x1 - shape.x0, shape.y1 - shape.y0) and len(found.strips) < MOST_STRIPS:
        found.strips.append(shape)


def _narrowed(strip: Shape, by: float) -> None:
    if strip.y1 - strip.y0 < strip.x1 - strip.x0:
        strip.y0, strip.y1 = strip.y0 + by, strip.y1 - by
    else:
        strip.x0, strip.x1 = strip.x0 + by, strip.x1 - by


def joined(strips: Iterable[Shape], *, across: bool) -> list[Shape]:
    """Boxes made of strips of one shade that touch or overlap along their length: those that lie
    `across` the page, or those that stand on it. Rules of tables and bars of bar codes have gaps.
    """
    lying = [strip for strip in strips if (strip.y1 - strip.y0 < strip.x1 - strip.x0) == across]
    lying.sort(key=lambda strip: strip.y0 if across else strip.x0)
    done: list[Shape] = []
    growing: list[Shape] = []
    for strip in lying:
        start = (strip.y0 if across else strip.x0) - THINNEST
        growing = [box for box in growing if (box.y1 if across else box.x1) >= start]
        for box in growing:
            if box.light == strip.light and _along(box, strip, across=across):
                box.x0, box.y0 = min(box.x0, strip.x0), min(box.y0, strip.y0)
                box.x1, box.y1 = max(box.x1, strip.x1), max(box.y1, strip.y1)
                box.order, box.sheer = max(box.order, strip.order), box.sheer or strip.sheer
                break
        else:
            growing.append(replace(strip))
            done.append(growing[-1])
    return [box for box in done if min(box.x1 - box.x0, box.y1 - box.y0) >= SMALLEST]


def _along(box: Shape, strip: Shape, *, across: bool) -> bool:
    """Whether a strip lies beside nearly all of a box, and the box beside nearly all of it."""
    if across:
        both, lengths = min(box.x1, strip.x1) - max(box.x0, strip.x0), (box.x1 - box.x0, strip.x1 - strip.x0)
    else:
        both, lengths = min(box.y1, strip.y1) - max(box.y0, strip.y0), (box.y1 - box.y0, strip.y1 - strip.y0)
    return both >= 0.8 * max(lengths)


def _filled(path: Any) -> tuple[int, int, float] | None:
    """Luminance (-1 for patterns) and alpha of a path's fill, or of its line, and the line's breadth (0 for a fill);
    None for what is drawn with neither, or can be seen through.
    """
    pdfium.FPDFPath_GetDrawMode(path, *_modes)
    pen = 0.0
    if _modes[0].value != pdfium.FPDF_FILLMODE_NONE:
        known = pdfium.FPDFPageObj_GetFillColor(path, *_colours)
    elif _modes[1].value and pdfium.FPDFPageObj_GetStrokeWidth(path, _width) and _width.value >= THINNEST:
        known, pen = pdfium.FPDFPageObj_GetStrokeColor(path, *_colours), _width.value
    else:
        return None
    if not known:
        return -1, OPAQUE, pen
    alpha = _colours[3].value
    return (_luminance(), alpha, pen) if alpha >= SHEER else None


def _bounds(thing: Any, matrix: Matrix, smallest: float = SMALLEST) -> tuple[float, float, float, float] | None:
    if not pdfium.FPDFPageObj_GetBounds(thing, *_edges):
        return None
    left, bottom, right, top = _left.value, _bottom.value, _right.value, _top.value
    if matrix is not AS_IT_IS:
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
            elif pdfium.FPDFAnnot_GetFlags(mark) & _HIDDEN:
                continue
            elif subtype in _MARKS or _has_a_look(mark):
                kind = "annotation"
            else:
                continue
            for x0, y0, x1, y1 in _areas(mark):
                if x1 - x0 >= SMALLEST and y1 - y0 >= SMALLEST:
                    yield Shape(x0, y0, x1, y1, kind, ABOVE_ALL, sheer=kind != "redact" and subtype not in _MARKS)
        finally:
            pdfium.FPDFPage_CloseAnnot(mark)


def _has_a_look(mark: Any) -> bool:
    """Whether an annotation of whatever kind (a link, a form's button) brings a drawing of its own."""
    return int(pdfium.FPDFAnnot_GetAP(mark, pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0)) > 2


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
