"""Two tables, row by row: rows are told apart by the column that names them, else by likeness."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from releases.diff.model import CellChange, RowChange, TableDiff
from releases.diff.sequence import ascending, matches
from releases.diff.text import turned_pieces, words_diff

Row = tuple[str, ...]
_COMPARED = 20_000
_LEAST_ALIKE = 0.4
_WORDS = 4
_NAMING = 0.9
"""Of a column's values that only one row has, for it to name rows."""


def table_diff(
    name: str, old_headings: Row, old: Sequence[Row], new_headings: Row, new: Sequence[Row]
) -> TableDiff:  # fmt: skip
    """Rows added, removed, changed (cell by cell) and moved. Columns are paired by heading, else by number."""
    columns = _columns(old_headings, new_headings, old, new)
    left = [tuple(row[i] if i is not None and i < len(row) else "" for i, _ in columns) for row in old]
    right = [tuple(row[j] if j is not None and j < len(row) else "" for _, j in columns) for row in new]
    pairs: dict[int, int] = {}
    for i, j, length in matches(left, right):
        pairs.update(zip(range(i, i + length), range(j, j + length), strict=True))
    same = len(pairs)
    rest, come = list(range(len(left))), list(range(len(right)))
    rest, come = _left_over(rest, come, pairs)
    equal = _by_key(left, right, rest, come, range(len(columns)), whole=True)
    rest, come = _left_over(rest, come, equal)
    changed = _named(left, right, rest, come)
    rest, come = _left_over(rest, come, changed)
    alike = _alike(left, right, rest, come)
    rest, come = _left_over(rest, come, alike)
    changed |= alike
    names = tuple(_heading(old_headings, new_headings, i, j) for i, j in columns)
    rows = [RowChange("moved", i, j, tuple(old[i]), tuple(new[j])) for i, j in equal.items()]
    rows += [
        RowChange("changed", i, j, tuple(old[i]), tuple(new[j]), _cells(names, left[i], right[j]))
        for i, j in changed.items()
    ]
    rows += [RowChange("removed", i, None, tuple(old[i])) for i in rest]
    rows += [RowChange("added", None, j, (), tuple(new[j])) for j in come]
    there = sorted((pairs | equal | changed).items())
    rows.sort(key=lambda row: _place(row, there))
    return TableDiff(name, tuple(old_headings), tuple(new_headings), tuple(rows), same)


def _left_over(rest: Sequence[int], come: Sequence[int], pairs: dict[int, int]) -> tuple[list[int], list[int]]:
    taken = set(pairs.values())
    return [i for i in rest if i not in pairs], [j for j in come if j not in taken]


def _place(row: RowChange, there: Sequence[tuple[int, int]]) -> tuple[float, int]:
    """Where a row stands in the new table; one that is gone, behind the row that stood before it."""
    if row.new_at is not None:
        return row.new_at, 1
    before = bisect_left(there, (row.old_at or 0, -1))
    return (there[before - 1][1] + 0.5 if before else -0.5), row.old_at or 0


def mirrored_rows(rows: Sequence[RowChange]) -> tuple[RowChange, ...]:
    """The changes of the tables exchanged, but for their order."""
    op = {"added": "removed", "removed": "added"}
    return tuple(
        msgspec.structs.replace(
            row, op=op.get(row.op, row.op), old_at=row.new_at, new_at=row.old_at, old=row.new, new=row.old,
            cells=tuple(
                CellChange(cell.column, cell.new, cell.old, tuple(turned_pieces(cell.pieces))) for cell in row.cells
            ),
        )
        for row in rows
    )  # fmt: skip


def _columns(
    old_headings: Row, new_headings: Row, old: Sequence[Row], new: Sequence[Row]
) -> list[tuple[int | None, int | None]]:
    width = max((len(row) for row in (old_headings, *old)), default=0)
    new_width = max((len(row) for row in (new_headings, *new)), default=0)
    if old_headings == new_headings or not old_headings or not new_headings:
        return [(i if i < width else None, i if i < new_width else None) for i in range(max(width, new_width))]
    places: dict[str, list[int]] = defaultdict(list)
    for j in range(len(new_headings) - 1, -1, -1):
        places[new_headings[j].casefold()].append(j)
    pairs: list[tuple[int | None, int | None]] = []
    taken: set[int] = set()
    for i in range(width):
        heading = old_headings[i].casefold() if i < len(old_headings) else ""
        other = places[heading].pop() if places.get(heading) else None
        taken |= {other} if other is not None else set()
        pairs.append((i, other))
    return [*pairs, *((None, number) for number in range(new_width) if number not in taken)]


def _heading(old: Row, new: Row, i: int | None, j: int | None) -> str:
    said = (new[j] if j is not None and j < len(new) else "") or (old[i] if i is not None and i < len(old) else "")
    return said or str((j if j is not None else i or 0) + 1)


def _by_key(
    left: Sequence[Row], right: Sequence[Row], rest: Sequence[int], come: Sequence[int], columns: Sequence[int],
    *, whole: bool = False,
) -> dict[int, int]:  # fmt: skip
    """Rows with the same values in `columns`: only where one row on each side has them, unless `whole`."""
    here, there = (
        [tuple(side[n][c] for c in columns) for n in places] for side, places in ((left, rest), (right, come))
    )
    counts, other = Counter(here), Counter(there)
    free: dict[Row, list[int]] = defaultdict(list)
    for key, j in zip(reversed(there), reversed(come), strict=True):
        free[key].append(j)
    return {
        i: free[key].pop()
        for key, i in zip(here, rest, strict=True)
        if any(key) and free.get(key) and (whole or counts[key] == other[key] == 1)
    }


def _named(left: Sequence[Row], right: Sequence[Row], rest: Sequence[int], come: Sequence[int]) -> dict[int, int]:
    """Rows paired by the first column whose values name rows on both sides."""
    for column in range(len(left[0]) if left else 0):
        if _names_rows(left, column) and _names_rows(right, column):
            pairs = _by_key(left, right, rest, come, [column])
            if pairs:
                return pairs
    return {}


def _names_rows(rows: Sequence[Row], column: int) -> bool:
    values = [row[column] for row in rows if row[column]]
    return len(values) >= _NAMING * len(rows) and len(set(values)) >= _NAMING * len(values)


def _alike(left: Sequence[Row], right: Sequence[Row], rest: Sequence[int], come: Sequence[int]) -> dict[int, int]:
    """The rest, by the cells they share and the words in them; only pairs in the same order."""
    if not rest or not come or len(rest) * len(come) > _COMPARED:
        return {}
    words = [[frozenset(enumerate(row)) | frozenset(" ".join(row).split()) for row in side] for side in (left, right)]
    best: list[tuple[int, int]] = []
    for i in rest:
        scored = [(len(words[0][i] & words[1][j]) / len(words[0][i] | words[1][j]), -abs(i - j), -j) for j in come]
        score, _, j = max(scored)
        if score >= _LEAST_ALIKE:
            best.append((i, -j))
    counts = Counter(j for _, j in best)
    return dict(ascending([(i, j) for i, j in best if counts[j] == 1]))


def _cells(names: Row, old: Row, new: Row) -> tuple[CellChange, ...]:
    return tuple(
        CellChange(name, a, b, words_diff(a, b) if max(len(a.split()), len(b.split())) >= _WORDS else ())
        for name, a, b in zip(names, old, new, strict=True)
        if a != b
    )
