"""Which texts may be shown: those that somebody has looked through for words that nobody is to see."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from archive.catalog.models import Capture, Derived
from releases.ledger.known import batches
from releases.models import FileFacts
from releases.search.texts import Text
from releases.text.engines import DOCUMENTS, OCR

PDF_ENGINE = "pypdfium2"
"""How the names of engines begin whose texts may hold words that nobody is to be shown."""


def not_examined(rows: Iterable[Text], captures: dict[str, Capture]) -> set[str]:
    """Ids of texts that may hold words nobody is to be shown, and whose facts are not in the ledger: those of PDFs;
    and those of documents and scans by another engine than the one that read them last.
    """
    digests = {row.id: captures[row.capture].payload_digest for row in rows if row.page and row.capture in captures}
    engines: dict[str, str] = {}
    for batch in batches(sorted(digests)):
        found = Derived.objects.filter(id__in=batch).values_list("id", "engine")
        engines.update((ident, engine) for ident, engine in found if engine.startswith((PDF_ENGINE, DOCUMENTS, OCR)))
    examined: dict[tuple[str, str], str] = {}
    for batch in batches(sorted({digests[ident] for ident in engines})):
        facts = FileFacts.objects.filter(digest__in=batch).order_by("at", "id").values_list("digest", "kind", "engine")
        examined.update(((digest, kind), engine) for digest, kind, engine in facts)
    return {ident for ident, engine in engines.items() if not _is_settled(digests[ident], engine, examined)}


def _is_settled(digest: str, engine: str, examined: dict[tuple[str, str], str]) -> bool:
    if engine.startswith(PDF_ENGINE):
        return (digest, "pdf") in examined
    return examined.get((digest, "ocr" if engine.startswith(OCR) else "text")) == engine


def confidences(digests: Collection[str]) -> dict[tuple[str, int], int]:
    """(digest, page) → percent by which the engine that read the page off its picture believes its words."""
    found: dict[tuple[str, int], int] = {}
    for batch in batches(sorted(digests)):
        rows = FileFacts.objects.filter(digest__in=batch, kind="ocr").order_by("at", "id")
        for digest, facts in rows.values_list("digest", "facts"):
            found.update(((digest, one["page"]), one["confidence"]) for one in facts.get("pages", ()))
    return found
