"""The files stage: everything records point to, through the file lane, committed as WARCs are sealed.

A commit follows each large file at once, and small files in batches, so that a 40 GB video never
delays what is known of the others.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive.catalog.held import held_captures
from archive.model import Before
from crawler.capture.door import Door
from crawler.capture.files import MEDIA_KINDS, FileJob, FileLane, FileOutcome
from crawler.examine import Examiner
from crawler.recheck.stage import note, select, time_is_up
from releases.ledger.plan import FileWanted, newest_captures, plan_files
from releases.quarantine.plan import plan_quarantine

if TYPE_CHECKING:
    from crawler.run import Crawl

BATCH_FILES = 500
BATCH_BYTES = 256 * 1024**2
BATCH_SECONDS = 60.0
LARGE_BYTES = 64 * 1024**2


async def fetch_files(crawl: Crawl, door: Door, wanted: Sequence[FileWanted]) -> None:
    """Take the direct files of `wanted`, of those that are held already as many as the portal file's `recheck`
    allows (`crawler.recheck`); a player's page (Vimeo …) is left to the media resolver, and videos
    and sound of a portal whose file says `media = false` are left where they are.
    """
    # A file to be pressed for is known by its `press`: of a page that this crawl did not read, nobody knows it.
    had = (f for f in wanted if f.host == "direct" or f.press is not None)
    direct = [f for f in had if crawl.portal.media or f.kind not in MEDIA_KINDS]
    if not direct:
        return
    direct, chosen = await select(crawl, door, direct)
    before = await crawl.database.run(_before, [file.file_id for file in direct if file.press is not None])
    probes = {id_: chosen.probes[id_] for id_, why in chosen.choice.asked.items() if why == "head"}
    jobs = [
        FileJob(file.file_id, file.url, file.referer, file.press, before.get(file.file_id), probes.get(file.file_id))
        for file in direct
    ]
    lane = FileLane(door, time_is_up(crawl, door))
    batch: list[FileOutcome] = []
    held_bytes, since, done = 0, time.monotonic(), 0
    with Examiner(crawl) as examiner:
        async for outcome in lane.fetch_all(jobs):
            done += 1
            crawl.progress("files", done, len(jobs))
            batch.append(outcome)
            held_bytes += outcome.size
            full = len(batch) >= BATCH_FILES or held_bytes >= BATCH_BYTES
            if full or outcome.size >= LARGE_BYTES or time.monotonic() - since >= BATCH_SECONDS:
                await commit_files(crawl, examiner, batch)
                batch, held_bytes, since = [], 0, time.monotonic()
        if batch:
            await commit_files(crawl, examiner, batch)
    crawl.asking = note(crawl, door, chosen, lane.tally)


def _before(ids: Sequence[str]) -> dict[str, Before]:
    """File id → what is held of its newest bytes."""
    captures = newest_captures(ids)
    held = held_captures(sorted(set(captures.values())))
    return {file: held[capture] for file, capture in captures.items() if capture in held}


async def commit_files(crawl: Crawl, examiner: Examiner, batch: Sequence[FileOutcome]) -> None:
    """Texts, facts, versions, and what of the texts nobody is shown: in one commit, so that no reader comes between."""
    await crawl.writer.flush()
    at = datetime.now(UTC)
    examined = await examiner.examine(batch, at)
    plan = await crawl.database.run(plan_files, crawl.portal.slug, crawl.id, at, batch)
    held_back = await crawl.database.run(plan_quarantine, crawl.portal.slug, crawl.id, at, examined.findings)
    crawl.take(plan)
    crawl.result.warnings += held_back.warnings  # its events are for editors, not for the crawl's output
    crawl.result.files += sum(1 for outcome in batch if not outcome.error)
    crawl.result.file_errors += sum(1 for outcome in batch if outcome.error)
    await crawl.commit("files", [*plan.operations, *examined.operations, *held_back.operations])
