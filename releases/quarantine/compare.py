"""Where a newer version of a PDF has boxes that an older one had not: what stood there was visible before. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from releases.facts.model import Box, PdfPage

Area = tuple[float, float, float, float]
"""x0, y0, x1, y1 in points of the older page, origin at its lower left corner."""

ENOUGH = 4
"""Different words that tell which page a page was."""
SAME = 0.7
"""Share of a page's words that have to stand in the older page too."""
ALIKE = 12
"""Bits of 64 in which the pictures of one page may differ."""
_WORD = re.compile(r"\w{2,}")


def areas(
    old: Sequence[PdfPage], old_texts: Sequence[str], new: Sequence[PdfPage], new_texts: Sequence[str]
) -> dict[int, list[Area]]:
    """By 1-based page of the older version, the places where the newer one has a box that was not there.

    A page that was redacted says nothing that it did not say before: its words are sought in the older
    pages, whatever was added or removed between them. A page without words is known by its picture, else
    by its number. `new_texts` without the words that lie under boxes.
    """
    said = [Counter(_WORD.findall(text.casefold())) for text in old_texts]
    found: dict[int, list[Area]] = {}
    for number, page in enumerate(new):
        if not page.boxes:
            continue
        was = _older(number, page, new_texts[number], old, said, same_count=len(old) == len(new))
        if was is None:
            continue
        before = old[was]
        across, up = _scale(before.width, page.width), _scale(before.height, page.height)
        for box in page.boxes:
            area = (box.x0 * across, box.y0 * up, box.x1 * across, box.y1 * up)
            if not any(_same(area, there) and not there.covers for there in before.boxes):
                found.setdefault(was + 1, []).append(area)
    return found


def _older(
    number: int, page: PdfPage, text: str, old: Sequence[PdfPage], said: Sequence[Counter[str]], *, same_count: bool
) -> int | None:
    """Index of the older page that `page` was; None when none is like it."""
    words = Counter(_WORD.findall(text.casefold()))
    if len(words) >= ENOUGH:
        shares = [
            (sum((words & before).values()) / words.total(), -before.total(), -abs(number - place), place)
            for place, before in enumerate(said)
        ]
        best = max(shares, default=None)
        return best[-1] if best is not None and best[0] >= SAME else None
    if page.picture:
        apart = [
            ((int(page.picture, 16) ^ int(before.picture, 16)).bit_count(), abs(number - place), place)
            for place, before in enumerate(old)
            if before.picture
        ]
        if apart and min(apart)[0] <= ALIKE:
            return min(apart)[-1]
    return number if same_count and _alike(page, old[number]) else None


def _alike(page: PdfPage, before: PdfPage) -> bool:
    """Whether two pages have one shape, whatever their size: a scan of a page is often larger than it."""
    return abs(page.width * before.height - page.height * before.width) <= 0.03 * page.height * before.width


def _scale(before: float, now: float) -> float:
    return before / now if before > 0 and now > 0 else 1.0


def _same(area: Area, there: Box) -> bool:
    """Whether a box was there already: nearly all of both in common."""
    wide = min(area[2], there.x1) - max(area[0], there.x0)
    high = min(area[3], there.y1) - max(area[1], there.y0)
    if wide <= 0 or high <= 0:
        return False
    both = (area[2] - area[0]) * (area[3] - area[1]) + (there.x1 - there.x0) * (there.y1 - there.y0) - wide * high
    return wide * high >= 0.8 * both
