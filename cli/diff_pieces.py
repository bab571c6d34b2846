"""Words of a diff as styled lines: `{+added+}`, `[-removed-]`, `<moved from line 3<`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cli.styled import Styled
from releases.diff.model import Hunk, Piece
from releases.diff.told import AROUND, by_line, elided

ADDED, REMOVED, MOVED, DIM, STRONG = "green", "red", "cyan", "dim", "bold"
_LONGEST = 400
"""Characters of a value that is told on one line."""

Words = list[tuple[str, str]]


def hunk_lines(hunk: Hunk, indent: str = "  ") -> Iterator[Styled]:
    """A hunk: the lines before it, then what went and came."""
    for line in hunk.before:
        yield Styled(f"{indent}  ", ((_clipped(line), DIM),))
    yield from piece_lines(hunk.pieces, indent)


def piece_lines(pieces: Sequence[Piece], indent: str = "  ") -> Iterator[Styled]:
    """Pieces line by line: `-` and `+` before lines that went or came whole, `~` before others."""
    for line in by_line(pieces):
        ops = {op for op, text, _ in line if text.strip()}
        if not ops:
            continue
        if ops == {"same"}:
            yield Styled(f"{indent}  ", ((_clipped("".join(text for _, text, _ in line)), DIM),))
        elif ops in ({"removed"}, {"added"}):
            style, mark = (REMOVED, "-") if ops == {"removed"} else (ADDED, "+")
            yield Styled(f"{indent}{mark} ", (("".join(text for _, text, _ in line).strip(), style),), style)
        elif ops <= {"moved away", "moved here"}:
            op, text, other = next(part for part in line if part[1].strip())
            said = f"moved to line {other}: " if op == "moved away" else f"moved from line {other}: "
            mark = "<" if op == "moved away" else ">"
            yield Styled(f"{indent}{mark} ", ((said, MOVED), (_clipped(text), MOVED)), MOVED)
        else:
            yield Styled(f"{indent}~ ", tuple(_mixed(line)))


def both(old: Any, new: Any, pieces: Sequence[Piece] = ()) -> Words:
    """A value before and after, on one line."""
    if pieces and any(piece.op == "same" and piece.text.strip() for piece in pieces):
        return list(_mixed([(piece.op, " ".join(piece.text.split("\n")), piece.line) for piece in pieces]))
    return [*signed("-", old), (" → ", ""), *signed("+", new)]


def signed(sign: str, value: Any) -> Words:
    """A value that went (`-`) or came (`+`), in its brackets."""
    style = REMOVED if sign == "-" else ADDED
    left, right = ("[-", "-]") if sign == "-" else ("{+", "+}")
    return [(f"{left}{said(value)}{right}", style)]


def said(value: Any) -> str:
    """A value as text, on one line."""
    if value is None or value in ("", []):
        return "nothing"
    if isinstance(value, dict):
        return _shortened("; ".join(f"{name}: {said(item)}" for name, item in value.items()))
    if isinstance(value, list):
        return _shortened(", ".join(map(said, value)))
    return _shortened(" ".join(str(value).split()))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _mixed(line: Sequence[tuple[str, str, int]]) -> Iterator[tuple[str, str]]:
    for number, (op, text, _) in enumerate(line):
        if not text:
            continue
        if op == "removed":
            yield f"[-{text}-]", REMOVED
        elif op == "added":
            yield f"{{+{text}+}}", ADDED
        else:
            yield elided(text, first=number == 0, last=number == len(line) - 1), ""


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 2 * AROUND else f"{line[: 2 * AROUND - 1]}…"
