"""Whether a page's letters have to be looked at one by one. Part of the sandboxed reader: pypdfium2 only.

Most pages with shapes are tables and forms, their tints drawn before their words: seen from the text
objects, of which there are a tenth as many, nothing can be hidden there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from releases.text.pdf_shapes import Page, Shape, area_of, light_of, stands_for_words

MOST_PAIRS = 200_000
"""Text objects times shapes near them, looked at."""
BAND = 24.0
"""Points: shapes are found by the bands of the page they reach into."""
_DEEP = 0.3
"""Share of a line's height that a shape has to cover to matter."""
_LIKE = 48
"""Luminance by which letters have to differ from what they stand on to be seen for certain."""


@dataclass(slots=True)
class Suspicion:
    """What the text objects say."""

    any: bool = False
    """Something may be hidden."""
    written_on: set[int] = field(default_factory=set)
    """Numbers of shapes with words drawn on them."""


def suspect(page: Page) -> Suspicion:
    """Look at a page's text objects and shapes."""
    said = Suspicion(not page.whole)
    bands: dict[int, list[int]] = defaultdict(list)
    tall: list[int] = []
    for number, shape in enumerate(page.shapes):
        first, last = int(shape.y0 // BAND), int(shape.y1 // BAND)
        if last - first > 200:
            tall.append(number)
        else:
            for band in range(first, last + 1):
                bands[band].append(number)
    pairs = 0
    nothing: list[int] = []
    for thing, order, matrix in page.pieces:
        area = area_of(thing, matrix)
        if area is None:
            said.any = said.any or stands_for_words(thing)
            continue
        x0, y0, x1, y1 = area
        first, last = int(y0 // BAND), int(y1 // BAND)
        if last - first > 200:
            said.any = True
            continue
        near: Iterable[int] = bands.get(first, nothing)
        if last != first or tall:
            near = {number for band in range(first, last + 1) for number in bands.get(band, nothing)}.union(tall)
        light = -2
        for number in near:
            pairs += 1
            shape = page.shapes[number]
            if shape.x0 > x1 - 1 or shape.x1 < x0 + 1 or shape.y0 >= y1 or shape.y1 <= y0:
                continue
            if min(y1, shape.y1) - max(y0, shape.y0) < _DEEP * min(y1 - y0, shape.y1 - shape.y0):
                continue
            if shape.order < order:
                said.written_on.add(number)
            if not said.any:
                light = light_of(thing) if light == -2 else light
                said.any = shape.order > order or shape.kind != "path" or _alike(light, shape)
        if pairs > MOST_PAIRS:
            said.any = True
            return said
    return said


def _alike(light: int, shape: Shape) -> bool:
    return min(light, shape.light) < 0 or abs(light - shape.light) < _LIKE
