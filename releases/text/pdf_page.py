"""One PDF page: its text, which of it is hidden, and what is drawn on it. Part of the sandboxed reader."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from releases.text.passages import clean, without
from releases.text.pdf_drawn import DARK, Drawn, bounds, picture_hash, rotation
from releases.text.pdf_hidden import (
    MOST_CHECKS,
    Character,
    Judged,
    characters,
    judge,
    spans,
    under,
)
from releases.text.pdf_shapes import Page, Shape, page_of
from releases.text.pdf_suspect import Suspicion, suspect

__all__ = ["UNREADABLE", "Read", "clean", "read", "without", "words_in"]

MOST_PICTURES = 500
"""Pages of a document that get a picture hash."""
LITTLE_TEXT = 200
"""Characters; a page with less is drawn for its picture hash even where it has nothing but text."""
MOST_BOXES = 200
"""Of a page, in its facts."""
BOX_WIDTH, BOX_HEIGHT = 8.0, 6.0
"""Points; a smaller dark area is an ornament."""
MOST_OF_PAGE = 0.6
"""Share of the page beyond which a dark area is its background."""


@dataclass(slots=True)
class Read:
    """A page's text as `clean` gives it, spans of its hidden words, and `releases.facts.model.PdfPage` as a dict."""

    text: str
    hidden: list[tuple[int, int]]
    facts: dict[str, Any] = field(default_factory=dict)


UNREADABLE = Read("", [], {"width": 0.0, "height": 0.0, "characters": 0})


def read(page: Any, number: int, *, draw: bool) -> Read:
    """Read `page` (of pypdfium2; it is closed), the `number`th from 0. `draw`: its looks may be asked for too."""
    with contextlib.closing(page), contextlib.closing(page.get_textpage()) as textpage:
        raw = textpage.get_text_range()
        text = clean(raw)
        found = page_of(page.raw)
        suspicion = suspect(found) if text and found.shapes else Suspicion()
        here = characters(textpage.raw, found) if suspicion.any else []
        drawn = Drawn(page.raw) if draw and (here or found.images or _marked(found)) else None
        judged = judge(here, found, drawn)
        left, bottom, right, top = bounds(page.raw)
        facts = {
            "width": round(right - left, 2), "height": round(top - bottom, 2), "characters": len(text),
            "turned": rotation(page.raw), "boxes": [_box(*box, left, bottom) for box in _boxes(textpage, found, suspicion, judged, drawn)],
            "images": found.images, "picture": picture_hash(page.raw) if draw and number < MOST_PICTURES and _telling(found, suspicion, text) else "",
        }  # fmt: skip
        concealed = spans(textpage.raw, raw, judged.hidden)
        if len(here) == MOST_CHECKS:
            start = spans(textpage.raw, raw, {here[-1].index})[0][0]
            concealed = [*concealed, (start, len(text))]  # passages may overlap: whoever masks them joins them
        return Read(text, concealed, facts)


def words_in(page: Any, areas: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Spans, in the page's text as `clean` gives it, of the words that are to be seen in `areas` of the page.

    Areas as (x0, y0, x1, y1) in points from the lower left corner of what is shown of the page.
    """
    with contextlib.closing(page), contextlib.closing(page.get_textpage()) as textpage:
        found = page_of(page.raw)
        here = characters(textpage.raw, found)
        concealed = judge(here, found, Drawn(page.raw) if found.shapes else None).hidden
        left, bottom, *_ = bounds(page.raw)
        shapes = [Shape(x0 + left, y0 + bottom, x1 + left, y1 + bottom, "path", 0) for x0, y0, x1, y1 in areas]
        seen = [c for c in here if c.index not in concealed]
        inside = {c.index for c in seen if any(under(c, shape) for shape in shapes)}
        return spans(textpage.raw, textpage.get_text_range(), inside)


Area = tuple[float, float, float, float, str, int]


def _marked(found: Page) -> bool:
    return any(shape.kind == "annotation" for shape in found.shapes)


def _telling(found: Page, suspicion: Suspicion, text: str) -> bool:
    """Whether a page's picture says more of it than its text does (drawing each page of prose or of tables halves
    the speed): pictures, shapes that no words stand on, few words.
    """
    return bool(found.images) or len(text) < LITTLE_TEXT or len(found.shapes) > len(suspicion.written_on)


def _boxes(textpage: Any, found: Page, suspicion: Suspicion, judged: Judged, drawn: Drawn | None) -> list[Area]:
    """What on the page looks like a redaction: dark areas without words on them (but for a label that says
    why), and whatever hides words.
    """
    out: list[Area] = []
    left, bottom, right, top = drawn.bounds if drawn else (0.0, 0.0, 1e9, 1e9)
    whole = (right - left) * (top - bottom)
    for number, shape in enumerate(found.shapes):
        if len(out) >= MOST_BOXES:
            break
        if (shape.x1 - shape.x0) * (shape.y1 - shape.y0) > MOST_OF_PAGE * whole:
            continue
        covers = sum(c.index in judged.hidden for c in judged.under.get(number, ()))
        if covers or (_dark(shape, drawn) and (number not in suspicion.written_on or _label(textpage, shape))):
            out.append((shape.x0, shape.y0, shape.x1, shape.y1, _KIND[shape.kind], covers))
    if drawn is not None and found.images:
        hidden = [
            c
            for covered in (judged.under, judged.over)
            for cs in covered.values()
            for c in cs
            if c.index in judged.hidden
        ]
        out += _scanned(drawn, list({c.index: c for c in hidden}.values()), out)
    return out[:MOST_BOXES]


def _label(textpage: Any, shape: Shape) -> bool:
    """Whether what is written on a shape says why it is there: an exemption of the law."""
    return bool(_WHY.search(textpage.get_text_bounded(shape.x0, shape.y0, shape.x1, shape.y1)[:500]))


_WHY = re.compile(r"\(?[bjk]\)?\s?\(\d|redact|exempt|withh?eld|privileg|\bILCS\b|§", re.IGNORECASE)
_KIND = {"path": "path", "image": "image", "annotation": "annotation", "redact": "annotation"}


def _dark(shape: Shape, drawn: Drawn | None) -> bool:
    if shape.x1 - shape.x0 < BOX_WIDTH or shape.y1 - shape.y0 < BOX_HEIGHT:
        return False
    if shape.kind == "path" and not shape.sheer:
        return 0 <= shape.light < DARK
    if drawn is None:
        return False
    seen = drawn.range(shape.x0 + 1, shape.y0 + 1, shape.x1 - 2, shape.y1 - 2)
    return seen is not None and seen[1] < DARK


def _scanned(drawn: Drawn, hidden: Sequence[Character], known: Sequence[Area]) -> Iterator[Area]:
    """Blacked-out places of a scan that no shape of the page accounts for."""
    for x0, y0, x1, y1 in drawn.dark_rectangles(MOST_BOXES):
        if any(x0 < b[2] and x1 > b[0] and y0 < b[3] and y1 > b[1] for b in known):
            continue
        shape = Shape(x0, y0, x1, y1, "image", 0)
        yield x0, y0, x1, y1, "image", sum(under(c, shape) for c in hidden)


def _box(
    x0: float, y0: float, x1: float, y1: float, kind: str, covers: int, left: float, bottom: float
) -> dict[str, Any]:
    corners = {"x0": x0 - left, "y0": y0 - bottom, "x1": x1 - left, "y1": y1 - bottom}
    return {**{name: round(value, 2) for name, value in corners.items()}, "kind": kind, "covers": covers}
