"""The files stage: everything records point to, through the file lane, committed as WARCs are sealed.

A commit follows each large file at once, and small files in batches, so that a 40 GB video never
delays what is known of the others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from config.errors import RecordwatchError
from crawler.capture.door import Door
from crawler.capture.files import FileJob, FileLane, FileOutcome
from releases.ledger.plan import FileWanted, plan_files
from releases.text.worker import TextWorker, can_extract

if TYPE_CHECKING:
    from crawler.run import Crawl

BATCH_FILES = 500
BATCH_BYTES = 256 * 1024**2
BATCH_SECONDS = 60.0
LARGE_BYTES = 64 * 1024**2


async def fetch_files(crawl: Crawl, door: Door, wanted: Sequence[FileWanted]) -> None:
    """Take every direct file of `wanted`; a player's page (Vimeo …) is left to the media resolver."""
    jobs = [FileJob(file.file_id, file.url, file.referer) for file in wanted if file.host == "direct"]
    if not jobs:
        return
    lane = FileLane(door)
    batch: list[FileOutcome] = []
    held_bytes, since, done = 0, time.monotonic(), 0
    with TextWorker() as worker:
        async for outcome in lane.fetch_all(jobs):
            done += 1
            crawl.progress("files", done, len(jobs))
            batch.append(outcome)
            held_bytes += outcome.size
            full = len(batch) >= BATCH_FILES or held_bytes >= BATCH_BYTES
            if full or outcome.size >= LARGE_BYTES or time.monotonic() - since >= BATCH_SECONDS:
                await _commit(crawl, worker, batch)
                batch, held_bytes, since = [], 0, time.monotonic()
        if batch:
            await _commit(crawl, worker, batch)


async def _commit(crawl: Crawl, worker: TextWorker, batch: Sequence[FileOutcome]) -> None:
    await crawl.writer.flush()
    await _write_text(crawl, worker, batch)
    plan = await crawl.database.run(plan_files, crawl.portal.slug, crawl.id, datetime.now(UTC), batch)
    crawl.take(plan)
    crawl.result.files += sum(1 for outcome in batch if not outcome.error)
    crawl.result.file_errors += sum(1 for outcome in batch if outcome.error)
    await crawl.commit("files", plan.operations)


async def _write_text(crawl: Crawl, worker: TextWorker, batch: Sequence[FileOutcome]) -> None:
    """Text of files whose bytes are new here, one `conversion` record per page."""
    fresh = [
        outcome for outcome in batch
        if outcome.capture and not outcome.error and not outcome.not_modified and can_extract(outcome.mime, outcome.url)
    ]  # fmt: skip
    if not fresh:
        return
    known = await crawl.database.run(crawl.holdings.known, [outcome.digest for outcome in fresh])
    written: set[str] = set()
    for outcome in fresh:
        if outcome.digest in known or outcome.digest in written:
            continue
        written.add(outcome.digest)
        try:
            with crawl.writer.open_payload(outcome.capture) as stream:
                extracted = await asyncio.to_thread(worker.extract, outcome.mime, stream)
        except RecordwatchError:
            continue  # the bytes are archived; text can be made from them later
        for number, text in enumerate(extracted.pages, 1):
            if text.strip():
                await crawl.writer.conversion(
                    outcome.capture, outcome.url, text.encode("utf-8", "replace"), "text/plain; charset=utf-8",
                    extracted.engine, page=number,
                )  # fmt: skip
