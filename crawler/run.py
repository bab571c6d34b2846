"""One crawl, from the lock to the last commit.

    recover ─► listing (Scrapy) ─► verdict ─► confirm absences ─► evidence stored ─► commit: records, events
            ─► files (file lane), then media (resolver, file lane) ─► text ─► evidence stored
            ─► commit: file versions, events ─► … ─► deadlines ─► ended

Nothing is said (no event, no alert) before what proves it is in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec

from archive.catalog.commits import warc_operations
from archive.commit import Insert, Operation, Update
from archive.holdings import Holdings
from archive.ids import uuid7
from archive.recover import recover
from archive.warc.crawl_writer import CrawlWriter
from config.home import Home
from config.portal import Portal
from crawler.cadence import silence
from crawler.canaries import OwnPages, ask, to_ask
from crawler.collect import Collector, WatchedDoor
from crawler.database import DatabaseThread
from crawler.deadlines import ticked
from crawler.files_stage import fetch_files
from crawler.health import Judgement, history, judge
from crawler.listing import read_listing
from crawler.media_stage import fetch_media
from crawler.next_crawl import plan_next
from crawler.ocr_stage import read_scans
from crawler.opening import open_door, warcinfo
from crawler.readings import checks_of, load
from crawler.records_stage import confirm_absent, write_extracted, write_page_text
from crawler.rendering import rendering
from crawler.result import CrawlResult
from releases.deadlines.tick import plan_deadlines
from releases.ledger.plan import Observation, Plan, plan_listing
from spiders.registry import spider_class

Progress = Callable[[str, int, int], None]
"""Called with stage (`listing`, `files`), done and known so far."""


class Crawl:
    """The state of one crawl between its stages."""

    def __init__(self, home: Home, portal: Portal, holdings: Holdings, progress: Progress) -> None:
        self.home = home
        self.portal = portal
        self.holdings = holdings
        self.progress = progress
        self.id = uuid7()
        self.started = datetime.now(UTC)
        self.began = time.monotonic()
        self.database = DatabaseThread()
        self.spider = spider_class(portal.spider)
        self.extractor = self.spider.version(portal)
        self.result = CrawlResult(portal.slug, self.id)
        self.asking: dict[str, Any] = {}
        """What this crawl learnt of how hosts answer (`crawler.recheck.habits`)."""
        self.info = warcinfo(home, portal)
        self.writer = CrawlWriter(
            home.spool,
            portal=portal.slug,
            crawl=self.id,
            info=self.info,
            known=holdings.known,
            stored=holdings,
        )

    async def commit(self, reason: str, operations: list[Operation]) -> None:
        """Store the evidence sealed so far, then commit it with `operations`, then delete it here."""
        sealed = await self.writer.seal()
        await self.database.run(self.holdings.committer.store_warcs, sealed)
        rows = [*warc_operations(sealed), *operations]
        if rows:
            await self.database.run(self.holdings.committer.commit, self.portal.slug, reason, rows)
        await self.database.run(self.holdings.forget_local, sealed)

    def take(self, plan: Plan) -> None:
        """Note the events of a plan for the result."""
        self.result.events += plan.events
        self.result.warnings += plan.warnings


async def crawl_portal(
    home: Home,
    portal: Portal,
    holdings: Holdings,
    *,
    max_records: int | None = None,
    progress: Progress = lambda stage, done, known: None,
    everything: bool = False,
    scans_again: bool = False,
) -> CrawlResult:
    """One crawl of `portal`; the caller holds its lock. With `everything`, pages are read also where the portal says
    that they are unchanged; with `scans_again`, so are scans of which is not kept where their words stand.

    Raises:
        RecordwatchError: the store or the database failed. What was captured stays in the spool, and
            the next crawl (or `recordwatch recover`) takes it from there.
    """
    crawl = Crawl(home, portal, holdings, progress)
    try:
        recovery = await crawl.database.run(recover, home, holdings, portal.slug, active=crawl.id)
        crawl.result.recovered = recovery.captures
        await _stages(crawl, max_records, everything=everything, scans_again=scans_again)
    finally:
        await crawl.writer.close()
        await crawl.database.close()
        with contextlib.suppress(OSError):  # not empty: something is left for `recover`
            crawl.writer.folder.rmdir()
    crawl.result.seconds = time.monotonic() - crawl.began
    return crawl.result


async def _stages(
    crawl: Crawl, max_records: int | None, *, everything: bool = False, scans_again: bool = False
) -> None:
    portal, database, result = crawl.portal, crawl.database, crawl.result
    past = await database.run(history, portal.slug, crawl.extractor, portal.expect.canaries)
    readings = await database.run(
        load, portal.slug, crawl.extractor, crawl.info["configuration"], crawl.started, portal.recheck.longest_days,
        everything=everything,
    )  # fmt: skip
    opened = open_door(crawl.home, portal, crawl.writer, crawl.holdings, database)
    try:
        limit = min(max_records or portal.limits.records, portal.limits.records)
        collector = Collector(portal, limit, readings)
        door = WatchedDoor(opened.door, collector)
        async with rendering(crawl.home, portal, opened.door, crawl.writer, collector) as renderer:
            await read_listing(
                crawl.spider, portal, door, collector, crawl.progress, partial(write_page_text, crawl), renderer
            )
        collector.findings.asked = await ask(
            opened.door,
            to_ask(collector.findings, past, portal.expect),
            collector.findings.own_pages(),
            OwnPages.of(crawl.spider, portal),
        )
        unopened = frozenset(readings.unopened & collector.sightings.keys())
        collector.findings.unopened = len(unopened)
        judgement = judge(collector.findings, past, portal.expect)
        observation = _observe(crawl, collector, judgement, unopened, backfill=past.backfill)
        confirmations = await confirm_absent(crawl, opened.door, observation)
        await write_extracted(crawl, collector, judgement)
        plan = await database.run(plan_listing, observation, confirmations)
        crawl.take(plan)
        if judgement.complete and not any(event["kind"] == "new" for event in plan.events):
            judgement = judgement.noting(await database.run(silence, portal.slug, crawl.started))
        judgement = judgement.checking(checks_of(readings, collector.read, plan.events), readings.why)
        result.warnings += judgement.notes
        result.verdict, result.reason, result.coverage = judgement.verdict, judgement.reason, judgement.coverage
        result.backfill, result.records = past.backfill, len(collector.sightings)
        result.unopened = len(unopened)
        await crawl.commit(
            "listing", [*_opening_rows(crawl, judgement, first=past.first, observed=observation), *plan.operations]
        )
        await fetch_files(crawl, opened.door, plan.files_wanted)
        await fetch_media(crawl, opened.door, plan.files_wanted, renderer.visits)
        await _tick(crawl)
    finally:
        await opened.close()
    await read_scans(crawl, again=scans_again)
    result.received_bytes, result.exchanges = opened.door.budget.received, opened.door.tally.requests
    counts = {
        "records": result.records, "unopened": result.unopened, "files": result.files, "file_errors": result.file_errors,
        "exchanges": result.exchanges, "received_bytes": result.received_bytes, "events": len(result.events),
        "recheck": result.recheck, "asking": crawl.asking,
    }  # fmt: skip
    row = {"id": crawl.id, "ended_at": datetime.now(UTC), "counts": counts}
    if result.reason != judgement.reason:
        row["reason"] = result.reason
    ended: Operation = Update("catalog.Crawl", [row])
    await crawl.commit("ended", [ended])
    await database.run(plan_next, crawl.home, portal)


async def _tick(crawl: Crawl) -> None:
    """What is overdue now that everything this crawl saw is committed."""
    now = datetime.now(UTC)
    plan = await crawl.database.run(plan_deadlines, crawl.portal, now, crawl.id)
    crawl.take(plan)
    if plan.operations:
        await crawl.commit("deadlines", plan.operations)
    ticked(crawl.home, crawl.portal, now)


def _observe(
    crawl: Crawl, collector: Collector, judgement: Judgement, unopened: frozenset[str], *, backfill: bool
) -> Observation:
    return Observation(
        portal=crawl.portal, crawl=crawl.id, started_at=crawl.started, at=datetime.now(UTC),
        extractor=crawl.extractor, sightings=list(collector.sightings.values()), records=collector.records,
        pages=collector.pages, verdict=judgement.verdict, coverage=judgement.coverage,
        complete=judgement.complete, backfill=backfill, reason=judgement.reason, incident=judgement.incident,
        unopened=unopened,
    )  # fmt: skip


def _opening_rows(crawl: Crawl, judgement: Judgement, *, first: bool, observed: Observation) -> list[Operation]:
    portal = crawl.portal
    rows: list[Operation] = []
    if first:
        rows.append(Insert("catalog.Portal", [{
            "slug": portal.slug, "name": portal.name, "url": portal.url, "first_crawl_at": crawl.started,
            "commit_seq": 0,
        }]))  # fmt: skip
    rows.append(Insert("catalog.Crawl", [{
        "id": crawl.id, "portal": portal.slug, "started_at": crawl.started, "ended_at": None,
        "listed_at": observed.at, "verdict": judgement.verdict, "coverage": judgement.coverage,
        "backfill": observed.backfill, "reason": judgement.reason, "answers": msgspec.to_builtins(judgement.answers),
        "counts": {"records": len(observed.sightings)}, "figures": msgspec.to_builtins(judgement.figures),
        "extractor": observed.extractor,
        "config_digest": crawl.info["configuration"],
    }]))  # fmt: skip
    return rows


def run_crawl(
    home: Home,
    portal: Portal,
    holdings: Holdings,
    *,
    max_records: int | None,
    progress: Progress,
    everything: bool = False,
    scans_again: bool = False,
) -> CrawlResult:
    """`crawl_portal` in an event loop of its own (uvloop where there is one)."""
    # What the imports left will live to the end: looked through by every full collection, it stalled the loop
    # for 65 ms each time. Where the process is not ours alone, garbage of others would live to the end too.
    if gc.get_freeze_count():
        gc.freeze()
    run = partial(
        crawl_portal, home, portal, holdings, max_records=max_records, progress=progress, everything=everything,
        scans_again=scans_again,
    )  # fmt: skip
    try:
        import uvloop
    except ImportError:
        return asyncio.run(run())
    return uvloop.run(run())
