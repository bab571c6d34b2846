"""Pieces of a diff line by line, as terminals and pages show them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from releases.diff.model import Piece

AROUND = 60
"""Characters of what stays the same, on each side of what does not."""


def by_line(pieces: Sequence[Piece]) -> Iterator[list[tuple[str, str, int]]]:
    """For each line its parts as (op, text, line on the other side)."""
    line: list[tuple[str, str, int]] = []
    for number, piece in enumerate(pieces):
        after = pieces[number + 1].text if number + 1 < len(pieces) else "\n"
        if (piece.op.startswith("moved") and line) or (
            piece.op == "added"
            and {op for op, _, _ in line} == {"removed"}
            and ("\n" in piece.text or after.startswith("\n"))  # a whole line went, another came
        ):
            yield line
            line = []
        first, *rest = piece.text.split("\n")
        line.append((piece.op, first, piece.line))
        for text in rest:
            yield line
            line = [(piece.op, text, piece.line)]
        if piece.op.startswith("moved"):
            yield line
            line = []
    if line:
        yield line


def elided(text: str, *, first: bool, last: bool) -> str:
    """The middle of a long unchanged stretch left out, at words' ends."""
    if len(text) <= 2 * AROUND + 20:
        return text
    head = text[:AROUND].rpartition(" ")[0] or text[:AROUND]
    tail = text[-AROUND:].partition(" ")[2] or text[-AROUND:]
    return f"… {tail}" if first else f"{head} …" if last else f"{head} … {tail}"
