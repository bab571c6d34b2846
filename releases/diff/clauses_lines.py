"""The lines of a text as clauses are read from them: without page headers, footers and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from releases.diff.clauses_marks import keyword, numbered
from releases.diff.noise import is_bare_number, without_noise

SHORT = 100
"""Characters of a line that may be a header, a footer or a title."""
_EDGE = 3
"""Lines at a page's top and bottom where headers and footers stand."""
_OFTEN = 0.6
"""Of the pages: a line that stands at the edge of so many is a header."""
_LINE = 300
"""Characters of a line of a table of contents: longer ones are running text."""
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*[ivxlc0-9]{0,5}\s*$|\s(?:[0-9]{1,3}|[ivxl]{1,6})$")
_DOTS = re.compile(r"(?:\.\s?){4,}")
_DIGITS = re.compile(r"[0-9]+|\b[ivxlc]{1,7}\b", re.IGNORECASE)
_BROKEN = re.compile(r"[a-z]-$")
_SPACE = re.compile(r"\s+")


def lines_of(pages: Sequence[str]) -> tuple[list[tuple[int, str]], int]:
    """(page, line) without blank ones, headers, footers and page numbers; and how many of these there were."""
    split = [[line for raw in page.split("\n") if (line := _SPACE.sub(" ", raw).strip())] for page in pages]
    often = Counter(sign for page in split for sign in {_sign(line) for line in _edges(page)})
    least = max(2, _OFTEN * sum(bool(page) for page in split))
    kept: list[tuple[int, str]] = []
    left = 0
    for number, page in enumerate(split, 1):
        for place, line in enumerate(page):
            edge = len(line) <= SHORT and (place < _EDGE or place >= len(page) - _EDGE)
            again = len(pages) > 1 and (often[_sign(line)] >= least or is_bare_number(line))
            if edge and (again or without_noise(line)[1] == "page number"):
                left += 1
            else:
                kept.append((number, line))
    return kept, left


def _edges(page: list[str]) -> list[str]:
    return [line for line in (*page[:_EDGE], *page[-_EDGE:]) if len(line) <= SHORT]


def _sign(line: str) -> str:
    """A header, whatever number it has on this page. A clause's own number is no page's."""
    return line if keyword(line) or numbered(line) else _DIGITS.sub("#", line)


def leads(line: str) -> bool:
    """Whether a line ends with a page's number, as a table of contents has it."""
    return len(line) <= _LINE and _LEADERS.search(line) is not None


def announces(line: str) -> bool:
    """Whether a line is one of a table of contents: dots lead to a page's number."""
    return _DOTS.search(line) is not None and leads(line)


def joined(lines: Sequence[str]) -> str:
    """Lines as running text; a word that a line's end had parted is whole again."""
    made: list[str] = []
    for line in lines:
        if made and _BROKEN.search(made[-1]) and line[:1].islower():
            made[-1] = made[-1][:-1]
            made.append(line)
        else:
            made.append(f" {line}" if made else line)
    return "".join(made).replace("\u00ad", "")
