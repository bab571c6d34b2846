"""A contract or a policy as clauses: a tree of numbered parts, page headers and the table of contents left out.

Linear in the text. What has no numbers comes out as one clause without a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from releases.diff.clauses_lines import SHORT, announces, joined, leads, lines_of
from releases.diff.clauses_marks import Mark, alone, follows, keyword, next_to, numbered, starts
from releases.diff.noise import is_bare_number

MOST_CLAUSES = 20_000
"""Of one text; what stands behind stays with the last one."""
_CAPITALS = re.compile(r"[A-Z][A-Z &/,'’()-]{3,59}")


@dataclass(slots=True)
class Clause:
    """A numbered part of a text, with the parts in it."""

    label: str
    """As printed: `ARTICLE XII`, `Section 3`, `(a)`; empty for what stands before the first one."""
    style: str
    value: tuple[int, ...]
    page: int
    """1-based page on which it begins."""
    title: str = ""
    text: str = ""
    """Its own words, without those of the parts in it; its title aside."""
    path: str = ""
    """Labels from the outermost to its own, with ` › ` between."""
    parts: list[Clause] = field(default_factory=list)
    at: int = 0
    """Place among all clauses of the text, from 0."""
    lines: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        """Title and own words."""
        return f"{self.title}\n{self.text}".strip("\n")

    def walk(self) -> Iterator[Clause]:
        """Itself and all parts in it, in order."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(slots=True)
class Document:
    """What became of a text."""

    clauses: list[Clause]
    """The outermost ones."""
    headers: int = 0
    """Lines left out as page headers and footers."""
    contents: int = 0
    """Lines left out as a table of contents."""

    def walk(self) -> Iterator[Clause]:
        """Every clause, in order."""
        for clause in self.clauses:
            yield from clause.walk()

    @property
    def numbered(self) -> bool:
        """Whether any clause has a number."""
        return any(clause.label for clause in self.clauses)


def read_clauses(pages: Sequence[str]) -> Document:
    """The clauses of a text, given page by page; a text without pages is one page."""
    lines, headers = lines_of(pages)
    kept = [(page, line) for page, line in lines if not announces(line)]
    reader = _Reader(capitals=not any(_strong(line) for _, line in kept))
    for number, (page, line) in enumerate(kept):
        reader.take(page, line, kept[number + 1][1] if number + 1 < len(kept) else "")
    clauses, contents = _without_contents(reader.found())
    document = Document(clauses, headers, contents + len(lines) - len(kept))
    for clause in clauses:
        _settle(clause, "")
    for at, clause in enumerate(document.walk()):
        clause.at = at
    return document


