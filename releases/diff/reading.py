"""From an archived answer to what can be compared: text, facts, markup. No quarantined word comes through.

A PDF's text comes from its `conversion` records and its facts from the ledger; where they are not there,
both are read from the bytes, in the sandbox. Whatever the ledger says, two versions of a PDF are looked at
together: words of the older one that lie where the newer one has a black box are masked.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Self, cast

import msgspec

from archive.access import restricted
from archive.holdings import Holdings
from config.errors import RecordwatchError
from releases.access import without_names
from releases.diff.archived import pdf_texts
from releases.diff.entity import CannotUnpack, open_body
from releases.diff.markup import read_page
from releases.diff.office import document_text, let_go
from releases.diff.payload import Inside, Payload, Pdf
from releases.facts.model import READINGS, ImageFacts, MediaFacts, PdfFacts, Trouble
from releases.facts.worker import FactsWorker, can_read
from releases.models import FileFacts, FileVersion
from releases.quarantine.compare import areas
from releases.quarantine.gate import EVERYTHING, hidden, masked
from releases.text.html import MOST_BYTES
from releases.text.kinds import kind_of
from releases.text.passages import without
from releases.text.worker import TEXT_MOST, TextWorker, Unreadable

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_MARKUP = (b"<!doctype html", b"<html", b"<head", b"<body")


class Source(NamedTuple):
    """An archived payload: the capture that holds it, and what the ledger says of it."""

    capture: str
    url: str
    mime: str
    size: int
    digest: str
    at: datetime


class Unmasked(msgspec.Struct):
    """A PDF before its hidden words are masked."""

    source: Source
    texts: list[str]
    facts: PdfFacts
    hidden: dict[int, list[tuple[int, int]]]
    engine: str
    """That read `texts`."""
    scanned: frozenset[int] = frozenset()
    """Pages with words that were read off their picture: where they stand on it is not known."""

    def masked(self, secret: Sequence[str]) -> Pdf:
        """Without any hidden word; `secret` are those of both sides."""
        pages = tuple(masked(text, self.hidden.get(number, [])) for number, text in enumerate(self.texts, 1))
        said = {name: without(value, secret) for name, value in self.facts.metadata.items()}
        return Pdf(pages, msgspec.structs.replace(self.facts, metadata=said))

    def secret(self) -> list[str]:
        """The hidden passages themselves."""
        return [
            self.texts[page - 1][start:end]
            for page, spans in self.hidden.items()
            if 0 < page <= len(self.texts)
            for start, end in spans
        ]


class PayloadReader:
    """Reads archived payloads; holds the reading processes. Close it, or use it as a context manager."""

    def __init__(self, holdings: Holdings, *, seconds: int = 60) -> None:
        """`seconds`: processor time that reading one document may take."""
        self._holdings = holdings
        self._text = TextWorker(seconds=seconds)
        self._facts = FactsWorker(seconds=min(seconds, 20))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._text.close()
        self._facts.close()

    def pair(self, old: Source, new: Source) -> tuple[Payload, Payload]:
        """Both payloads as they may be shown beside each other. What cannot be read says so in `unread`."""
        if old.digest and old.digest == new.digest:
            return _bare(old), _bare(new)
        sides = [self._side(source) for source in (old, new)]
        read = [side[0] for side in sides]
        if isinstance(read[0], Unmasked) and isinstance(read[1], Unmasked):
            then, now = sorted((read[0], read[1]), key=lambda side: side.source.at)
            self._hide_boxed(then, now)
        for side in read:
            if isinstance(side, Unmasked):
                self._hide_from_later(side)
        secret = [passage for side in read if isinstance(side, Unmasked) for passage in side.secret()]
        insides = [side.masked(secret) if isinstance(side, Unmasked) else side for side in read]
        made = [
            _bare(source)._replace(inside=inside, unread=why)
            for source, inside, (_, why) in zip((old, new), insides, sides, strict=True)
        ]
        return without_names(made[0]), without_names(made[1])

    def alone(self, source: Source) -> Payload:
        """One payload beside which no other version of it is shown: hidden words are masked as in `pair`."""
        inside, why = self._side(source)
        if isinstance(inside, Unmasked):
            self._hide_from_later(inside)
            inside = inside.masked(inside.secret())
        return without_names(_bare(source)._replace(inside=inside, unread=why))

    def _side(self, source: Source) -> tuple[Inside | Unmasked, str]:
        if not source.size:
            return None, "it has no bytes"
        if restricted({source.digest}):
            return None, "it is under a restriction, and shown to nobody"
        try:
            return self._read(source)
        except CannotUnpack as error:
            return None, str(error)
        except RecordwatchError as error:
            return None, f"its bytes cannot be had now: {error.what}"

    def _read(self, source: Source) -> tuple[Inside | Unmasked, str]:
        rows = FileFacts.objects.filter(digest=source.digest).exclude(kind__in=READINGS) if source.digest else None
        kept = rows.order_by("at", "id").last() if rows is not None else None
        if kept is not None and kept.kind == "pdf":
            facts = msgspec.convert(kept.facts, PdfFacts, strict=False)
            # Of a document that could not be read there are facts without pages: why is found out again.
            return (self._archived_pdf(source, facts), "") if facts.pages else self._fresh_pdf(source)
        if kept is not None:
            return msgspec.convert(kept.facts, ImageFacts | MediaFacts, strict=False), ""
        kind = self._kind(source)
        with open_body(self._holdings, source.capture) as body:
            if kind == "html":
                return read_page(body.unpacked(MOST_BYTES), body.charset), ""
            if kind == "facts":
                found = self._facts.read(source.mime, cast("BinaryIO", body.stream), url=source.url, size=source.size)
                if isinstance(found, Trouble):
                    return None, found.error
                return (None if isinstance(found, PdfFacts) else found), ""
            if kind == "text":
                made = self._text.extract(source.mime, body.unpacked(TEXT_MOST), url=source.url, charset=body.charset)
                return self._masked_text(source, made.text), made.error
            if kind == "document":
                with self._copied(source) as path:
                    return document_text(source.digest, self._text.extract(source.mime, path, url=source.url))
            if kind == "pdf":
                return self._fresh_pdf(source)
        return None, ""

    def _kind(self, source: Source) -> str:
        """By its first bytes, then by its media type: portals say `application/pdf` of error pages."""
        with open_body(self._holdings, source.capture) as body:
            head = body.unpacked(1024) if set(body.coding) <= {"gzip", "x-gzip", "deflate"} else b""
        plain = source.mime.partition(";")[0].strip().lower()
        if b"%PDF-" in head:
            return "pdf"
        if plain in _HTML or head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
            return "html"
        if can_read(source.mime, source.url):
            return "facts"
        return kind_of(source.mime, source.url, head)[0]

    def _masked_text(self, source: Source, text: str) -> str:
        pages = hidden({source.digest}).get(source.digest, {})
        return masked(text, [span for spans in pages.values() for span in spans]) if pages else text

    def _archived_pdf(self, source: Source, facts: PdfFacts) -> Unmasked:
        found = pdf_texts(self._holdings, source.capture, source.digest, len(facts.pages))
        held = hidden({source.digest}).get(source.digest, {})
        return Unmasked(source, found.texts, facts, held, found.engine, found.scanned)

    def _fresh_pdf(self, source: Source) -> tuple[Unmasked | None, str]:
        """Read from the bytes: nobody has looked through it yet."""
        with self._copied(source) as path:
            made = self._text.extract("application/pdf", path, url=source.url)
        if made.facts is None or (made.trouble and not made.pages):
            return None, made.error
        held = hidden({source.digest}).get(source.digest, {})
        released = let_go(source.digest)
        for page, spans in made.hidden.items():
            fresh = [span for span in spans if (page, span[0]) not in released]
            held.setdefault(page, []).extend(fresh)
        return Unmasked(source, list(made.pages), made.facts, held, made.engine), made.error

    def _hide_boxed(self, then: Unmasked, now: Unmasked) -> None:
        """Mask in `then` what stands where `now` has a box: also where no crawl has compared these two."""
        shown = [masked(text, now.hidden.get(number, [])) for number, text in enumerate(now.texts, 1)]
        shown += [""] * (len(now.facts.pages) - len(shown))
        old = then.facts.pages[: len(then.texts)]
        wanted = areas(old, then.texts[: len(old)], now.facts.pages, shown)
        wanted = {page: found for page, found in wanted.items() if then.texts[page - 1].strip()}
        if not wanted:
            return
        released = let_go(then.source.digest)
        for page in then.scanned.intersection(wanted):
            if (page, 0) not in released:
                then.hidden.setdefault(page, []).append(EVERYTHING)
        try:
            with self._copied(then.source) as path:
                again = self._text.extract("application/pdf", path)
                spans = self._text.words_in(path, wanted)
        except (RecordwatchError, OSError, Unreadable):
            spans, again = {page: [EVERYTHING] for page in wanted}, None
        for page, found in spans.items():
            same = again is not None and page <= len(again.pages) and again.pages[page - 1] == then.texts[page - 1]
            fresh = [span for span in found if (page, span[0]) not in released]
            if fresh:
                then.hidden.setdefault(page, []).extend(fresh if same else [EVERYTHING])

    def _hide_from_later(self, then: Unmasked) -> None:
        """Mask what any later version of the same file has boxes over, whatever came between them."""
        files = FileVersion.objects.filter(digest=then.source.digest).values_list("file", flat=True)
        later = FileVersion.objects.filter(file__in=list(files), at__gt=then.source.at).exclude(
            digest=then.source.digest
        )
        seen: set[str] = set()
        for version in later.order_by("number"):
            kept = FileFacts.objects.filter(digest=version.digest, kind="pdf").order_by("at", "id").last()
            if kept is None or version.digest in seen:
                continue
            seen.add(version.digest)
            facts = msgspec.convert(kept.facts, PdfFacts, strict=False)
            if any(page.boxes for page in facts.pages):
                source = Source(version.capture, version.url, version.mime, version.size, version.digest, version.at)
                self._hide_boxed(then, self._archived_pdf(source, facts))

    @contextmanager
    def _copied(self, source: Source) -> Iterator[Path]:
        """Its bytes as a file, for as long as it is needed."""
        with (
            tempfile.NamedTemporaryFile(prefix="recordwatch-diff-") as file,
            open_body(self._holdings, source.capture) as body,
        ):
            shutil.copyfileobj(body.stream, file, 1024**2)
            file.flush()
            yield Path(file.name)


def _bare(source: Source) -> Payload:
    return Payload(source.size, source.mime, source.digest)


class Reading:
    """What compares archived payloads, and holds the processes that read them."""

    def __init__(self, holdings: Holdings, *, seconds: int = 60) -> None:
        """`seconds`: processor time that reading one document may take."""
        self._reader = PayloadReader(holdings, seconds=seconds)

    def __enter__(self) -> Self:
        self._reader.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.__exit__(kind, error, trace)
