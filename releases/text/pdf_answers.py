"""What the process that reads PDFs answers, put together."""

from __future__ import annotations

from typing import cast

import msgspec

from releases.facts.model import PdfFacts, PdfPage
from releases.text.engines import PDF_ENGINE
from releases.text.outcome import Extracted, Trouble

MOST_BOXES = 20_000
"""Boxes in one document's facts; pages beyond have none."""


class _Page(msgspec.Struct):
    hidden: list[tuple[int, int]]
    page: PdfPage


class _Whole(msgspec.Struct):
    count: int = 0
    metadata: dict[str, str] = {}


class Made:
    """What the reading process has said of one document."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.seen: list[PdfPage] = []
        self.hidden: dict[int, list[tuple[int, int]]] = {}
        self.title = ""
        self.whole = _Whole()
        self.trouble: tuple[Trouble, str] = ("", "")
        self._page = _Page([], PdfPage(0, 0, 0))
        self._boxes = 0

    def take(self, mark: bytes, data: bytes) -> None:
        """One frame; see `pdf_reader`."""
        if mark == b"X":
            self._page = msgspec.json.decode(data, type=_Page)
            self._boxes += len(self._page.page.boxes)
            if self._boxes > MOST_BOXES:
                self._page.page = msgspec.structs.replace(self._page.page, boxes=())
        elif mark == b"P":
            self.pages.append(data.decode("utf-8", "replace"))
            self.seen.append(self._page.page)
            if self._page.hidden:
                self.hidden[len(self.pages)] = self._page.hidden
        elif mark == b"M":
            self.whole = msgspec.json.decode(data, type=_Whole)
        elif mark == b"T":
            self.title = data.decode("utf-8", "replace")
        elif mark == b"E":
            trouble, _, error = data.decode("utf-8", "replace").partition("\n")
            self.trouble = cast("Trouble", trouble), error

    def extracted(self, trouble: Trouble, error: str) -> Extracted:
        """All of it together."""
        facts = PdfFacts(max(self.whole.count, len(self.seen)), tuple(self.seen), self.whole.metadata)
        return Extracted(PDF_ENGINE, tuple(self.pages), self.title, trouble, error, facts, self.hidden)
