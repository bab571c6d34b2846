"""Characters of a PDF page that are there and not to be seen. Part of the sandboxed reader: pypdfium2 only.

Hidden is what lies under a redaction mark that was never applied; what lies under something opaque
drawn later, where the page as drawn shows one even colour in most of it; and what has the colour of
the area around it. White words on a dark table head, words on a tint, under a transparent highlight
or as the searchable layer of a scan are not.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

from releases.text.passages import Spans, clean, passages, places
from releases.text.pdf_drawn import ALIKE, ALIKE_DARK, DARK, Drawn
from releases.text.pdf_shapes import Page, Shape
from releases.text.pdf_suspect import BAND

MOST_SHAPES = 5_000
"""Shapes of a page that characters are compared with."""
MOST_CHECKS = 40_000
"""Letters and digits of a page that are looked at; of those beyond, none is shown on a page that has any shape."""
MOST_PAIRS = 1_500_000
"""Characters times shapes near them. A page with more is judged by how it looks alone."""
COVERED = 0.6
"""Share of a character's area that has to lie under a shape."""
_WHITE = 235
_LIGHT = 128
_BODY = (0.19, 0.65)
"""Where of a character's height its small letters stand: a box as low as they are leaves only their tops."""


@dataclass(slots=True)
class Character:
    """A letter or digit of the page: its index in pdfium's list, its area, when it is drawn."""

    index: int
    x0: float
    y0: float
    x1: float
    y1: float
    order: int


def characters(textpage: Any, page: Page) -> list[Character]:
    """The letters and digits of a page, at most MOST_CHECKS."""
    found: list[Character] = []
    box = pdfium.FS_RECTF()
    code, loose, owner = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_GetTextObject
    for index in range(pdfium.FPDFText_CountChars(textpage)):
        letter = code(textpage, index)
        if not (0 < letter < 0x110000 and chr(letter).isalnum()) or not loose(textpage, index, box):
            continue
        thing = owner(textpage, index)
        order = page.texts.get(ctypes.addressof(thing.contents), 0) if thing else 0
        low, high = (box.bottom, box.top) if box.bottom <= box.top else (box.top, box.bottom)
        found.append(Character(index, box.left, low, box.right, high, order))
        if len(found) >= MOST_CHECKS:
            break
    return found


@dataclass(slots=True)
class Judged:
    """What is hidden of a page's characters, and by shape (its number on the page) what lies below and above it."""

    hidden: set[int] = field(default_factory=set)
    """Indexes of characters."""
    under: dict[int, list[Character]] = field(default_factory=lambda: defaultdict(list))
    over: dict[int, list[Character]] = field(default_factory=lambda: defaultdict(list))


def judge(here: Sequence[Character], page: Page, drawn: Drawn | None) -> Judged:
    """Which characters are hidden. Without a drawing, whatever opaque lies above them hides them."""
    judged = Judged()
    found = judged.hidden
    tinted: set[int] = set()
    near, pairs = _bands(page.shapes), 0
    for character in here:
        close = near(character)
        pairs += len(close)
        if pairs > MOST_PAIRS:
            return Judged({c.index for c in here if drawn is None or _unseen(drawn, c)})
        for number in close:
            shape = page.shapes[number]
            if not under(character, shape):
                continue
            (judged.under if shape.order > character.order else judged.over)[number].append(character)
            if shape.kind == "redact":
                found.add(character.index)
            elif shape.kind == "path" and 0 <= shape.light < _WHITE and shape.order < character.order:
                tinted.add(character.index)
    for number, covered in judged.under.items():
        below = _below(page.shapes[number], covered, judged.over.get(number, ()), drawn)
        found.update(character.index for character in below)
    if drawn is not None:
        lights = page.lights()
        alike = [
            c for c in here
            if c.index not in found and _same_colour(drawn, c, tinted=c.index in tinted, light=lights.get(c.order, -1))
        ]  # fmt: skip
        found |= _runs(alike)
    return judged


def _below(
    shape: Shape, covered: Sequence[Character], label: Sequence[Character], drawn: Drawn | None
) -> Sequence[Character]:
    """Those of the characters below a shape that can not be seen through it; none, where most can. Where words
    stand on it (a label such as "(b)(6)"), nothing can be told, and what is below is not seen either.
    """
    if drawn is None:
        return () if shape.kind == "image" or shape.sheer else covered
    told, bare = [], covered
    if len(label) * len(covered) < MOST_CHECKS:
        told = [c for c in covered if any(_touch(c, other) for other in label)]
        touched = {c.index for c in told}
        bare = [c for c in covered if c.index not in touched]
    even = [c for c in bare if _even(drawn, c, shape)]
    if not bare:
        return covered if shape.kind == "path" and not shape.sheer else ()
    return (*even, *told) if 2 * len(even) > len(bare) else ()


