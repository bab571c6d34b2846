"""A comparison clause by clause as lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from cli.diff_pieces import ADDED, DIM, MOVED, REMOVED, STRONG, piece_lines
from cli.event_words import count_of
from cli.output import when
from cli.styled import Styled
from releases.diff.clauses_model import ClauseChange, ClauseRef, ClausesComparison, ClausesDiff
from releases.diff.model import Side

_BEFORE = "before the first clause"
_MARK = {"added": ("+", ADDED), "removed": ("-", REMOVED), "changed": ("~", STRONG), "moved": (">", MOVED)}


def clause_lines(compared: ClausesComparison) -> Iterator[Styled]:
    """One pair of texts: what happened to which clause, and its words."""
    names = (compared.old_name, compared.new_name)
    title = names[1] if names[0] == names[1] else f"{names[0]} → {names[1]}"
    yield Styled("", ((title, STRONG),))
    yield Styled("", ((f"{_side(compared.old)} → {_side(compared.new)} (UTC)", DIM),))
    if compared.diff is None:
        yield Styled("! ", ((compared.unread, ""),))
        return
    for side in compared.diff.unnumbered:
        yield Styled("! ", ((f"no numbered clause was found in the {'older' if side == 'old' else 'newer'} text", ""),))
    for change in compared.diff.changes:
        yield from _change(change)
    if compared.diff.coarse:
        yield Styled("", (("(too much differs to look for the smallest difference)", DIM),))
    yield Styled()
    yield Styled("", ((f"In short: {short(compared.diff)}.", STRONG),))


def short(diff: ClausesDiff) -> str:
    """`2 clauses changed, 1 added, 3 renumbered; 120 as they were`."""
    counts = Counter(change.op for change in diff.changes)
    said = [f"{counts[op]:,} {op}" for op in ("changed", "added", "removed", "moved", "renumbered") if counts[op]]
    if not said:
        return f"all {count_of(diff.same, 'clause')} as they were" if diff.same else "nothing differs"
    first, *rest = said
    number, _, what = first.partition(" ")
    words = (
        f", {diff.words_added:,} words added, {diff.words_removed:,} removed"
        if diff.words_added or diff.words_removed
        else ""
    )
    return f"{count_of(int(number.replace(',', '')), 'clause')} {', '.join([what, *rest])}{words}; {diff.same:,} as they were"


def _change(change: ClauseChange) -> Iterator[Styled]:
    mark, style = _MARK.get(change.op, ("#", DIM))
    here = change.new or change.old
    assert here is not None
    yield Styled()
    yield Styled(f"{mark} ", ((_label(here), style), (_told(change), ""), (f"  page {here.page}", DIM)), style)
    if change.op in {"added", "removed"}:
        lines = here.text.split("\n")
        for line in lines[1:] if lines[0] == here.title else lines:
            yield Styled(f"  {mark} ", ((line, style),), style)
    else:
        yield from piece_lines(change.pieces)


def _label(clause: ClauseRef) -> str:
    return f"{clause.path or _BEFORE}{f' – {clause.title}' if clause.title else ''}"


def _told(change: ClauseChange) -> str:
    if change.op in {"added", "removed"}:
        return f" {change.op}"
    said = [change.op]
    was = (
        f" (was {change.old.path or _BEFORE})"
        if change.old and change.new and change.old.path != change.new.path
        else ""
    )
    if change.moved and change.op != "moved":
        said.append("moved")
    if change.renumbered and change.op != "renumbered":
        said.append("renumbered")
    return f" {' and '.join(said)}{was}"


def _side(side: Side) -> str:
    return f"{side.label}, {when(datetime.fromisoformat(side.at))}" if side.at else side.label
