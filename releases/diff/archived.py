"""The text of a PDF as the archive has it: what it holds itself, and what was read off the pictures of its pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archive.catalog.models import Capture, Derived
from archive.holdings import Holdings
from releases.models import FileFacts
from releases.search.texts import Text, archived_texts
from releases.text.engines import OCR


class PdfTexts(NamedTuple):
    """Texts by page, from the first."""

    texts: list[str]
    engine: str
    """That read what the document holds itself; empty where it holds no text."""
    scanned: frozenset[int]
    """Pages, from 1, with words that were read off their picture, below those it holds itself."""


def pdf_texts(holdings: Holdings, capture: str, digest: str, count: int) -> PdfTexts:
    """What is archived of the PDF with `digest`, which `capture` holds and which has `count` pages."""
    captures = Capture.objects.filter(payload_digest=digest).values_list("id", flat=True)[:100]
    rows = Derived.objects.filter(
        capture__in=[capture, *captures], kind="conversion", mime__startswith="text/plain"
    ).order_by("at", "id")
    newest = rows.exclude(engine__startswith=OCR).last()
    texts = [""] * count
    if newest is not None:
        same = rows.filter(capture=newest.capture, engine=newest.engine)
        _put(texts, holdings, [Text(*row) for row in same.values_list(*Text._fields)])
    read = FileFacts.objects.filter(digest=digest, kind="ocr").order_by("at", "id").last()
    scanned = [Text(*row) for row in rows.filter(engine=read.engine).values_list(*Text._fields)] if read else []
    _put(texts, holdings, scanned)
    return PdfTexts(texts, newest.engine if newest else "", frozenset(text.page for text in scanned))


def _put(texts: list[str], holdings: Holdings, wanted: Sequence[Text]) -> None:
    pages = {row.id: row.page for row in wanted}
    texts += [""] * (max(pages.values(), default=0) - len(texts))
    for ident, text in archived_texts(holdings)(wanted):
        place = pages[ident] - 1
        texts[place] = f"{texts[place]}\n{text}" if texts[place] else text