def _touch(one: Character, other: Character) -> bool:
    return min(one.x1, other.x1) - max(one.x0, other.x0) > -1.5 and min(one.y1, other.y1) - max(one.y0, other.y0) > -1.5


def _even(drawn: Drawn, character: Character, shape: Shape) -> bool:
    """Whether the drawing shows one colour where a character and a shape lie."""
    seen = drawn.range(
        max(character.x0, shape.x0 + 0.6), max(character.y0, shape.y0 + 0.6),
        min(character.x1, shape.x1 - 0.6) - 0.6, min(character.y1, shape.y1 - 0.6) - 0.6,
    )  # fmt: skip
    return seen is not None and seen[1] - seen[0] <= (ALIKE_DARK if seen[1] < DARK else ALIKE)


def _same_colour(drawn: Drawn, character: Character, *, tinted: bool, light: int) -> bool:
    """Whether nothing is to be seen of a character: all of its middle is dark, or as the tint it stands on.

    The middle, over its whole width: no letter fills that. Small `light` letters (their luminance) on a dark
    ground are drawn in greys: they are seen where anything is.
    """
    fifth = (character.y1 - character.y0) / 5
    seen = drawn.range(character.x0, character.y0 + fifth, character.x1, character.y1 - fifth)
    if seen is None:
        return False
    apart = ALIKE if light >= _LIGHT or seen[1] >= DARK else ALIKE_DARK
    return seen[1] - seen[0] <= apart and seen[1] < (_WHITE if tinted else DARK)


def _unseen(drawn: Drawn, character: Character) -> bool:
    """Whether the drawing shows one colour, whatever it is, where a character should be."""
    seen = drawn.range(character.x0, character.y0, character.x1, character.y1)
    return seen is None or seen[1] - seen[0] <= ALIKE


def _runs(alike: Sequence[Character]) -> set[int]:
    """Those of which at least two stand side by side: one alone is a blot on a scan."""
    indexes = {character.index for character in alike}
    return {index for index in indexes if index - 1 in indexes or index + 1 in indexes}


def under(character: Character, shape: Shape) -> bool:
    """Whether a character lies under a shape: most of its area, or all of the height of its small letters."""
    low, high = (character.y0 + part * (character.y1 - character.y0) for part in _BODY)
    return share(character, shape) >= COVERED or (
        shape.y0 <= low + 0.5
        and shape.y1 >= high
        and min(character.x1, shape.x1) - max(character.x0, shape.x0) >= COVERED * (character.x1 - character.x0) > 0
    )


def share(character: Character, shape: Shape) -> float:
    """How much of a character lies under a shape, 0 to 1."""
    wide = min(character.x1, shape.x1) - max(character.x0, shape.x0)
    high = min(character.y1, shape.y1) - max(character.y0, shape.y0)
    whole = (character.x1 - character.x0) * (character.y1 - character.y0)
    return wide * high / whole if wide > 0 and high > 0 and whole > 0 else 0.0


def _bands(shapes: Sequence[Shape]) -> Callable[[Character], Sequence[int]]:
    """Finds the shapes that may lie where a character is."""
    bands: dict[int, list[int]] = defaultdict(list)
    everywhere: list[int] = []
    for number, shape in enumerate(shapes[:MOST_SHAPES]):
        first, last = int(shape.y0 // BAND), int(shape.y1 // BAND)
        if last - first > 200:
            everywhere.append(number)
        else:
            for band in range(first, last + 1):
                bands[band].append(number)

    def near(character: Character) -> Sequence[int]:
        found = bands.get(int((character.y0 + character.y1) / 2 // BAND), [])
        return found + everywhere if everywhere else found

    return near


def spans(textpage: Any, raw: str, indexes: set[int]) -> Spans:
    """Where characters stand in `clean(raw)`: whole words, with what lies between two of them when it is no word.

    Where pdfium's text can not be matched with its characters, everything is.
    """
    if not indexes:
        return []
    where = places(raw)
    taken: set[int] = set()
    for index in indexes:
        place = pdfium.FPDFText_GetTextIndexFromCharIndex(textpage, index)
        if not 0 <= place < len(raw) or raw[place] != chr(pdfium.FPDFText_GetUnicode(textpage, index)):
            return [(0, len(clean(raw)))]
        if where[place] >= 0:
            taken.add(where[place])
    return passages(clean(raw), taken)
