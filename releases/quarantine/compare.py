"""Where a newer version of a PDF has boxes that an older one had not: what stood there was visible before. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from releases.diff.sequence import matches
from releases.facts.model import Box, PdfPage
from releases.facts.turned import Area, size, turned
from releases.text.passages import Spans, passages

ENOUGH = 4
"""Different words that tell which page a page was."""
SAME = 0.7
"""Share of a page's words that have to stand in the older page too."""
ALIKE = 12
"""Bits of 64 in which the pictures of one page may differ."""
MOST_INSERTED = 5
"""Pages by which two versions may differ for a scan without words to be sought among those it may have been."""
RARE = 30
"""Pages that have a word, for it to tell one page from others; and pages that one is compared with."""
MOST_WORDS = 20_000
"""Of a page that is compared word by word."""
_WORD = re.compile(r"\w{2,}")


def areas(
    old: Sequence[PdfPage], old_texts: Sequence[str], new: Sequence[PdfPage], new_texts: Sequence[str]
) -> dict[int, list[Area]]:
    """By 1-based page of the older version, the places on it where the newer one has a box that was not there.

    A page that was redacted says nothing that it did not say before: its words are sought in the older
    pages, whatever was added or removed between them. A page without words is known by its picture, else
    by its number, give or take the pages that were added or removed. `new_texts` without the words that lie under boxes.
    """
    found: dict[int, list[Area]] = {}
    for was, _, boxes in _boxed(old, old_texts, new, new_texts):
        found.setdefault(was + 1, []).extend(boxes)
    return found


def dropped(
    old: Sequence[PdfPage], old_texts: Sequence[str], new: Sequence[PdfPage], new_texts: Sequence[str]
) -> dict[int, Spans]:
    """By 1-based page of the older version, spans of its words that the newer page has no more, where that page has
    boxes which were not there: a text that was set anew has its boxes elsewhere than the words stood.
    """
    found: dict[int, Spans] = {}
    for was, number, _ in _boxed(old, old_texts, new, new_texts):
        there, here = (list(_WORD.finditer(texts[at])) for texts, at in ((old_texts, was), (new_texts, number)))
        if len(here) < ENOUGH or len(there) > MOST_WORDS:
            continue
        gone = set(range(len(there)))
        for match in matches([word[0].casefold() for word in there], [word[0].casefold() for word in here]):
            gone.difference_update(range(match.old, match.old + match.length))
        taken = {place for index in gone for place in range(*there[index].span())}
        if spans := passages(old_texts[was], taken):
            found.setdefault(was + 1, []).extend(spans)
    return found


def _boxed(
    old: Sequence[PdfPage], old_texts: Sequence[str], new: Sequence[PdfPage], new_texts: Sequence[str]
) -> Iterator[tuple[int, int, list[Area]]]:
    """Indexes of an older page and of the newer page that it became, and where that one has boxes of its own."""
    said = _Said(old_texts)
    for number, page in enumerate(new):
        if not page.boxes:
            continue
        for was in _older(number, page, new_texts[number], old, said, more=len(new) - len(old)):
            before = old[was]
            boxes = [_placed(box, page, before) for box in page.boxes]
            fresh = [
                area for area in boxes if not any(_same(area, there) and not there.covers for there in before.boxes)
            ]
            if fresh:
                yield was, number, fresh


class _Said:
    """The words of each page, and which pages have a word: pages are compared with those like them, not with all."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.words = [Counter(_WORD.findall(text.casefold())) for text in texts]
        self._pages: dict[str, list[int]] = {}
        for place, words in enumerate(self.words):
            for word in words:
                self._pages.setdefault(word, []).append(place)

    def like(self, number: int, words: Counter[str]) -> list[int]:
        """Indexes of the pages that have most of the rarer `words`, and of those around `number`."""
        shared: Counter[int] = Counter()
        for word in words:
            places = self._pages.get(word, ())
            if len(places) <= RARE:
                shared.update(places)
        around = range(max(0, number - RARE), min(len(self.words), number + RARE))
        return sorted({place for place, _ in shared.most_common(RARE)}.union(around))


def _older(number: int, page: PdfPage, text: str, old: Sequence[PdfPage], said: _Said, *, more: int) -> list[int]:
    """Indexes of the older page that `page` was; none when none is like it, several where nothing tells which of
    them it was. `more`: pages that the newer version has beyond the older one.
    """
    words = Counter(_WORD.findall(text.casefold()))
    if len(words) >= ENOUGH:
        shares = [
            (sum((words & before).values()) / words.total(), -before.total(), -abs(number - place), place)
            for place, before in ((place, said.words[place]) for place in said.like(number, words))
        ]
        best = max(shares, default=None)
        return [best[-1]] if best is not None and best[0] >= SAME else []
    if page.picture:
        apart = [
            ((int(page.picture, 16) ^ int(before.picture, 16)).bit_count(), abs(number - place), place)
            for place, before in enumerate(old)
            if before.picture
        ]
        if apart and min(apart)[0] <= ALIKE:
            return [min(apart)[-1]]
    first, last = sorted((number, number - more))
    near = range(max(0, first), min(len(old), last + 1))
    return [place for place in near if _alike(page, old[place])] if abs(more) <= MOST_INSERTED else []


def _alike(page: PdfPage, before: PdfPage) -> bool:
    """Whether two pages have one shape, whatever their size: a scan of a page is often larger than it."""
    width, height = size(page.width, page.height, _between(page, before))
    return abs(width * before.height - height * before.width) <= 0.03 * height * before.width


def _placed(box: Box, page: PdfPage, before: PdfPage) -> Area:
    """Where a box of `page` lies on the page that it was, which may have been turned otherwise."""
    degrees = _between(page, before)
    x0, y0, x1, y1 = turned((box.x0, box.y0, box.x1, box.y1), page.width, page.height, degrees)
    width, height = size(page.width, page.height, degrees)
    across, up = _scale(before.width, width), _scale(before.height, height)
    return x0 * across, y0 * up, x1 * across, y1 * up


def _between(page: PdfPage, before: PdfPage) -> int:
    """Degrees by which places on `page` have to be turned to be places on `before`: both look as they are shown."""
    return 0 if page.turned is None or before.turned is None else (page.turned - before.turned) % 360


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
