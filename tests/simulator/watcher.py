"""recordwatch as the simulator runs it: a crawl's own stages from history to last commit, without sockets.

Real: `crawler.run`'s stages (history, verdict, canaries, confirmations, plans, commits), the spider, block
detection, the collector, the file lane, the committer, the folder store, the database. Left out for speed:
Scrapy's engine, the wire, WARCs of pages, and the clock, which shows the simulated day.
`test_same_as_a_real_crawl` runs the whole command over a socket and compares.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any, BinaryIO
from unittest import mock

import scrapy

from archive.holdings import Holdings
from archive.ids import uuid7
from archive.model import Archived, Failure, Held, Peer
from archive.warc.spooled import PayloadElsewhere
from config.home import Home
from config.portal import Portal
from crawler import files_stage, run
from crawler.capture.fetch import Fetch, Fetched, HeldAnswer
from crawler.capture.handler import response_of
from crawler.capture.wire import ExchangeFailed
from crawler.collect import Collector, WatchedDoor
from crawler.database import DatabaseThread
from spiders.errors import ChallengePageError
from spiders.portal_spider import PortalSpider
from tests.simulator.site import Answer

START = datetime(2026, 1, 1, 6, 0, tzinfo=UTC)


class Door:
    """The one door, with a function behind it instead of the wire."""

    def __init__(self, portal: Portal, serve: Callable[[str], Answer], memory: dict[str, Held]) -> None:
        self.portal, self._serve, self._memory = portal, serve, memory
        self.held = self
        self.budget = SimpleNamespace(received=0, requests=0, timed_bytes=0, timed_seconds=0.0)
        self.limiter = SimpleNamespace(delay=lambda url: 0.0)
        self.tally = SimpleNamespace(requests=0)

    async def latest(self, url: str) -> Held | None:
        return self._memory.get(url)

    async def latest_many(self, urls: Iterable[str]) -> Mapping[str, Held]:
        return {url: self._memory[url] for url in urls if url in self._memory}

    async def partly(self, urls: Iterable[str]) -> Collection[str]:
        return ()

    async def led_to(self, url: str) -> str:
        return ""

    async def answer(self, held: Held) -> HeldAnswer:
        raise AssertionError(f"nothing here is asked conditionally: {held.url}")

    async def fetch(self, wanted: Fetch) -> Fetched:
        answer = self._serve(wanted.url)
        self.tally.requests += 1
        at, capture = run.datetime.now(UTC), uuid7()
        if answer.status == 0:
            archived = Archived(capture, at, wanted.url, 0, "", 0, None)
            raise ExchangeFailed(wanted.url, Failure("connect", "connection refused", retryable=True), archived)
        digest = answer.digest or "sha256:" + hashlib.sha256(answer.body).hexdigest()
        headers = ((b"Content-Type", answer.mime.encode()), *((n.encode(), v.encode()) for n, v in answer.headers))
        held = (wanted.known or {}).get(wanted.url) if wanted.conditional else None
        same = held is not None and answer.status == 200 and held.payload_digest == digest
        archived = Archived(
            capture, at, wanted.url, 304 if same else answer.status, digest, len(answer.body), answer.body
        )
        if wanted.purpose == "file" and answer.status == 200 and not same:
            self._memory[wanted.url] = Held(capture, wanted.url, at, digest, len(answer.body), mime=answer.mime)
        return Fetched(
            wanted.url, answer.status, headers, answer.body, archived, Peer(), (archived,),
            not_modified=same, held=held if same else None,
        )  # fmt: skip


class NoWriter:
    """Takes what a crawl would write into WARCs, and keeps nothing."""

    async def seal(self) -> list[Any]:
        return []

    async def flush(self) -> None: ...

    async def metadata(self, *what: Any) -> None: ...

    async def resource(self, *what: Any) -> None: ...

    async def conversion(self, *what: Any, **more: Any) -> None: ...

    def open_payload(self, capture: str) -> BinaryIO:
        raise PayloadElsewhere("no payload is kept here", where=capture)


async def read_listing(
    spider: type[PortalSpider], portal: Portal, door: WatchedDoor, collector: Collector, *_: Any
) -> None:
    """As `crawler.listing.read_listing`, without an engine: callbacks over answers, each URL once."""
    made = spider(portal)
    stopped: list[str] = []
    collector.stop = stopped.append
    queue = deque([item async for item in made.start() if isinstance(item, scrapy.Request)])
    asked: set[str] = set()
    while queue and not stopped:
        request = queue.popleft()
        if request.url in asked:
            continue
        asked.add(request.url)
        try:
            fetched = await door.fetch(Fetch(request.url))
        except (ChallengePageError, ExchangeFailed):  # the engine gives it to no callback; the collector has it
            continue
        if not 200 <= fetched.status < 300 and fetched.status not in request.meta.get("handle_httpstatus_list", ()):
            continue
        request.meta["capture"] = fetched.archived.capture
        response = response_of(fetched)
        response.request = request
        try:
            for item in request.callback(response, **request.cb_kwargs):
                if isinstance(item, scrapy.Request):
                    queue.append(item)
                else:
                    collector.item(item, response)
        except Exception as error:
            collector.spider_error(error, response.url)


class Watcher:
    """One portal watched from its first day."""

    def __init__(self, home: Home, holdings: Holdings) -> None:
        self.home, self.holdings = home, holdings
        self.memory: dict[str, Held] = {}
        self.database = DatabaseThread()
        self.now = START
        self._loop = asyncio.new_event_loop()

    def crawl(self, portal: Portal, day: int, serve: Callable[[str], Answer]) -> Any:
        """One crawl on `day`; its `CrawlResult`."""
        self.now = START + timedelta(days=day)
        ticks = count()

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return self.now + timedelta(milliseconds=next(ticks))

        opened = SimpleNamespace(door=Door(portal, serve, self.memory), close=_nothing)
        stand_ins = {
            "open_door": lambda *_: opened, "read_listing": read_listing, "DatabaseThread": lambda: self.database,
            "CrawlWriter": lambda *_, **__: NoWriter(), "datetime": Clock,
        }  # fmt: skip
        with mock.patch.multiple(run, **stand_ins), mock.patch.object(files_stage, "datetime", Clock):
            crawl = run.Crawl(self.home, portal, self.holdings, lambda *_: None)
            self._loop.run_until_complete(run._stages(crawl, None))
        return crawl.result

    def close(self) -> None:
        self._loop.run_until_complete(self.database.close())
        self._loop.close()


async def _nothing() -> None: ...


@contextmanager
def watching(home: Home, holdings: Holdings) -> Iterator[Watcher]:
    watcher = Watcher(home, holdings)
    try:
        yield watcher
    finally:
        watcher.close()
