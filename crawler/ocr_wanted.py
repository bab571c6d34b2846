"""Which of a portal's documents are scans whose words nobody has read yet. Reads the database only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from releases.ledger.known import batches
from releases.models import FileFacts
from releases.text.engines import OCR
from releases.text.scan_pages import scan_pages


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


def wanted(portal: str, *, again: bool = False) -> list[Wanted]:
    """Documents of `portal` that nobody has read the words off, or not all of them, newest first; with `again` also
    those that were read before it was kept where the words stand.
    """
    read = FileFacts.objects.filter(kind="ocr").order_by("at", "id")
    tried: dict[str, tuple[str, bool]] = {}
    for digest, engine, trouble, placed in read.values_list("digest", "engine", "facts__trouble", "facts__placed"):
        tried[digest] = ("", True) if again and not placed else (engine, bool(trouble))
    rows = FileFacts.objects.filter(portal=portal, kind__in=("pdf", "image")).order_by("-at", "-id")
    found: dict[str, Wanted] = {}
    for digest, capture, kind, facts, crawl in rows.values_list("digest", "capture", "kind", "facts", "crawl").iterator(
        chunk_size=500
    ):
        engine, failed = tried.get(digest, ("", True))
        if not failed or digest in found:
            continue
        pages, boxes = scan_pages(kind, facts)
        if pages:
            found[digest] = Wanted(digest, capture, kind == "pdf", pages, boxes, crawl, engine)
    return list(found.values())


def pages_read(digest: str, engine: str, mime: str = "text/plain") -> set[int]:
    """Pages whose text by this engine, or what else of this type was made of it, is in the archive already: a killed
    crawl left it, or it is read again.
    """
    from archive.catalog.models import Capture, Derived

    pages: set[int] = set()
    for few in batches(list(Capture.objects.filter(payload_digest=digest).values_list("id", flat=True))):
        rows = Derived.objects.filter(capture__in=few, engine=engine, mime__startswith=mime)
        pages.update(rows.values_list("page", flat=True))
    return pages


def pages_by_ocr(digest: str) -> set[int]:
    """Pages of these bytes whose text was read off their picture, by whatever engine."""
    from archive.catalog.models import Capture, Derived

    pages: set[int] = set()
    for few in batches(list(Capture.objects.filter(payload_digest=digest).values_list("id", flat=True))):
        rows = Derived.objects.filter(capture__in=few, kind="conversion", engine__startswith=OCR)
        pages.update(rows.values_list("page", flat=True))
    return pages
