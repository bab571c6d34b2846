"""What earlier versions of a file showed where its new one has boxes, and which of their words nobody is to be told."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from archive.commit import Operation, Row, Update
from archive.holdings import Holdings
from archive.store.base import StoreUnavailable
from config.errors import RecordwatchError
from crawler.ocr_wanted import pages_by_ocr
from releases.ledger.known import batches
from releases.models import FileFacts
from releases.quarantine.compare import areas, dropped
from releases.quarantine.gate import EVERYTHING, hidden, merged
from releases.quarantine.plan import Finding
from releases.search.texts import Text, archived_texts
from releases.text.outcome import Extracted
from releases.text.passages import without
from releases.text.worker import TextWorker, Unreadable

if TYPE_CHECKING:
    from crawler.run import Crawl

Spans = Mapping[int, Sequence[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Before:
    """A PDF that a file was before, and whether these bytes have a text."""

    digest: str
    capture: str
    engine: str
    """That read its conversion; empty when it has none."""


@dataclass(slots=True)
class Told:
    """What earlier versions tell of a file."""

    findings: list[Finding] = field(default_factory=list)
    secret: list[str] = field(default_factory=list)
    """Passages of any version that are held back, from now on or since earlier."""


async def visible_before(
    crawl: Crawl, text: TextWorker, file_id: str, others: Sequence[Before], now: Extracted
) -> Told:
    """Compare a version with those before it. What cannot be compared is held back whole.

    Raises:
        StoreUnavailable: earlier versions cannot be read now; nothing may be committed before they were.
    """
    told = Told()
    assert now.facts is not None
    told.secret += await crawl.database.run(_held_words, crawl.holdings, [one.digest for one in others])
    told.secret += [now.pages[page - 1][start:end] for page, spans in now.hidden.items() for start, end in spans]
    if not any(page.boxes for page in now.facts.pages):
        return told
    for before in others:
        pages, said, engine = await _one(crawl, text, before, now)
        if pages:
            if before.engine not in {"", engine}:
                pages = {page: [EVERYTHING] for page in pages}  # another engine read its text: other places
            told.findings.append(Finding(file_id, before.digest, before.capture, engine, "visible before", pages))
        told.secret += said
    return told


async def _one(crawl: Crawl, text: TextWorker, before: Before, now: Extracted) -> tuple[Spans, list[str], str]:
    """Pages of one earlier version with what is to be held back of them, its words, and the engine that read them."""
    assert now.facts is not None
    wanted: Mapping[int, Sequence[Sequence[float]]] = {}
    with scratch() as path:
        try:
            await crawl.database.run(fetch, crawl.holdings.open_payload, before.capture, path)
            then = await asyncio.to_thread(text.extract, "application/pdf", path)
            if then.facts is None or (then.trouble and not then.pages):
                return await crawl.database.run(_every_page, before.digest), [], before.engine
            shown = [_without(words, now.hidden.get(page, ())) for page, words in enumerate(now.pages, 1)]
            wanted = areas(then.facts.pages, then.pages, now.facts.pages, shown)
            spans = dict(await asyncio.to_thread(text.words_in, path, wanted)) if wanted else {}
            scanned = await crawl.database.run(pages_by_ocr, before.digest) if wanted else set()
            spans |= {page: [EVERYTHING] for page in scanned.intersection(wanted)}  # where its words stand is not known
            gone = await asyncio.to_thread(dropped, then.facts.pages, then.pages, now.facts.pages, shown)
            for page, words in gone.items():
                spans[page] = merged([*spans.get(page, ()), *words])
        except StoreUnavailable:
            raise
        except Unreadable:
            return {page: [EVERYTHING] for page in wanted}, [], before.engine
        except (RecordwatchError, OSError):
            return await crawl.database.run(_every_page, before.digest), [], before.engine
    pages = {page: found for page, found in spans.items() if found}
    said = [then.pages[page - 1][start:end] for page, found in pages.items() for start, end in found]
    said += [then.pages[page - 1][start:end] for page, found in then.hidden.items() for start, end in found]
    return pages, said, then.engine


def _every_page(digest: str) -> dict[int, list[tuple[int, int]]]:
    """All of the pages of these bytes that have a text."""
    return {text.page: [EVERYTHING] for texts in texts_of([digest]).values() for text in texts}


def _held_words(holdings: Holdings, digests: Sequence[str]) -> list[str]:
    """The passages of these bytes that are held back already."""
    held = hidden(digests)
    owners = {text: digest for digest, texts in texts_of(sorted(held)).items() for text in texts}
    wanted = {text.id: text for text, digest in owners.items() if text.page in held[digest]}
    return [
        words[start:end]
        for ident, words in archived_texts(holdings)(list(wanted.values()))
        for start, end in held[owners[wanted[ident]]][wanted[ident].page]
    ]


def texts_of(digests: Sequence[str]) -> dict[str, list[Text]]:
    """The texts of some bytes, page by page."""
    from archive.catalog.models import Capture, Derived

    found: dict[str, list[Text]] = {}
    for part in batches(digests):
        captures = dict(Capture.objects.filter(payload_digest__in=part).values_list("id", "payload_digest"))
        for few in batches(sorted(captures)):
            for row in Derived.objects.filter(capture__in=few, kind="conversion").values_list(*Text._fields):
                text = Text(*row)
                found.setdefault(captures[text.capture], []).append(text)
    return found


def masked_facts(portal: str, digests: Sequence[str], secret: Sequence[str]) -> list[Operation]:
    """What documents say of themselves, without words that are held back."""
    changed: list[Row] = []
    for part in batches(digests):
        for row in FileFacts.objects.filter(portal=portal, digest__in=part, kind="pdf"):
            said = row.facts.get("metadata", {})
            masked = {name: without(value, secret) for name, value in said.items()}
            if masked != said:
                changed.append({"id": row.id, "facts": {**row.facts, "metadata": masked}})
    return [Update("releases.FileFacts", changed)] if changed else []


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def fetch(open_payload: Callable[[str], BinaryIO], capture: str, path: Path) -> None:
    """Copy an archived payload to `path`."""
    with closing(open_payload(capture)) as stream, path.open("wb") as file:
        shutil.copyfileobj(stream, file, 1024**2)


@contextmanager
def scratch() -> Iterator[Path]:
    """A place for a document that nobody else may read, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="recordwatch-") as folder:
        yield Path(folder) / "document"
