"""The piece of a text that shows why it was found, with the places to mark."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from releases.search.marking import Phrase, marked

WIDTH = 240
"""Characters."""
SEARCHED = 400_000
"""Characters of a text that are looked through."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of text on one line; `marks` are (start, end) of found words in it, ascending."""

    text: str
    marks: tuple[tuple[int, int], ...]

    def marked(self, before: str = "[", after: str = "]") -> str:
        """The text with every mark between `before` and `after`."""
        out, at = [], 0
        for start, end in self.marks:
            out += [self.text[at:start], before, self.text[start:end], after]
            at = end
        return "".join([*out, self.text[at:]])


def snippet(text: str, words: Sequence[Phrase], width: int = WIDTH) -> Snippet:
    """The `width` characters of `text` in which most different `words` stand; its beginning if none does."""
    found = [(mark.start, mark.end, mark.phrase) for mark in marked(text[:SEARCHED], words)]
    start, end = _best(found, width) if found else (0, width)
    start = max(0, min(start, len(text) - width))
    end = min(len(text), start + width)
    # Whole words at the edges, where one ends nearby.
    if start and (space := text.find(" ", start, start + 20)) >= 0 and not any(s <= space < e for s, e, _ in found):
        start = space + 1
    return _line(text, start, end, [(s, e) for s, e, _ in found if s >= start and e <= end])


def _best(found: list[tuple[int, int, int]], width: int) -> tuple[int, int]:
    starts = [start for start, _, _ in found]
    best, score = 0, 0
    for place, (start, _, _) in enumerate(found):
        last = bisect_right(starts, start + width * 3 // 4, lo=place)
        window = len({word for _, _, word in found[place : min(last, place + 50)]})
        if window > score:
            best, score = place, window
    start = found[best][0] - width // 4
    return start, start + width


def _line(text: str, start: int, end: int, marks: list[tuple[int, int]]) -> Snippet:
    """White space collapsed, marks moved along, an ellipsis where text was left out."""
    piece = text[start:end]
    if piece.isprintable() and "  " not in piece and not piece.startswith(" "):  # nothing is to be collapsed
        before, behind = "…" if start > 0 else "", "…" if end < len(text) else ""
        moved_by = len(before) - start
        return Snippet(
            f"{before}{piece.rstrip()}{behind}", tuple((begin + moved_by, stop + moved_by) for begin, stop in marks)
        )
    out: list[str] = ["…"] if start > 0 else []
    length = len(out)
    places: list[int] = []
    offsets: list[int] = []
    space = True
    for at in range(start, end):
        character = text[at]
        if character.isspace() or not character.isprintable():
            character = "" if space else " "
            space = True
        else:
            space = False
        places.append(at)
        offsets.append(length)
        out.append(character)
        length += len(character)
    moved = []
    for begin, stop in marks:
        left = offsets[bisect_left(places, begin)]
        moved.append((left, offsets[bisect_left(places, stop - 1)] + 1))
    line = "".join(out).rstrip()
    return Snippet(line + ("…" if end < len(text) else ""), tuple(moved))
