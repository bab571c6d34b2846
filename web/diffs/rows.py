"""A comparison as rows of a page: a sign, words with what came and went, and no colour alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from releases.alerts.wording import field_label
from releases.diff.model import (
    FieldChange,
    FieldsDiff,
    Hunk,
    ItemChange,
    LinkChange,
    Piece,
    RowChange,
    TableDiff,
    TextDiff,
)
from releases.diff.told import by_line, elided
from releases.in_words import in_words

Op = Literal["same", "removed", "added", "moved away", "moved here"]
By = Literal["words", "lines"]
LONGEST = 4000
"""Characters of one part."""
MOST_PARTS = 300
"""Of one line."""
_SIGNS = {"added": "+", "removed": "−", "changed": "~", "moved": "↷"}


@dataclass(frozen=True, slots=True)
class Part:
    """Some words: `same`, `removed` (in `<del>`), `added` (in `<ins>`), `moved away`, `moved here`."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `sign`: + − ~ ↷, a space for what is around."""

    sign: str
    parts: tuple[Part, ...]
    label: str = ""
    """A field's or column's name."""
    note: str = ""
    """Why it was set aside as noise, or where it moved."""
    deep: int = 0
    """How far it is set in: 0, 1, 2."""

    @property
    def weight(self) -> int:
        """About how many bytes it takes on a page."""
        return 90 + sum(len(part.text) + 24 for part in self.parts)


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that belong together, under a heading that may be empty."""

    title: str
    rows: tuple[Row, ...]
    note: str = ""


def text_rows(diff: TextDiff, by: By, *, noise: bool) -> Iterator[Row]:
    """Hunks with what stands before them, those set aside where asked for, in their order."""
    hunks = sorted((*diff.hunks, *(diff.noise if noise else ())), key=lambda hunk: (hunk.new_at, hunk.old_at))
    for hunk in hunks:
        note = hunk.noise or ""
        for line in hunk.before:
            yield Row(" ", (Part("same", _cut(elided(line, first=False, last=False))),))
        for row in _hunk(hunk, by):
            yield Row(row.sign, row.parts, row.label, note or row.note)
            note = ""


def _hunk(hunk: Hunk, by: By) -> Iterator[Row]:
    if by == "words" and hunk.pieces:
        yield from piece_rows(hunk.pieces)
        return
    for line in hunk.old:
        yield Row("−", (Part("removed", _cut(line)),))
    for line in hunk.new:
        yield Row("+", (Part("added", _cut(line)),))


def piece_rows(pieces: Sequence[Piece], deep: int = 0) -> Iterator[Row]:
    """Pieces line by line."""
    for line in by_line(pieces):
        said = [(op, text, other) for op, text, other in line if text.strip()]
        ops = {op for op, _, _ in said}
        if not ops:
            continue
        if ops == {"same"}:
            whole = "".join(text for _, text, _ in line)
            yield Row(" ", (Part("same", _cut(elided(whole, first=False, last=False))),), deep=deep)
        elif ops in ({"removed"}, {"added"}):
            op: Op = "removed" if ops == {"removed"} else "added"
            yield Row(_SIGNS[op], (Part(op, _cut("".join(text for _, text, _ in line).strip())),), deep=deep)
        elif ops <= {"moved away", "moved here"}:
            first = said[0]
            note = f"{'to' if first[0] == 'moved away' else 'from'} line {first[2]}"
            moved: Op = "moved away" if first[0] == "moved away" else "moved here"
            yield Row("↷", (Part(moved, _cut(first[1])),), note=note, deep=deep)
        else:
            yield Row("~", tuple(mixed(line)), deep=deep)


def mixed(line: Sequence[tuple[str, str, int]]) -> Iterator[Part]:
    """A line in which some words are others; of what is the same only what stands near."""
    for number, (op, text, _) in enumerate(line):
        if number == MOST_PARTS:
            yield Part("same", " …")
            return
        if not text:
            continue
        if op in {"removed", "added"}:
            yield Part("removed" if op == "removed" else "added", _cut(text))
        else:
            yield Part("same", elided(text, first=number == 0, last=number == len(line) - 1))


def field_rows(diff: FieldsDiff, *, noise: bool) -> Iterator[Row]:
    """Fields, one by one."""
    for change in (*diff.changes, *(diff.noise if noise else ())):
        yield from _field(change)


def _field(change: FieldChange, deep: int = 0) -> Iterator[Row]:
    label, note = field_label(change.name), change.noise or ""
    if change.op == "added":
        yield Row("+", (Part("added", said(change.new)),), label, note, deep)
    elif change.op == "removed":
        yield Row("−", (Part("removed", said(change.old)),), label, note, deep)
    elif change.items:
        yield Row("~", (), label, note, deep)
        for item in change.items:
            yield from _item(item, min(deep + 1, 2))
    elif any("\n" in piece.text for piece in change.pieces):
        yield Row("~", (), label, note, deep)
        yield from piece_rows(change.pieces, min(deep + 1, 2))
    else:
        yield Row("~", tuple(both(change.old, change.new, change.pieces)), label, note, deep)


def _item(item: ItemChange, deep: int) -> Iterator[Row]:
    if item.op == "added":
        yield Row("+", (Part("added", said(item.new)),), deep=deep)
    elif item.op == "removed":
        yield Row("−", (Part("removed", said(item.old)),), deep=deep)
    elif item.op == "moved":
        note = f"{(item.old_at or 0) + 1} → {(item.new_at or 0) + 1}"
        yield Row("↷", (Part("moved here", said(item.new)),), note=note, deep=deep)
    elif item.fields:
        yield Row("~", (Part("same", said(item.new)),), deep=deep)
        for inner in item.fields:
            yield from _field(inner, min(deep + 1, 2))
    else:
        yield Row("~", tuple(both(item.old, item.new, item.pieces)), deep=deep)


def both(old: Any, new: Any, pieces: Sequence[Piece] = ()) -> Iterator[Part]:
    """A value before and after, on one line."""
    if any(piece.op == "same" and piece.text.strip() for piece in pieces):
        yield from mixed([(piece.op, " ".join(piece.text.split("\n")), piece.line) for piece in pieces])
        return
    yield Part("removed", said(old))
    yield Part("same", " → ")
    yield Part("added", said(new))


def said(value: Any) -> str:
    """A value as text."""
    return _cut(in_words(value)) or "–"


def link_rows(links: Iterable[LinkChange]) -> Iterator[Row]:
    """Links that came, went or lead elsewhere; addresses as text."""
    for link in links:
        old, new, note = link.old, link.new, link.noise or ""
        if old and new and old.text == new.text:
            yield Row("~", tuple(both(old.url, new.url)), new.text or "–", note)
        elif old and new:
            yield Row("~", (*both(old.text, new.text), Part("same", f"  {_cut(new.url)}")), note=note)
        elif new:
            yield Row("+", (Part("added", _cut(new.url)),), new.text or "–", note)
        elif old:
            yield Row("−", (Part("removed", _cut(old.url)),), old.text or "–", note)


def table_rows(table: TableDiff) -> Iterator[Row]:
    """A table's rows that came, went or say something else."""
    if table.old_headings != table.new_headings:
        yield Row("~", tuple(both(" | ".join(table.old_headings), " | ".join(table.new_headings))), "columns")
    for row in table.rows:
        yield _table_row(row)


def _table_row(row: RowChange) -> Row:
    if row.op in {"added", "removed"}:
        op: Op = "added" if row.op == "added" else "removed"
        return Row(_SIGNS[op], (Part(op, _cut(" | ".join(row.new or row.old))),))
    if row.op == "moved":
        return Row("↷", (Part("moved here", _cut(" | ".join(row.new))),))
    parts: list[Part] = []
    for number, cell in enumerate(row.cells):
        parts.append(Part("same", f"{'; ' if number else ''}{cell.column}: "))
        parts += both(cell.old, cell.new, cell.pieces)
    return Row("~", tuple(parts), _cut(" | ".join(row.new[:2])))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