class _Reader:
    """Lines go in, a tree comes out."""

    def __init__(self, *, capitals: bool) -> None:
        self._root = Clause("", "", (), 1)
        self._open: list[Clause] = [self._root]
        self._count = 0
        self._capitals = capitals
        self._wait = False
        """The last line was an article's number alone: its title may follow."""

    def take(self, page: int, line: str, following: str) -> None:
        waited, self._wait = self._wait, False
        mark = self._mark(line) if self._count < MOST_CLAUSES else None
        if mark is None:
            here = self._open[-1]
            if waited and not here.title and _is_title(line):
                here.title = line
            else:
                here.lines.append(line)
            return
        self._add(mark, page)
        while (inner := self._inner(mark.rest)) is not None:
            mark = inner
            self._add(mark, page)
        here, rest = self._open[-1], mark.rest
        ends = not following or following[:1].isupper() or self._mark(following) is not None
        if rest and (mark.top or (ends and _is_title(rest))):
            here.title = rest
        elif rest:
            here.lines.append(rest)
        self._wait = mark.top and not rest

    def found(self) -> list[Clause]:
        """The outermost clauses; what stood before the first comes without a label."""
        before = [Clause("", "", (), 1, lines=self._root.lines)] if self._root.lines else []
        return [*before, *self._root.parts]

    def _add(self, mark: Mark, page: int) -> None:
        self._cut(mark)
        clause = Clause(mark.label, mark.style, mark.value, page)
        self._open[-1].parts.append(clause)
        self._open.append(clause)
        self._count += 1

    def _cut(self, mark: Mark) -> None:
        """Close what the mark is not inside of."""
        if mark.top:
            del self._open[1:]
            return
        level = next((n for n, clause in enumerate(self._open) if clause.style == mark.style), None)
        if level is not None:
            del self._open[level:]
        elif mark.style == "section":
            del self._open[1 + sum(clause.style in _TOPS for clause in self._open[1:2]) :]

    def _mark(self, line: str) -> Mark | None:
        found = keyword(line) or alone(line)
        if found is not None:
            return found if found.sure else self._fitting([found])
        if self._capitals and _CAPITALS.fullmatch(line) and " " * 3 not in line:
            return Mark("heading", (0,), line, "", top=True)
        return self._fitting(numbered(line))

    def _inner(self, rest: str) -> Mark | None:
        """A first part that stands on its whole's line: `Section 3. (a) The Town …`."""
        found = [mark for mark in numbered(rest) if mark.value == (1,)] if rest else []
        fitting = [mark for mark in found if all(clause.style != mark.style for clause in self._open)]
        return fitting[0] if fitting else None

    def _fitting(self, ways: list[Mark]) -> Mark | None:
        """The way to read a number that fits what is open, if any does."""
        for test in (next_to, follows):
            for clause in reversed(self._open[1:]):
                for mark in ways:
                    if mark.style == clause.style and test(clause.value, mark.value):
                        return mark
            if test is next_to:
                inside = self._open[1].value if len(self._open) > 1 else ()
                for mark in ways:
                    if starts(mark.value, inside) or self._begun(mark):
                        return mark
        return None

    def _begun(self, mark: Mark) -> bool:
        """Whether a row's first part stands in running text above: `is paid: (a) for hours …` before a line `(b)`."""
        first = {"1": "1", "a": "a", "A": "A", "i": "i", "I": "I"}.get(mark.style.strip("(.)"), "")
        if not first or mark.value != (2,) or not mark.style.startswith("("):
            return False
        before = mark.style.replace(mark.style.strip("(.)"), first)
        return any(f" {before} " in f" {line} " for line in self._open[-1].lines[-_LATELY:])


_LATELY = 8
"""Lines of running text in which a row may have begun."""
_TOPS = frozenset(
    {"article", "chapter", "part", "title", "appendix", "schedule", "exhibit", "addendum", "attachment", "side letter",
     "memorandum of understanding", "memorandum of agreement", "alone", "heading"}
)  # fmt: skip


def _strong(line: str) -> bool:
    """Whether a line shows that the text is numbered: then capitals are only loud."""
    return keyword(line) is not None or any(
        mark.style in {"I.", "1.", "A."} or "." in mark.label[:-1] for mark in numbered(line)
    )


def _is_title(line: str) -> bool:
    if len(line) > SHORT or line.endswith((".", ";", ",", ":")) or not line[:1].isupper():
        return False
    words = [word for word in line.split() if word[0].isalpha() and len(word) > 3]
    return bool(words) and sum(word[0].isupper() for word in words) * 2 >= len(words)


def _without_contents(clauses: list[Clause]) -> tuple[list[Clause], int]:
    """Without those that only announce one that comes later: a table of contents says each label before."""
    last: dict[tuple[str, tuple[int, ...]], int] = {}
    for number, clause in enumerate(clauses):
        if clause.label:
            last[clause.style, clause.value] = number
    kept: list[Clause] = []
    left = 0
    behind: list[str] = []
    """What stands between the contents and the first clause."""
    inside = False
    for number, clause in enumerate(clauses):
        later = clause.label and last[clause.style, clause.value] > number
        if later and not any(_told(part) for part in clause.walk()):
            left += sum(1 for _ in clause.walk())
            inside = True
        elif later and inside and not any(_told(part) for part in clause.walk() if part is not clause):
            left += 1
            behind += clause.lines
            inside = False
        else:
            kept.append(clause)
            inside = False
    if behind and kept and not kept[0].label:
        kept[0].lines += behind
    elif behind:
        kept.insert(0, Clause("", "", (), 1, lines=behind))
    return kept, left


def _told(clause: Clause) -> bool:
    """Whether it has more than a title and a page's number."""
    return any(not _is_title(line) and not is_bare_number(line) and not leads(line) for line in clause.lines)


def _settle(clause: Clause, above: str) -> None:
    """Its text from its lines, and its path."""
    todo = [(clause, above)]
    while todo:
        one, path = todo.pop()
        one.path = f"{path} › {one.label}" if path else one.label
        one.text = joined(one.lines)
        one.lines = []
        todo += [(part, one.path) for part in one.parts]
