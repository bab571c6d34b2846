"""A comparison as lines for people. Added is `{+so+}`, removed `[-so-]`; whole lines have `+` or `-` before them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cli.diff_inside import field_lines, file_lines
from cli.diff_pieces import DIM, STRONG
from cli.output import when
from cli.styled import Styled
from releases.diff.model import Comparison, FileComparison, Side
from releases.diff.set_aside import set_aside
from releases.diff.summary import NOTHING, ONLY_NOISE, summary


def told(compared: Comparison, *, noise: bool = False) -> Iterator[Styled]:
    """The whole comparison; `noise`: with what was set aside."""
    title = compared.title or compared.key
    if compared.key:
        title = f"{title}  [{compared.key}, {compared.portal}]"
    yield Styled("", ((title, STRONG),))
    if compared.old.at:
        yield Styled("", ((f"{_side(compared.old)} → {_side(compared.new)} (UTC)", DIM),))
    for note in compared.notes:
        yield Styled("! ", ((note, ""),))
    if compared.fields and (compared.fields.changes or (noise and compared.fields.noise)):
        yield from _heading("FIELDS")
        yield from field_lines(compared.fields, noise=noise)
    if compared.page and not compared.page.same_bytes:
        said = summary(compared.page)
        if noise or said not in {ONLY_NOISE, NOTHING}:
            yield from _heading(f"PAGE  {said}" if compared.key else said)
            yield from file_lines(compared.page, noise=noise)
    for file in compared.files:
        yield from _file(file, noise=noise)
    yield Styled()
    yield from _end(compared, noise=noise)


def _file(file: FileComparison, *, noise: bool) -> Iterator[Styled]:
    yield from _heading(f"FILE {file.name}")
    yield Styled("  ", ((f"{_side(file.old)} → {_side(file.new)} (UTC)", DIM),))
    yield Styled("  ", ((summary(file.diff), ""),))
    yield from file_lines(file.diff, noise=noise)


def _end(compared: Comparison, *, noise: bool) -> Iterator[Styled]:
    """What it comes to, and how much was set aside."""
    something = compared.fields or compared.page or compared.files
    yield Styled("", ((f"In short: {summary(compared)}." if something else "There is nothing to compare.", STRONG),))
    counts = set_aside(compared)
    if counts:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in counts.most_common())
        words = f"Set aside as noise: {kinds}." + ("" if noise else " --noise shows it.")
        yield Styled("", ((words, DIM),))


def _heading(words: str) -> Iterator[Styled]:
    yield Styled()
    yield Styled("", ((words, STRONG),))


def _side(side: Side) -> str:
    return f"{side.label}, {when(datetime.fromisoformat(side.at))}" if side.at else side.label
