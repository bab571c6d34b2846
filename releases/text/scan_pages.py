"""Which pages of a document may be pictures of words, by its facts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from releases.facts.model import ImageFacts, PdfFacts

LITTLE = 40
"""Characters of live text that a scanned page may have: a stamp, a number."""
SMALLEST, LARGEST = 600, 20_000
"""Pixels of each side of a picture that may be a document's."""
LONGEST = 4
"""Times that such a picture may be longer than it is wide, or wider than long."""
MOST_FRAMES = 500

Boxes = dict[int, tuple[tuple[float, float, float, float], ...]]
"""By page: corners of what looks blackened."""


def scan_pages(kind: str, facts: Mapping[str, Any]) -> tuple[tuple[int, ...], Boxes]:
    """Pages, from 1, of a `FileFacts` of this kind that may be scans. Of a PDF, a look at the page has to decide:
    its facts do not say how much of it a picture covers.
    """
    if kind == "pdf":
        return _of_pdf(facts)
    return (tuple(_of_picture(facts)), {}) if kind == "image" else ((), {})


def _of_pdf(said: Mapping[str, Any]) -> tuple[tuple[int, ...], Boxes]:
    pages = enumerate(said.get("pages", ()), 1)
    numbers = tuple(n for n, page in pages if page["characters"] < LITTLE and page.get("images"))
    if not numbers:
        return (), {}
    facts = msgspec.convert(said, PdfFacts, strict=False)
    return numbers, {n: tuple((b.x0, b.y0, b.x1, b.y1) for b in facts.pages[n - 1].boxes) for n in numbers}


def _of_picture(said: Mapping[str, Any]) -> range:
    """A fax of many pages is a TIFF of many frames; frames of other formats are an animation's."""
    facts = msgspec.convert(said, ImageFacts, strict=False)
    short, long = sorted((facts.width, facts.height))
    if not (short >= SMALLEST and long <= LARGEST and long <= LONGEST * short) or facts.format == "GIF":
        return range(0)
    return range(1, 1 + (min(facts.frames, MOST_FRAMES) if facts.format == "TIFF" else 1))
