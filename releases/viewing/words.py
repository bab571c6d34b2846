"""The archived words of a file, page by page, as they may be shown: passages in quarantine masked, and said to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from archive.catalog.models import Capture, Derived
from archive.holdings import Holdings
from archive.store.base import StoreRefused, StoreUnavailable
from releases.access import without_names
from releases.models import FileFacts
from releases.quarantine.gate import hidden, masked
from releases.search.settled import not_examined
from releases.search.texts import Text, archived_texts
from releases.text.engines import OCR
from releases.text.passages import Spans
from releases.text.places import MIME, Place, decoded

_CAPTURES = 100
"""Captures of the same bytes that are looked at for what was made of them."""
_FILLER = "\x00"


@dataclass(slots=True)
class Page:
    """The words of one page."""

    number: int
    """From 1; 1 for what has no pages."""
    text: str = ""
    """Without what may not be shown."""
    own: str = ""
    """What the document holds itself, each character of a passage in quarantine replaced by U+0000: places in it are
    places in the page's text as it was archived.
    """
    raw: str = ""
    """The same, nothing replaced. Never shown: it tells whether a picture of the page is of this text."""
    seen: str = ""
    """What was read off the page's picture, with U+0000 in the place of what is held back."""
    held: bool = False
    """Whether a passage of it is in quarantine."""
    named: bool = False
    """Whether a restricted name stood in it."""
    scanned: bool = False
    """Whether words of it were read off its picture."""
    confidence: int = 0
    """Percent, of those words."""
    unread: bool = False
    """Whether words of it are archived that cannot be read now: what it says, and what of it is not shown, is not known."""


@dataclass(slots=True)
class Words:
    """What is archived of the words of some bytes."""

    holdings: Holdings
    engine: str = ""
    """That read what the document holds itself; empty where it holds no text."""
    ocr: str = ""
    """That read the words off its pictures."""
    read_at: Any = None
    settled: bool = True
    """False where nobody has looked through the text yet for words that nobody is to see: none of it is shown."""
    held: Mapping[int, Spans] = field(default_factory=dict)
    """Passages in quarantine, by page."""
    last: int = 0
    """The last page with words."""
    _captures: Collection[str] = ()
    _own: dict[int, Text] = field(default_factory=dict)
    _scanned: dict[int, Text] = field(default_factory=dict)
    _sure: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, holdings: Holdings, digest: str, capture: str, facts: Collection[FileFacts]) -> Words:
        """Of the payload with `digest`, which `capture` holds. `facts`: all rows of it, the oldest first."""
        found = cls(holdings, held=hidden([digest]).get(digest, {}))
        captures = {row.id: row for row in Capture.objects.filter(payload_digest=digest)[:_CAPTURES]}
        captures |= {row.id: row for row in Capture.objects.filter(id=capture)}
        found._captures = list(captures)
        rows = list(
            Derived.objects.filter(
                capture__in=found._captures, kind="conversion", mime__startswith="text/plain"
            ).order_by("at", "id")
        )
        newest = next((row for row in reversed(rows) if not row.engine.startswith(OCR)), None)
        if newest is not None:
            found.engine, found.read_at = newest.engine, newest.at
            found._own = _by_page(row for row in rows if (row.capture, row.engine) == (newest.capture, newest.engine))
        read = next((row for row in reversed(list(facts)) if row.kind == "ocr"), None)
        if read is not None:
            found.ocr = read.engine
            found._scanned = _by_page(row for row in rows if row.engine == read.engine)
            found._sure = {one["page"]: one["confidence"] for one in read.facts.get("pages", ())}
        texts = [*found._own.values(), *found._scanned.values()]
        found.settled = not not_examined(texts, captures)
        found.last = max([*found._own, *found._scanned], default=0)
        return found

    def __bool__(self) -> bool:
        return bool(self.last)

    def numbers(self) -> list[int]:
        """Pages with words, ascending."""
        return sorted({*self._own, *self._scanned})

    def pages(self, numbers: Collection[int]) -> dict[int, Page]:
        """These pages. Whose words cannot be read now is `unread`."""
        if not self.settled:
            return {}
        wanted = [rows[number] for number in numbers for rows in (self._own, self._scanned) if number in rows]
        read: dict[str, str] = {}
        with suppress(StoreUnavailable, StoreRefused):
            read.update(archived_texts(self.holdings)(wanted))
        made = [self._page(number, read) for number in numbers]
        for page, plain in zip(made, without_names([page.text for page in made]), strict=True):
            page.named = plain != page.text
            page.text = plain
        return {page.number: page for page in made}

    def page(self, number: int) -> Page:
        """One page; without words where it has none."""
        return self.pages([number]).get(number, Page(number))

    def placed(self, page: Page) -> tuple[Place, ...]:
        """Where on the page's picture the words of `page.seen` stand; none of those that are held back, and none at all
        where that was not kept. Raises StoreUnavailable.
        """
        text = self._scanned.get(page.number)
        if text is None or not page.seen:
            return ()
        rows = Derived.objects.filter(
            capture__in=self._captures, kind="metadata", mime=MIME, engine=self.ocr, page=text.page
        ).order_by("at", "id")
        newest = rows.values_list(*Text._fields).last()
        wanted = [text, *([Text(*newest)] if newest else [])]
        read: dict[str, str] = {}
        with suppress(StoreUnavailable, StoreRefused):
            read.update(archived_texts(self.holdings)(wanted))
        found = decoded(read.get(wanted[-1].id, ""), read.get(text.id, "")) if newest else ()
        return tuple(one for one in found if _FILLER not in page.seen[one[0] : one[1]])

    def _page(self, number: int, read: Mapping[str, str]) -> Page:
        unread = any(number in rows and rows[number].id not in read for rows in (self._own, self._scanned))
        own = read.get(self._own[number].id, "") if number in self._own else ""
        scanned = read.get(self._scanned[number].id, "") if number in self._scanned else ""
        spans = self.held.get(number, [])
        # Words read off a picture, beside words that the page holds itself: where anything is held back, all of them.
        off = spans if not own else [(0, len(scanned))] if spans else []
        shown = "\n".join(part for part in (masked(own, spans), masked(scanned, off)) if part)
        sure = self._sure.get(number, 0)
        return Page(
            number, shown, filled(own, spans), own, filled(scanned, off), held=bool(spans), scanned=bool(scanned),
            confidence=sure, unread=unread,
        )  # fmt: skip


def filled(text: str, spans: Spans) -> str:
    """`text` as long as it was, with nothing in the place of `spans`."""
    for start, end in spans:
        last = min(end, len(text))
        text = text[:start] + _FILLER * max(0, last - start) + text[max(last, start) :]
    return text


def _by_page(rows: Any) -> dict[int, Text]:
    return {
        max(row.page, 1): Text(row.id, row.capture, row.warc, row.offset, row.length, row.page, row.mime)
        for row in rows
    }
