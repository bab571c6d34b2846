"""Which of a portal's documents are scans whose words nobody has read yet. Reads the database only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from releases.facts.model import ImageFacts, PdfFacts
from releases.ledger.known import batches
from releases.models import FileFacts
from releases.text.engines import OCR

LITTLE = 40
"""Characters of live text that a scanned page may have: a stamp, a number."""
SMALLEST, LARGEST = 600, 20_000
"""Pixels of each side of a picture that may be a document's."""
LONGEST = 4
"""Times that such a picture may be longer than it is wide, or wider than long."""
MOST_FRAMES = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document to be read."""

    digest: str
    capture: str
    pdf: bool
    """Else a picture."""
    pages: tuple[int, ...]
    """From 1: those that may be scans."""
    boxes: Mapping[int, tuple[tuple[float, float, float, float], ...]]
    """By page: what looks blackened."""
    crawl: str
    """That brought it."""
    tried: str
    """The engine that failed at it; empty where none was tried."""


def wanted(portal: str) -> list[Wanted]:
    """Documents of `portal` that nobody has read the words off, or not all of them, newest first."""
    read = FileFacts.objects.filter(kind="ocr").order_by("at", "id")
    tried = {
        digest: (engine, bool(trouble))
        for digest, engine, trouble in read.values_list("digest", "engine", "facts__trouble")
    }
    rows = FileFacts.objects.filter(portal=portal, kind__in=("pdf", "image")).order_by("-at", "-id")
    found: dict[str, Wanted] = {}
    for digest, capture, kind, facts, crawl in rows.values_list("digest", "capture", "kind", "facts", "crawl").iterator(
        chunk_size=500
    ):
        engine, failed = tried.get(digest, ("", True))
        if not failed or digest in found:
            continue
        pages, boxes = _of_pdf(facts) if kind == "pdf" else (_of_picture(facts), {})
        if pages:
            found[digest] = Wanted(digest, capture, kind == "pdf", pages, boxes, crawl, engine)
    return list(found.values())


def pages_read(digest: str, engine: str) -> set[int]:
    """Pages whose text by this engine is in the archive already: a killed crawl left it."""
    from archive.catalog.models import Capture, Derived

    pages: set[int] = set()
    for few in batches(list(Capture.objects.filter(payload_digest=digest).values_list("id", flat=True))):
        pages.update(Derived.objects.filter(capture__in=few, engine=engine).values_list("page", flat=True))
    return pages


def pages_by_ocr(digest: str) -> set[int]:
    """Pages of these bytes whose text was read off their picture, by whatever engine."""
    from archive.catalog.models import Capture, Derived

    pages: set[int] = set()
    for few in batches(list(Capture.objects.filter(payload_digest=digest).values_list("id", flat=True))):
        rows = Derived.objects.filter(capture__in=few, kind="conversion", engine__startswith=OCR)
        pages.update(rows.values_list("page", flat=True))
    return pages


def _of_pdf(said: Any) -> tuple[tuple[int, ...], dict[int, tuple[tuple[float, float, float, float], ...]]]:
    numbers = [n for n, page in enumerate(said.get("pages", ()), 1) if page["characters"] < LITTLE and _images(page)]
    if not numbers:
        return (), {}
    facts = msgspec.convert(said, PdfFacts, strict=False)
    boxes = {n: tuple((box.x0, box.y0, box.x1, box.y1) for box in facts.pages[n - 1].boxes) for n in numbers}
    return tuple(numbers), boxes


def _images(page: Any) -> bool:
    return bool(page.get("images"))


def _of_picture(said: Any) -> tuple[int, ...]:
    facts = msgspec.convert(said, ImageFacts, strict=False)
    short, long = sorted((facts.width, facts.height))
    if not (short >= SMALLEST and long <= LARGEST and long <= LONGEST * short) or facts.format == "GIF":
        return ()
    return tuple(_frames(facts))


def _frames(facts: ImageFacts) -> Iterator[int]:
    """A fax of many pages is a TIFF of many frames; frames of other formats are an animation's."""
    yield from range(1, min(facts.frames, MOST_FRAMES) + 1 if facts.format == "TIFF" else 2)
