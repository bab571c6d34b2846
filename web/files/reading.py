"""What is to be read of a file beside or instead of its picture: pages, parts of long ones, tables, lists."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field

from releases.quarantine.gate import MASK
from releases.search.marking import phrases, spans
from releases.search.query import QueryError, parse
from releases.viewing.words import Page, Words
from web.files.asked import Asked

PART = 16_000
"""Characters of a long page that are shown at once."""
ROWS = 100
"""Rows of a table that are shown at once."""
CELLS = 2_000
"""Cells of a table that are shown at once: fewer rows of a wide one."""
LONGEST_CELL = 500
"""Characters."""
MOST_SEARCHED = 3_000
"""Pages of one file whose hits are counted on its page."""
_TOGETHER = 500

Spans = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Hits:
    """Pages on which words of the query stand, with how many times."""

    pages: tuple[tuple[int, int], ...] = ()
    all_searched: bool = True
    unread: int = 0
    """Pages whose words cannot be read now."""

    def before(self, page: int) -> int | None:
        """The last page with hits before `page`."""
        return next((number for number, _ in reversed(self.pages) if number < page), None)

    def after(self, page: int) -> int | None:
        """The first page with hits after `page`."""
        return next((number for number, _ in self.pages if number > page), None)

    def on(self, page: int) -> int:
        """How many stand there."""
        return dict(self.pages).get(page, 0)


def hits(words: Words, query: str) -> Hits:
    """Where `query` stands."""
    if not query:
        return Hits()
    numbers, first = words.numbers(), _first_words(query)
    found: list[tuple[int, int]] = []
    unread = 0
    for start in range(0, min(len(numbers), MOST_SEARCHED), _TOGETHER):
        several = numbers[start : min(start + _TOGETHER, MOST_SEARCHED)]
        for number, page in words.pages(several).items():
            unread += page.unread
            if _may_hold(page.text, first) and (count := len(spans(page.text, query))):
                found.append((number, count))
    return Hits(tuple(found), len(numbers) <= MOST_SEARCHED, unread)


def _first_words(query: str) -> frozenset[str]:
    """With which of them whatever `query` finds begins."""
    try:
        return frozenset(phrase.words[0] for phrase in phrases(parse(query)))
    except QueryError:
        return frozenset()


def _may_hold(text: str, first: frozenset[str]) -> bool:
    """Whether a closer look is worth its time; of a text with accents only that look tells."""
    lower = text.lower()
    return not text.isascii() or any(word in lower for word in first)


@dataclass(slots=True)
class Part:
    """A page's text as it is shown, or a part of it."""

    text: str
    marks: Spans
    number: int = 1
    count: int = 1
    table: list[list[tuple[str, Spans]]] = field(default_factory=list)
    """Rows of cells, each with its marks; without the head."""
    head: list[tuple[str, Spans]] = field(default_factory=list)
    """The table's first row: what its columns are, mostly."""
    name: str = ""
    """Of a sheet."""
    first_row: int = 0
    rows: int = 0
    masked: bool = False
    hits: list[tuple[int, int]] = field(default_factory=list)
    """Parts in which words of the query stand, with how many times; where there are several parts."""


def part_of(page: Page, asked: Asked) -> Part:
    """The part of `page` that is asked for; without a number the one with the first hit."""
    pieces = _pieces(page.text)
    found = _hits(pieces, asked.q) if len(pieces) > 1 else []
    number = min(asked.part or (found[0][0] if found else 1), len(pieces))
    text = pieces[number - 1]
    return Part(text, spans(text, asked.q), number, len(pieces), masked=MASK in text, hits=found)


def table_of(page: Page, asked: Asked, *, sheet: bool) -> Part:
    """Rows of a table. `sheet`: as `releases.text.office_sheets` writes one; else CSV, or the like of it."""
    name, lines = "", page.text.split("\n")
    if sheet:
        name, lines = lines[0], lines[1:]
        rows = [line.split("\t") for line in lines]
    else:
        rows = _delimited(lines)
    if not rows:
        return Part("", [], name=name, masked=MASK in page.text)
    head, rest = rows[0], rows[1:]
    size = max(10, min(ROWS, CELLS // max(1, min(len(head), 200))))
    screens = [rest[start : start + size] for start in range(0, len(rest), size)] or [[]]
    count = len(screens)
    found = _hits(["\n".join("\t".join(row) for row in rows) for rows in screens], asked.q) if count > 1 else []
    number = min(asked.part or (found[0][0] if found else 1), count)
    shown = screens[number - 1]
    return Part(
        "", [], number, count, [_cells(row, asked.q) for row in shown], _cells(head, asked.q), name,
        (number - 1) * size, len(rest), MASK in page.text, found,
    )  # fmt: skip


def _hits(parts: Sequence[str], query: str) -> list[tuple[int, int]]:
    counted = ((number, len(spans(part, query))) for number, part in enumerate(parts, 1)) if query else ()
    return [(number, count) for number, count in counted if count]


def _cells(row: Sequence[str], query: str) -> list[tuple[str, Spans]]:
    cut = [cell if len(cell) <= LONGEST_CELL else f"{cell[:LONGEST_CELL]}…" for cell in row[:200]]
    return [(cell, spans(cell, query) if query else []) for cell in cut]


def _delimited(lines: Sequence[str]) -> list[list[str]]:
    first = lines[0] if lines else ""
    sign = max(",;\t|", key=first.count)
    try:
        return [row for row in csv.reader(lines, delimiter=sign) if row]
    except csv.Error:
        return [line.split(sign) for line in lines if line]


def _pieces(text: str) -> list[str]:
    """`text` in pieces of at most PART characters, cut where a line, else a word, ends."""
    out = []
    while len(text) > PART:
        cut = max(text.rfind("\n", PART // 2, PART), -1)
        cut = cut if cut > 0 else max(text.rfind(" ", PART // 2, PART), 0) or PART
        out.append(text[:cut])
        text = text[cut:].removeprefix("\n")
    return [*out, text]
