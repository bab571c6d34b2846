"""Which items of two sequences belong together, in time and memory that grow with their length, not its square.

Unique items that both have are the anchors (patience diff); between anchors the smallest difference is
looked for (Myers) while `Effort` lasts; after that, equal items are paired by their count. `difflib` takes
time that grows with the square, or worse, on what a hostile portal may serve.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

_PER_ITEM = 60
_AT_LEAST = 500_000
_AT_MOST = 20_000_000
"""Steps, however long the sequences: some seconds."""
_MOST_EDITS = 400
"""Of one gap in which the smallest difference is looked for; bounds memory."""


class Match(NamedTuple):
    """`length` items from `old` on equal those from `new` on (0-based)."""

    old: int
    new: int
    length: int


class Effort:
    """Steps that may still be taken."""

    def __init__(self, items: int) -> None:
        self.most = min(_PER_ITEM * items + _AT_LEAST, _AT_MOST)
        self.spent = 0

    @property
    def over(self) -> bool:
        return self.spent >= self.most


def matches(old: Sequence[Any], new: Sequence[Any], effort: Effort | None = None) -> list[Match]:
    """Equal runs, ascending on both sides and as long as they go; between two of them nothing is paired.

    The matches of (new, old) are those of (old, new) with the sides exchanged. Items must be hashable and,
    with others of their sequence, sortable.
    """
    effort = effort or Effort(len(old) + len(new))
    swapped = _later(old, new)  # the answer does not depend on which side is called old
    numbers: dict[Any, int] = {}
    left, right = (new, old) if swapped else (old, new)
    a, b = ([numbers.setdefault(item, len(numbers)) for item in side] for side in (left, right))
    pairs = _pairs(a, b, effort)
    found: list[Match] = []
    for i, j in sorted(pairs):
        if found and found[-1].old + found[-1].length == i and found[-1].new + found[-1].length == j:
            found[-1] = found[-1]._replace(length=found[-1].length + 1)
        else:
            found.append(Match(i, j, 1))
    return [Match(j, i, length) for i, j, length in found] if swapped else found


def _later(old: Sequence[Any], new: Sequence[Any]) -> bool:
    for left, right in zip(old, new, strict=False):
        if left != right:
            return bool(right < left)
    return len(new) < len(old)


def _pairs(a: list[int], b: list[int], effort: Effort) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    todo = [(0, len(a), 0, len(b))]
    while todo:
        a0, a1, b0, b1 = todo.pop()
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            pairs.append((a0, b0))
            a0, b0 = a0 + 1, b0 + 1
        while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
            pairs.append((a1, b1))
        if a0 == a1 or b0 == b1:
            continue
        effort.spent += a1 - a0 + b1 - b0
        if effort.over:
            pairs += _counted(a, a0, a1, b, b0, b1)
            continue
        anchors = _unique(a, a0, a1, b, b0, b1)
        if anchors:
            pairs += anchors
            for (i, j), (k, m) in zip([(a0 - 1, b0 - 1), *anchors], [*anchors, (a1, b1)], strict=True):
                if k - i > 1 and m - j > 1:
                    todo.append((i + 1, k, j + 1, m))
            continue
        smallest = _myers(a, a0, a1, b, b0, b1, effort)
        pairs += _counted(a, a0, a1, b, b0, b1) if smallest is None else smallest
    return pairs


def _unique(a: list[int], a0: int, a1: int, b: list[int], b0: int, b1: int) -> list[tuple[int, int]]:
    """Items that each side has exactly once, as many as stand in the same order."""
    counts, other = Counter(a[a0:a1]), Counter(b[b0:b1])
    place = {item: j for j, item in enumerate(b[b0:b1], b0) if other[item] == 1}
    both = [(i, place[item]) for i, item in enumerate(a[a0:a1], a0) if counts[item] == 1 and item in place]
    return ascending(both)


def _counted(a: list[int], a0: int, a1: int, b: list[int], b0: int, b1: int) -> list[tuple[int, int]]:
    """The first of an item here with the first there, and so on, as many as stand in the same order."""
    places: dict[int, list[int]] = defaultdict(list)
    for j in range(b1 - 1, b0 - 1, -1):
        places[b[j]].append(j)
    both = [(i, places[a[i]].pop()) for i in range(a0, a1) if places.get(a[i])]
    return ascending(both)


def ascending(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of `pairs` (ascending in their first) that ascends in the second too."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        at = bisect_left(tails, j)
        before.append(ends[at - 1] if at else -1)
        if at == len(tails):
            tails.append(j)
            ends.append(number)
        else:
            tails[at], ends[at] = j, number
    chosen: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chosen.append(pairs[number])
        number = before[number]
    return chosen[::-1]


def _myers(
    a: list[int], a0: int, a1: int, b: list[int], b0: int, b1: int, effort: Effort
) -> list[tuple[int, int]] | None:
    """A smallest difference; None when it takes too many steps. See Myers, An O(ND) Difference Algorithm."""
    n, m = a1 - a0, b1 - b0
    reach = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(min(n + m, _MOST_EDITS) + 1):
        trail.append(dict(reach))
        effort.spent += 2 * edits + 1
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach.get(k - 1, -1) < reach.get(k + 1, -1))
            x = reach[k + 1] if down else reach[k - 1] + 1
            y = x - k
            start = x
            while x < n and y < m and a[a0 + x] == b[b0 + y]:
                x, y = x + 1, y + 1
            effort.spent += x - start
            reach[k] = x
            if x >= n and y >= m:
                return _walked(trail, a0, b0, n, m)
        if effort.over:
            return None
    return None


def _walked(trail: list[dict[int, int]], a0: int, b0: int, n: int, m: int) -> list[tuple[int, int]]:
    """The pairs on the way to (n, m); `trail` holds how far each diagonal reached before each edit."""
    pairs: list[tuple[int, int]] = []
    x, y = n, m
    for edits in range(len(trail) - 1, -1, -1):
        reach, k = trail[edits], x - y
        down = k == -edits or (k != edits and reach.get(k - 1, -1) < reach.get(k + 1, -1))
        before = k + 1 if down else k - 1
        px = reach[before]
        py = px - before
        while x > px and y > py:
            x, y = x - 1, y - 1
            pairs.append((a0 + x, b0 + y))
        x, y = px, py
    return pairs
