"""Two contracts or policies clause by clause: which came, went, changed, moved, and which only have another number.

Clauses are found again by their words, their titles and their numbers, in this order: an article that was put in
makes those behind it renumbered, not changed. Parts are compared inside of wholes that belong together; what is
left over is looked for everywhere else. Every clause is compared with a bounded number of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from releases.diff.clauses_model import ClauseChange, ClauseOp, ClauseRef, ClausesDiff
from releases.diff.clauses_pairs import Pairing, key, paired_clauses
from releases.diff.clauses_read import Clause, Document, read_clauses
from releases.diff.model import Piece
from releases.diff.sequence import Effort
from releases.diff.text import turned_pieces, words_diff, words_in


def clauses_diff(old: Sequence[str], new: Sequence[str]) -> ClausesDiff:
    """Two texts, each given page by page."""
    left, right = read_clauses(old), read_clauses(new)
    if tuple(new) < tuple(old):  # the answer does not depend on which side is called old
        return mirrored_clauses(_diff(right, left))
    return _diff(left, right)


def mirrored_clauses(diff: ClausesDiff) -> ClausesDiff:
    """The diff of the texts exchanged."""
    turned: dict[ClauseOp, ClauseOp] = {"added": "removed", "removed": "added"}
    changes = [
        msgspec.structs.replace(
            one,
            op=turned.get(one.op, one.op),
            old_at=one.new_at,
            new_at=one.old_at,
            old=one.new,
            new=one.old,
            pieces=tuple(turned_pieces(one.pieces)),
        )
        for one in diff.changes
    ]
    sides: tuple[Literal["old", "new"], ...] = ("old", "new")
    turned_sides = tuple(side for side in sides if sides[side == "old"] in diff.unnumbered)
    return msgspec.structs.replace(
        diff,
        changes=tuple(sorted(changes, key=_order)),
        old_count=diff.new_count,
        new_count=diff.old_count,
        words_added=diff.words_removed,
        words_removed=diff.words_added,
        unnumbered=turned_sides,
    )


def _diff(left: Document, right: Document) -> ClausesDiff:
    old, new = list(left.walk()), list(right.walk())
    pairing = paired_clauses(left, right)
    effort = Effort(sum(len(clause.said) for clause in (*old, *new)) // 3)
    changes = [
        change
        for i, j in sorted(pairing.pairs.items(), key=lambda pair: pair[1])
        if (change := _pair(old[i], new[j], pairing, effort)) is not None
    ]
    same = len(pairing.pairs) - len(changes)
    back = {j: i for i, j in pairing.pairs.items()}
    beside, behind = _places(pairing.pairs, len(old)), _places(back, len(new))
    changes += [
        ClauseChange("removed", at, beside[at], old=_whole(clause, pairing.pairs, at))
        for at, clause in _alone(left, pairing.pairs)
    ]
    changes += [
        ClauseChange("added", behind[at], at, new=_whole(clause, back, at)) for at, clause in _alone(right, back)
    ]
    words = {"added": 0, "removed": 0}
    for change in changes:
        for op, side in (("removed", change.old), ("added", change.new)):
            if change.op == op and side is not None:
                words[op] += words_in(side.text)
        for piece in change.pieces:
            if piece.op in words:
                words[piece.op] += words_in(piece.text)
    sides: list[tuple[Literal["old", "new"], Document]] = [("old", left), ("new", right)]
    return ClausesDiff(
        tuple(sorted(changes, key=_order)), same, len(old), len(new), words["added"], words["removed"],
        sum(side.headers + side.contents for side in (left, right)),
        tuple(name for name, side in sides if not side.numbered and side.clauses), effort.over,
    )  # fmt: skip


def _pair(old: Clause, new: Clause, pairing: Pairing, effort: Effort) -> ClauseChange | None:
    """How a clause differs from its former self; None where it does not."""
    moved = old.at in pairing.moved
    renumbered = (old.style, old.value) != (new.style, new.value)
    pieces: tuple[Piece, ...] = ()
    if key(old.said) != key(new.said):
        pieces = words_diff(old.said, new.said, effort)
    elif not (moved or renumbered):
        return None
    op: ClauseOp = "changed" if pieces else "moved" if moved else "renumbered"
    return ClauseChange(op, old.at, new.at, _ref(old), _ref(new), moved, renumbered, pieces)


def _ref(clause: Clause) -> ClauseRef:
    return ClauseRef(clause.path, clause.title, clause.page, clause.said)


def _alone(document: Document, paired: dict[int, int]) -> Iterator[tuple[int, Clause]]:
    """Clauses without a partner; of those that stand in another such, nothing apart."""
    todo = [(clause, False) for clause in reversed(document.clauses)]
    while todo:
        clause, told = todo.pop()
        single = clause.at not in paired
        if single and not told:
            yield clause.at, clause
        todo += [(part, single) for part in reversed(clause.parts)]


def _whole(clause: Clause, paired: dict[int, int], at: int) -> ClauseRef:
    """It with all that came or went in it: parts that have a partner are told as moved."""
    lines: list[str] = []
    todo = [clause]
    while todo:
        one = todo.pop()
        if one.at in paired:
            continue
        said = one.said if one.at == at else f"{one.label} {one.said}".strip()
        lines += [said] if said else []
        todo += reversed(one.parts)
    return ClauseRef(clause.path, clause.title, clause.page, "\n".join(lines))


def _places(paired: dict[int, int], count: int) -> list[int]:
    """For each place, where a clause without a partner would stand on the other side."""
    found, after = [], 0
    for at in range(count):
        found.append(after)
        if at in paired:
            after = paired[at] + 1
    return found


def _order(change: ClauseChange) -> tuple[int, bool, int]:
    return change.new_at, change.op != "removed", change.old_at
