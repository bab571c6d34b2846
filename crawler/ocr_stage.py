"""The scans stage: words are read off scanned pages once everything else of a crawl is committed.

Reading a page takes seconds, so news never waits for it. What lacks its words is found by query: a crawl that
was killed, or that had enough, leaves the rest to the next one.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from archive.commit import Insert, Operation
from archive.ids import uuid7
from config.errors import RecordwatchError
from config.programs import TESSERACT, ProgramMissing, require
from crawler.examine_before import fetch, scratch
from crawler.ocr_before import shown_before
from crawler.ocr_wanted import Wanted, pages_read, wanted
from releases.facts.model import OcrRead, ReadPage
from releases.quarantine.plan import Finding, plan_quarantine
from releases.sandbox.program import ProgramFailed
from releases.text import places
from releases.text.outcome import Trouble
from releases.text.readings import facts_row
from releases.text.scans import Scanned, ScanReader
from releases.text.tesseract import Tesseract, tesseract

if TYPE_CHECKING:
    from pathlib import Path

    from crawler.run import Crawl

FACTS_TYPE = "application/vnd.recordwatch.facts+json"
CRAWL_SECONDS = 30 * 60.0
"""On the clock, after which one crawl begins no further page."""
BATCH_PAGES = 50
"""Pages after which what was read is committed."""


@dataclass(slots=True)
class _Batch:
    """What is read and not yet committed."""

    operations: list[Operation] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    pages: int = 0


async def read_scans(crawl: Crawl, *, again: bool = False) -> None:
    """Read the words off every scan of the portal that nobody has read, as far as time allows; with `again` also off
    those of which is not kept where their words stand.
    """
    if not crawl.portal.text.ocr:
        return
    asked = await crawl.database.run(wanted, crawl.portal.slug, again=again)
    engine = await _engine(crawl, asked)
    if engine is None:
        return
    asked = [scan for scan in asked if scan.tried != engine.engine]
    until, batch = time.monotonic() + CRAWL_SECONDS, _Batch()
    with ScanReader(engine) as reader:
        for done, scan in enumerate(asked):
            crawl.progress("scans", done, len(asked))
            if not await _document(crawl, reader, scan, batch, until, first=not done):
                left = len(asked) - done
                crawl.result.warnings.append(
                    f"{_scans(left)} still to be read: this crawl read scans for {CRAWL_SECONDS / 60:g} minutes, "
                    "and the next one goes on"
                )
                break
            if batch.pages >= BATCH_PAGES:
                await _commit(crawl, batch)
                batch = _Batch()
    await _commit(crawl, batch)


async def _engine(crawl: Crawl, asked: list[Wanted]) -> Tesseract | None:
    """Tesseract, in the portal's languages; None where there is nothing to read, or nothing to read it with. What is
    missing is said once, when a crawl brings scans.
    """
    if not asked:
        return None
    fresh = sum(1 for scan in asked if scan.pdf and scan.crawl == crawl.id)
    try:
        path = require(TESSERACT, crawl.home.settings.programs.tesseract)
        engine = await asyncio.to_thread(tesseract, path, crawl.portal.languages)
    except ProgramMissing as missing:
        if fresh:
            crawl.result.warnings.append(f"{_scans(fresh)} without text: {missing}")
        return None
    except (ProgramFailed, OSError) as failed:
        crawl.result.warnings.append(f"{_scans(len(asked))} without text: {path} cannot be used: {failed}")
        return None
    if engine.missing:
        packages = ", ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in engine.missing)
        crawl.result.warnings.append(
            f"scans are read in {engine.languages} alone: Tesseract does not have {', '.join(engine.missing)} here "
            f"(on Debian: {packages})"
        )
    return engine


async def _document(
    crawl: Crawl, reader: ScanReader, scan: Wanted, batch: _Batch, until: float, *, first: bool
) -> bool:
    """Read one document; False where there is no time left for it. What is read of the `first` is kept all the same:
    no later crawl has more time for it.
    """
    limit = crawl.portal.text.ocr_pages
    with scratch() as path:
        try:
            await crawl.database.run(fetch, crawl.holdings.open_payload, scan.capture, path)
        except RecordwatchError:
            return True  # it cannot be had now; it can be read later
        found: dict[int, Scanned] = {}
        for page in scan.pages[:limit]:
            if time.monotonic() > until:
                if not first:
                    return False
                break
            found[page] = await asyncio.to_thread(_page, reader, scan, path, page)
    await _keep(crawl, reader.engine.engine, scan, found, batch)
    return True


def _page(reader: ScanReader, scan: Wanted, path: Path, page: int) -> Scanned:
    return reader.page(path, page, scan.boxes.get(page, ())) if scan.pdf else reader.picture(path, page)


async def _keep(crawl: Crawl, engine: str, scan: Wanted, found: dict[int, Scanned], batch: _Batch) -> None:
    """Texts and what came of it go into the WARC; rows and findings into the batch."""
    url = await crawl.database.run(_url, scan.capture)
    there = await crawl.database.run(pages_read, scan.digest, engine)
    placed = await crawl.database.run(pages_read, scan.digest, engine, places.MIME)
    texts = {page: one.text for page, one in found.items() if one.text}
    for page, text in texts.items():
        if page not in there:
            await crawl.writer.conversion(
                scan.capture, url, text.encode("utf-8", "replace"), "text/plain; charset=utf-8", engine, page=page
            )
        if page not in placed:
            where = places.encoded(text, found[page].places)
            await crawl.writer.metadata(scan.capture, url, where, places.MIME, engine, page=page)
    facts = OcrRead(
        tuple(ReadPage(page, one.confidence) for page, one in found.items() if one.scan and not one.trouble),
        *_trouble(scan, found, crawl.portal.text.ocr_pages),
        placed=True,
    )
    await crawl.writer.metadata(scan.capture, url, msgspec.json.encode(facts), FACTS_TYPE, engine)
    row = facts_row(uuid7(), crawl.portal.slug, crawl.id, scan.digest, scan.capture, facts, engine, datetime.now(UTC))
    batch.operations.append(Insert("releases.FileFacts", [row]))
    batch.pages += len(found)
    if texts and scan.pdf:
        batch.findings += await crawl.database.run(
            shown_before, crawl.holdings, scan.digest, scan.capture, engine, texts
        )


def _trouble(scan: Wanted, found: dict[int, Scanned], limit: int) -> tuple[Trouble, str]:
    """The first page's that could not be read; else that there are more than are read."""
    for page, one in found.items():
        if one.trouble:
            return one.trouble, f"page {page}: {one.error}"
    if len(found) < min(len(scan.pages), limit):
        return (
            "too slow",
            f"reading it took over {CRAWL_SECONDS / 60:g} minutes; {len(found):,} of its scanned pages were read",
        )
    if len(scan.pages) > limit:
        return "too many pages", f"{len(scan.pages):,} of its pages are scanned; the first {limit:,} were read"
    return "", ""


async def _commit(crawl: Crawl, batch: _Batch) -> None:
    """In one commit, so that no reader comes between a text and what of it nobody is to be shown."""
    if not batch.operations:
        return
    at = datetime.now(UTC)
    held_back = await crawl.database.run(plan_quarantine, crawl.portal.slug, crawl.id, at, batch.findings)
    crawl.result.warnings += held_back.warnings
    await crawl.commit("scans", [*batch.operations, *held_back.operations])


def _url(capture: str) -> str:
    from archive.catalog.models import Capture

    return str(Capture.objects.values_list("url", flat=True).get(id=capture))


def _scans(count: int) -> str:
    return "1 scanned document is" if count == 1 else f"{count:,} scanned documents are"
