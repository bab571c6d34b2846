"""What came of looking for text in a payload."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from releases.facts.model import PdfFacts

Trouble = Literal[
    "",
    "empty",
    "damaged",
    "encrypted",
    "unsupported",
    "too large",
    "too many pages",
    "too slow",
    "too much memory",
    "crashed",
]
"""Why there is no text, or not all of it."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """Text of one payload. With `trouble`, `pages` hold what was read before it."""

    engine: str
    """Name and version of what read it, e.g. `pypdfium2 5.15.2`."""
    pages: tuple[str, ...]
    """One text per page, in order; one in all for what has no pages. May hold empty ones (scans)."""
    title: str = ""
    trouble: Trouble = ""
    error: str = ""
    """One sentence; empty when everything was read."""
    facts: PdfFacts | None = None
    """Of a PDF: what is on the pages that were read. Nothing in it are words that are hidden."""
    hidden: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """1-based page → spans, in characters of its text, of words that lie under a box or otherwise are not
    to be seen: to be quarantined."""

    @property
    def text(self) -> str:
        """All pages, a form feed between them."""
        return "\f".join(self.pages)
