"""Two PDFs: pages found again by what stands on them, then compared one with one.

An inserted page is an inserted page, and does not make all that follow differ.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import msgspec

from releases.diff.alignment import aligned
from releases.diff.fields import fields_diff
from releases.diff.model import BoxChange, NoiseKind, PdfDiff, PdfPageChange, TextDiff
from releases.diff.noise import is_bare_number, without_noise
from releases.diff.sequence import Effort, ascending, matches
from releases.diff.text import lines_diff
from releases.facts.model import Box, PdfFacts, PdfPage

LOOKS_OTHERWISE = 6
"""Of 64 bits of two pages' pictures, from which on they look unlike."""
_SAME_PAGE = 0.35
"""Words in common, of all, from which on a page is another's new form."""
_SAME_SCAN = 18
_PAIRS = 40_000
"""Pairs of pages in one gap that are compared each with each."""
_SKETCH = 24
"""Words of a page by which its kin is looked for among very many."""
_MOST_KIN = 8
_FEW = 10
"""Characters; a page with fewer is a picture."""
_MARGIN = 2
"""Lines at a page's top and bottom where its number may stand."""
_WORD = re.compile(r"\w+")


def pdf_diff(old: Sequence[str], new: Sequence[str], old_facts: PdfFacts, new_facts: PdfFacts) -> PdfDiff:
    """Two documents: their pages' texts (quarantined passages masked), and their facts. Pages beyond the texts
    or the facts are compared by what there is of them.
    """
    left, right = _pages(old, old_facts), _pages(new, new_facts)
    pairs, moved = _paired(left, right)
    changes: list[PdfPageChange] = []
    noise: list[PdfPageChange] = []
    there = dict(sorted(pairs + moved))
    effort = Effort(sum(map(len, (*old, *new))) // 3)
    away = set(moved)
    for i, j in sorted(pairs + moved, key=lambda pair: pair[1]):
        change = _change(i, left[i], j, right[j], effort, was_moved=(i, j) in away)
        if change is not None:
            (changes if change.op != "changed" or _tells(change) else noise).append(change)
    taken = set(there.values())
    changes += [
        PdfPageChange("removed", i + 1, None, lines_diff(left[i].lines, [])) for i in range(len(left)) if i not in there
    ]
    changes += [
        PdfPageChange("added", None, j + 1, lines_diff([], page.lines), _boxes((), page.boxes))
        for j, page in enumerate(right)
        if j not in taken
    ]
    places = sorted(there.items())
    changes.sort(
        key=lambda change: (change.new or _after(places, change.old or 0), change.op != "removed", change.old or 0)
    )
    metadata = fields_diff(old_facts.metadata, new_facts.metadata)
    return PdfDiff(old_facts.count, new_facts.count, tuple(changes), tuple(noise), metadata)


def page_signs(page: _Page) -> tuple[object, ...]:
    """What two equal pages have in common, page numbers and dates of printing left aside."""
    return page.steady, len(page.boxes), page.picture if not page.steady.strip() else ""


class _Page(msgspec.Struct, frozen=True):
    """A page on its way."""

    lines: list[str]
    steady: str
    words: Counter[str]
    boxes: tuple[Box, ...] = ()
    picture: str = ""
    size: tuple[float, float] = (0, 0)


def _pages(texts: Sequence[str], facts: PdfFacts) -> list[_Page]:
    return [
        _page(texts[number] if number < len(texts) else "", facts.pages[number] if number < len(facts.pages) else None)
        for number in range(max(len(texts), len(facts.pages)))
    ]


def _page(text: str, facts: PdfPage | None) -> _Page:
    lines = text.split("\n") if text.strip() else []
    steady = "\n".join(canonical(line) for line, canonical in zip(lines, _canonicals(lines), strict=True))
    words = Counter(_WORD.findall(steady.casefold()))
    if facts is None:
        return _Page(lines, steady, words)
    return _Page(lines, steady, words, facts.boxes, facts.picture, (round(facts.width), round(facts.height)))


def _canonicals(lines: Sequence[str]) -> list[Callable[[str], str]]:
    last = len(lines) - _MARGIN
    return [_edge if number < _MARGIN or number >= last else _inner for number in range(len(lines))]


def _inner(line: str) -> str:
    return without_noise(line)[0]


def _edge(line: str) -> str:
    return "\0page number\0" if is_bare_number(line) else without_noise(line)[0]


_Pairs = list[tuple[int, int]]


def _paired(left: Sequence[_Page], right: Sequence[_Page]) -> tuple[_Pairs, _Pairs]:
    """(pages in the same order, pages that moved), as (old, new) from 0; the same whichever side is called old."""
    signs = [[hashlib.sha256(repr(page_signs(page)).encode()).digest() for page in side] for side in (left, right)]
    if signs[1] < signs[0]:
        pairs, moved = _pairs(right, left, signs[::-1])
        return [(i, j) for j, i in pairs], [(i, j) for j, i in moved]
    return _pairs(left, right, signs)


def _pairs(left: Sequence[_Page], right: Sequence[_Page], signs: list[list[bytes]]) -> tuple[_Pairs, _Pairs]:
    pairs: list[tuple[int, int]] = []
    i = j = 0
    for i1, j1, length in (*matches(signs[0], signs[1]), (len(left), len(right), 0)):
        pairs += _gap(left, i, i1, right, j, j1)
        pairs += zip(range(i1, i1 + length), range(j1, j1 + length), strict=True)
        i, j = i1 + length, j1 + length
    taken = {i for i, _ in pairs}, {j for _, j in pairs}
    free: dict[bytes, list[int]] = defaultdict(list)
    for j in range(len(right) - 1, -1, -1):
        if j not in taken[1]:
            free[signs[1][j]].append(j)
    moved: list[tuple[int, int]] = []
    for i in range(len(left)):
        if i not in taken[0] and free.get(signs[0][i]):
            moved.append((i, free[signs[0][i]].pop()))
    gone = [i for i in range(len(left)) if i not in taken[0] | {i for i, _ in moved}]
    come = [j for j in range(len(right)) if j not in taken[1] | {j for _, j in moved}]
    if gone and come and len(gone) * len(come) <= _PAIRS:
        best = sorted(
            ((likeness(left[i], right[j]), i, j) for i in gone for j in come),
            key=lambda found: (-found[0], abs(found[1] - found[2]), found[1] + found[2]),
        )
        used: tuple[set[int], set[int]] = (set(), set())
        for score, i, j in best:
            if score >= 2 * _SAME_PAGE and i not in used[0] and j not in used[1]:
                moved.append((i, j))
                used[0].add(i)
                used[1].add(j)
    return pairs, moved


def _gap(left: Sequence[_Page], i0: int, i1: int, right: Sequence[_Page], j0: int, j1: int) -> list[tuple[int, int]]:
    """Pages between two equal ones that are each other's new form, in order."""
    n, m = i1 - i0, j1 - j0
    if not n or not m:
        return []
    if n * m > _PAIRS:
        return _kin(left, i0, i1, right, j0, j1)
    scores = [[likeness(left[i], right[j]) for j in range(j0, j1)] for i in range(i0, i1)]
    return [(i0 + i, j0 + j) for i, j in aligned(scores, _SAME_PAGE)]


def _kin(left: Sequence[_Page], i0: int, i1: int, right: Sequence[_Page], j0: int, j1: int) -> list[tuple[int, int]]:
    """As `_gap`, for very many pages: each is compared with those that share its rarest words."""
    often: Counter[str] = Counter(word for page in right[j0:j1] for word in page.words)
    places: dict[str, list[int]] = defaultdict(list)
    for j in range(j0, j1):
        for word in sorted(right[j].words, key=lambda word: (often[word], word))[:_SKETCH]:
            if len(places[word]) < _MOST_KIN:
                places[word].append(j)
    found: list[tuple[int, int]] = []
    for i in range(i0, i1):
        rare = sorted((word for word in left[i].words if word in places), key=lambda word: (often[word], word))
        kin = Counter(j for word in rare[:_SKETCH] for j in places[word])
        scored = [(likeness(left[i], right[j]), -abs(i - j), -j) for j, _ in kin.most_common(_MOST_KIN)]
        if scored and max(scored)[0] >= _SAME_PAGE:
            found.append((i, -max(scored)[2]))
    counts = Counter(j for _, j in found)
    return ascending([(i, j) for i, j in found if counts[j] == 1])


def likeness(old: _Page, new: _Page) -> float:
    """0 (nothing in common) to 1, by words; by looks where there are none."""
    a, b = old.words.total(), new.words.total()
    if len(old.steady) < _FEW and len(new.steady) < _FEW:
        apart = picture_distance(old.picture, new.picture)
        if apart is None:
            return 1.0 if old.steady == new.steady and old.size == new.size else 0.5
        return 1 - apart / 64 if apart <= _SAME_SCAN else 0.0
    if min(a, b) * 5 < max(a, b):
        return 0.0
    return (old.words & new.words).total() / max(1, (old.words | new.words).total())


def picture_distance(old: str, new: str) -> int | None:
    """Bits by which two perceptual hashes differ; None where either is missing."""
    try:
        return (int(old, 16) ^ int(new, 16)).bit_count() if old and new else None
    except ValueError:
        return None


def _change(i: int, old: _Page, j: int, new: _Page, effort: Effort, *, was_moved: bool) -> PdfPageChange | None:
    text = _text(old.lines, new.lines, effort)
    boxes = _boxes(old.boxes, new.boxes)
    apart = picture_distance(old.picture, new.picture)
    size = old.size != new.size and any(old.size) and any(new.size)
    change = PdfPageChange("changed", i + 1, j + 1, text, boxes, apart, size)
    if was_moved:
        return msgspec.structs.replace(change, op="moved and changed" if _tells(change) else "moved")
    return change if _tells(change) or text.noise else None


def _tells(change: PdfPageChange) -> bool:
    """Whether a reader would call it a change."""
    looks = change.picture is not None and change.picture > LOOKS_OTHERWISE
    return bool((change.text and change.text.hunks) or change.boxes or change.size or looks)


def _text(old: Sequence[str], new: Sequence[str], effort: Effort) -> TextDiff:
    edges = set(old[:_MARGIN]) | set(old[-_MARGIN:]) | set(new[:_MARGIN]) | set(new[-_MARGIN:])

    def canonical(line: str) -> tuple[str, NoiseKind | None]:
        return ("\0page number\0", "page number") if line in edges and is_bare_number(line) else without_noise(line)

    return lines_diff(old, new, canonical, effort)


def _boxes(old: Sequence[Box], new: Sequence[Box]) -> tuple[BoxChange, ...]:
    """Boxes that came or went: one that covers most of another is that one."""
    here = [box for box in new if not any(_same_box(box, other) for other in old)]
    gone = [box for box in old if not any(_same_box(box, other) for other in new)]
    return tuple(
        [BoxChange("removed", box.x0, box.y0, box.x1, box.y1, box.kind) for box in gone]
        + [BoxChange("added", box.x0, box.y0, box.x1, box.y1, box.kind) for box in here]
    )


def _same_box(a: Box, b: Box) -> bool:
    across = min(a.x1, b.x1) - max(a.x0, b.x0)
    down = min(a.y1, b.y1) - max(a.y0, b.y0)
    if across <= 0 or down <= 0:
        return False
    areas = [(box.x1 - box.x0) * (box.y1 - box.y0) for box in (a, b)]
    return across * down >= 0.6 * max(areas)


def _after(places: Sequence[tuple[int, int]], old: int) -> float:
    """Where a removed page would stand in the new document."""
    before = [j for i, j in places if i < old - 1]
    return before[-1] + 1.5 if before else 0.5
