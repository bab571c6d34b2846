"""Words read off a scan that a later version of the document has blackened: they are held back with their page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from archive.holdings import Holdings
from crawler.examine_before import texts_of
from releases.facts.model import PdfFacts
from releases.ledger.known import batches
from releases.models import FileFacts, FileVersion
from releases.quarantine.compare import areas
from releases.quarantine.gate import EVERYTHING
from releases.quarantine.plan import Finding
from releases.search.texts import archived_texts


def shown_before(holdings: Holdings, digest: str, capture: str, engine: str, texts: Mapping[int, str]) -> list[Finding]:
    """For each file that these bytes are or were, the pages of `texts` that another version has boxes on.

    Whole pages: what stands in a box may have been read as part of a word beside it, or in another place.

    Args:
        holdings: where the other versions' texts are.
        digest: the bytes that were read.
        capture: holds them.
        engine: that read them.
        texts: 1-based page → its words.
    """
    old = _facts(digest)
    if old is None:
        return []
    found = []
    mine = _pages(len(old.pages), {**_archived(holdings, digest), **texts})
    for file in sorted(set(FileVersion.objects.filter(digest=digest).values_list("file", flat=True))):
        versions = list(FileVersion.objects.filter(file=file).order_by("number").values_list("number", "digest"))
        first = min(number for number, one in versions if one == digest)
        held: set[int] = set()
        for other in sorted({one for number, one in versions if number > first} - {digest, ""}):
            new = _facts(other)
            if new is not None and any(page.boxes for page in new.pages):
                theirs = _pages(len(new.pages), _archived(holdings, other))
                held |= set(areas(old.pages, mine, new.pages, theirs)) & set(texts)
        if held:
            pages = {page: [EVERYTHING] for page in sorted(held)}
            found.append(Finding(file, digest, capture, engine, "visible before", pages))
    return found


def _facts(digest: str) -> PdfFacts | None:
    row = FileFacts.objects.filter(digest=digest, kind="pdf").order_by("at", "id").last()
    return msgspec.convert(row.facts, PdfFacts, strict=False) if row is not None else None


def _archived(holdings: Holdings, digest: str) -> dict[int, str]:
    """The texts of some bytes by page; where a page has several, the longest."""
    rows = {text.id: text for text in texts_of([digest]).get(digest, ())}
    found: dict[int, str] = {}
    for part in batches(sorted(rows)):
        for ident, words in archived_texts(holdings)([rows[one] for one in part]):
            page = rows[ident].page
            found[page] = max(found.get(page, ""), words, key=len)
    return found


def _pages(count: int, texts: Mapping[int, str]) -> Sequence[str]:
    return [texts.get(page, "") for page in range(1, count + 1)]
