"""A web page as a reader meets it: lines of text, tables, links; and what only machines read of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from releases.diff.model import Link
from releases.text.html import DEEPEST, MOST_BYTES, MOST_TAGS, depth, html_text
from releases.text.plain import decoded

_SHORT_CELL = 4
"""Characters: what stands before a text is its number."""


class Line(NamedTuple):
    text: str
    chrome: tuple[int, ...] = ()
    """Numbers of the parts around it that look like navigation."""


@dataclass(slots=True)
class Table:
    """A table of data: not one that only lays the page out."""

    name: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    chrome: tuple[int, ...] = ()

    def lines(self) -> Iterator[str]:
        """As running text."""
        for row in ((self.headings,) if self.headings else ()), self.rows:
            yield from (joined(cells) for cells in row)


@dataclass(slots=True)
class Page:
    """What was found. `lines` and `navigation` are the page's text, in order; tables are apart."""

    title: str = ""
    items: list[Line | Table] = field(default_factory=list)
    """In order; `chrome` of them is empty where a reader reads."""
    links: list[tuple[Link, bool]] = field(default_factory=list)
    """With whether they are navigation."""
    attributes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(`tag attribute`, value)"""
    unseen: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(kind of noise, what, content)"""


def joined(cells: tuple[str, ...] | list[str]) -> str:
    """A row as a line; a number in front is the number of what follows."""
    said = [cell for cell in cells if cell]
    if len(said) == 2 and len(said[0]) <= _SHORT_CELL:
        return " ".join(said)
    return " | ".join(said)


def read_page(body: bytes, charset: str = "") -> Page:
    """The page in `body` (content-decoded). Never fails; a page nested without end is read as plain text."""
    if not body.strip():
        return Page()
    if depth(body) > DEEPEST or body.count(b"<", 0, MOST_BYTES) > MOST_TAGS:
        title, text = html_text(body, charset)
        return Page(title, [Line(line) for line in text.split("\n") if line])
    from selectolax.lexbor import LexborHTMLParser

    from releases.diff.walk import Walk

    walk = Walk()
    walk.document(LexborHTMLParser(decoded(body[:MOST_BYTES], charset, html=True)).root)
    return walk.page
