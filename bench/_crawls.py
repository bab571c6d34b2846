"""The crawls that `crawl` and `recrawl` measure, each in a process of its own.

    python -m bench._crawls pages|null|files|scrapy URL HOME [PATHS]

The last line of output is a JSON object: URLs had, seconds from the first request to the last sealed
byte, and what the archive took.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.ids import uuid7
from archive.model import Archived, Failure, Held, Peer


class NullSink:
    """Keeps nothing. The body is the door's to keep, for a page."""

    __slots__ = ("_at", "_size", "_status", "_url")

    def __init__(self, url: str) -> None:
        self._url, self._status, self._size, self._at = url, 0, 0, datetime.now(UTC)

    def connected(self, peer: Peer) -> None: ...

    def sent(self, data: bytes) -> None: ...

    def interim(self, raw: bytes) -> None: ...

    def head(self, raw: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        del raw, headers
        self._status = status

    async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        del raw
        self._size += len(entity)

    async def finish(self) -> Archived:
        return Archived(uuid7(), self._at, self._url, self._status, "", self._size, None)

    async def fail(self, failure: Failure) -> Archived:
        return Archived(uuid7(), self._at, self._url, 0, "", self._size, None, failure.truncated)


class NullRecorder:
    """An archive that forgets at once."""

    def begin(self, url: str, method: str, *, held: Held | None = None, attempt: int = 1) -> NullSink:
        del method, held, attempt
        return NullSink(url)

    async def assemble(self, url: str, parts: Any, **_said: str) -> Archived:
        raise AssertionError(f"{len(parts)} parts of {url}: this server never breaks off")


async def ours(kind: str, url: str, home: Any, holdings: Any, paths: list[str]) -> dict[str, Any]:
    """One crawl through recordwatch's door: `pages` by Scrapy, `null` the same unarchived, `files` by the lane."""
    from archive.catalog.commits import warc_operations
    from archive.commit import Insert
    from crawler.opening import open_door
    from crawler.run import Crawl

    portal = home.portal("bench")
    crawl = Crawl(home, portal, holdings, lambda *_: None)
    opened = open_door(home, portal, NullRecorder() if kind == "null" else crawl.writer, holdings, crawl.database)
    first = await crawl.database.run(holdings.committer.applied, portal.slug) == 0
    began = time.perf_counter()
    if kind == "files":
        had = await _files(opened.door, [url + path for path in paths])
    else:
        had = await _pages(opened.door, portal)
    sealed = await crawl.writer.seal()
    seconds = time.perf_counter() - began
    await crawl.database.run(holdings.committer.store_warcs, sealed)
    rows: list[Any] = list(warc_operations(sealed))
    if first:
        row = {"slug": portal.slug, "name": "B", "url": portal.url, "first_crawl_at": crawl.started, "commit_seq": 0}
        rows.insert(0, Insert("catalog.Portal", [row]))
    if kind != "null":
        await crawl.database.run(holdings.committer.commit, portal.slug, "bench", rows)
        await crawl.database.run(holdings.forget_local, sealed)
    await opened.close()
    await crawl.writer.close()
    await crawl.database.close()
    tally = opened.door.tally
    return {
        "had": had,
        "seconds": seconds,
        "committed": time.perf_counter() - began,
        "archived": sum(warc.size for warc in sealed),
        "captures": sum(len(warc.captures) for warc in sealed),
        "not_modified": tally.not_modified,
        "requests": tally.requests,
    }


async def _files(door: Any, urls: list[str]) -> int:
    from crawler.capture.files import FileJob, FileLane

    had = 0
    async for outcome in FileLane(door).fetch_all(FileJob(str(n), url) for n, url in enumerate(urls)):
        had += not outcome.error
    return had


async def _pages(door: Any, portal: Any) -> int:
    """Every URL of the site as a page: the listing stage with a spider that follows every link."""
    import scrapy
    from scrapy.http import Response, TextResponse

    from crawler.collect import Collector, WatchedDoor
    from crawler.listing import read_listing
    from releases.model import Sighting
    from spiders.portal_spider import Output, PortalSpider

    class EveryLink(PortalSpider):
        extractor = "bench 1"

        def first(self) -> list[scrapy.Request]:
            self.seen = {self.portal.url}
            return [self.request(self.portal.url, self.read)]

        def read(self, response: Response) -> Iterator[Output]:
            yield Sighting(response.url, response.url)
            if isinstance(response, TextResponse):
                for part in self.page(response).many("a[href]"):
                    if (link := part.href) not in self.seen:
                        self.seen.add(link)
                        yield self.request(link, self.read)

    async def no_text(capture: str, response: Response) -> None:
        """Only records have a text."""

    collector = Collector(portal, 10**6)
    await read_listing(EveryLink, portal, WatchedDoor(door, collector), collector, lambda *_: None, no_text)
    if collector.findings.failures or collector.findings.page_errors:
        sys.exit(f"not every page was had: {collector.findings.failures[:3]} {collector.findings.page_errors[:3]}")
    return len(collector.sightings)


def plain_scrapy(url: str) -> dict[str, Any]:
    """Scrapy as it comes, following every link with its own extractor; nothing is archived."""
    import logging

    from scrapy.crawler import CrawlerProcess
    from scrapy.linkextractors import LinkExtractor
    from scrapy.spiders import CrawlSpider, Rule

    had: set[str] = set()

    class Everything(CrawlSpider):
        name = "everything"
        start_urls = [url + "/"]
        rules = [Rule(LinkExtractor(deny_extensions=[]), callback="note", follow=True)]

        def parse_start_url(self, response: Any, **_: Any) -> list[Any]:
            return self.note(response)

        def note(self, response: Any) -> list[Any]:
            had.update([response.url] if response.status == 200 else [])
            return []

    # Scrapy 2.19's defaults, but for what the site or the comparison rules out: no robots.txt, no delay.
    process = CrawlerProcess({"ROBOTSTXT_OBEY": False, "DOWNLOAD_DELAY": 0, "LOG_LEVEL": "INFO"})
    logging.getLogger("scrapy").setLevel(logging.INFO)
    process.crawl(Everything)
    began = time.perf_counter()
    process.start()
    return {"had": len(had), "seconds": time.perf_counter() - began, "archived": 0}


def main(arguments: list[str]) -> None:
    kind, url, folder = arguments[0], arguments[1], Path(arguments[2])
    if kind == "scrapy":
        said = plain_scrapy(url)
    else:
        from archive.catalog.database import prepare_models

        prepare_models()
        import uvloop

        from archive.holdings import Holdings
        from config.home import open_home

        home = open_home(folder)
        import crawler.run  # noqa: F401  its imports belong to what is frozen

        gc.freeze()  # as run_crawl does
        paths = json.loads(Path(arguments[3]).read_text("utf-8")) if len(arguments) > 3 else []
        said = uvloop.run(ours(kind, url, home, Holdings(home), paths))
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
