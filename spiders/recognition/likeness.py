"""How much rows that look alike are like records: documents count most, then dates, then pages with numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_GENERIC = re.compile(
    r"(?:read|view|see|learn|show|click|find)?\s*(?:more|here|details?|all|full (?:story|report|text))?|pdf|download|link|open",
    re.IGNORECASE,
)
"""Labels that name nothing."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A row: where it leads, and what it says."""

    pages: tuple[str, ...]
    documents: tuple[str, ...]
    label: str
    """The text of its first link."""
    tooltip: str
    """The title attribute of its first link."""
    heading: str
    """Where the only link inside its heading leads; empty without one."""
    text: str
    cells: tuple[str, ...] = ()
    """What the cells of a table's row say."""
    time: str = ""
    """The datetime of its only <time>."""
    beside: int = 0
    """Words of what it stands in."""


@dataclass(slots=True)
class Repeated:
    """Rows that look alike."""

    selector: str
    rows: list[Linked]
    tag: str
    unlinked: int = 0
    """Elements like them that have no link, and are no rows therefore."""
    inside_main: bool = False
    headers: tuple[str, ...] = ()
    """Headers of their table, one per cell; empty where there is none or they do not fit."""
    score: float = field(default=0.0)


def score(one: Repeated) -> float:
    """How much the candidate looks like a list of records; 0 for what is none."""
    rows, many = one.rows, len(one.rows)
    primary = [next(iter((*row.pages, *row.documents))) for row in rows]
    if len(set(primary)) < 0.9 * many:
        return 0.0
    if _in_a_text(rows):
        return 0.0
    documents = sum(1 for row in rows if row.documents) / many
    told = sum(1 for row in rows if len(row.text) > len(row.label) + 3) / many
    dated = sum(1 for row in rows if _DATE.search(row.text) or row.time) / many
    titles = len({row.label for row in rows if not _GENERIC.fullmatch(row.label)}) / many
    tooltips = len({row.tooltip for row in rows if row.tooltip}) / many
    lasts = [row.pages[0].rstrip("/").rsplit("/", 1)[-1] if row.pages else "" for row in rows]
    own = sum(1 for last in lasts if re.search(r"\d", last)) / many
    quality = 3.0 * documents + dated + 0.5 * told + 0.5 * (one.inside_main) + 0.5 * (one.tag == "tr")
    quality += max(titles, 0.5 * tooltips) + (0.5 if own > 0.8 else 0.0)
    if max(len(row.documents) for row in rows) > 1:
        quality -= 0.5  # each of them may be a record
    if documents < 0.5 and dated < 0.5 and not one.headers and own < 0.8:
        return 0.0  # links to sections
    if max(len(row.pages) for row in rows) > 4:
        quality /= 2
    return float(quality * many**0.25)


def _in_a_text(rows: list[Linked]) -> bool:
    """Whether the links stand inside sentences: their paragraph, or the row itself, says much more than they do."""
    many = len(rows)
    words = sum(len(row.text.split()) for row in rows) / many
    labels = sum(len(row.label.split()) for row in rows) / many
    beside = sum(row.beside for row in rows) / many
    headed = sum(1 for row in rows if row.heading) > many / 2
    return beside > 3 * words + 20 or (not headed and words > _SENTENCES and labels < words / 10)


_SENTENCES = 60
"""Words of a row that is a paragraph, not a line."""
_DATE = re.compile(
    r"\b(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d\d-\d\d|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}\b|"
    r"\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{2,4})",
    re.IGNORECASE,
)
