"""The listing stage: a spider runs in Scrapy's engine, every byte through the one door."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from scrapy import signals
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response
from scrapy.settings import Settings

from config.errors import RecordwatchError
from config.portal import Portal
from crawler.capture.decoding import UndecodablePage, UnpacksTooLarge
from crawler.collect import Collector, WatchedDoor
from crawler.rendering import WatchedRenderer
from crawler.shell import HINT, is_shell, opening_of
from releases.model import Page
from spiders.errors import PageError
from spiders.portal_spider import PortalSpider

MOST_WHY = 2
"""Notes of the browser that the error of a page repeats."""
RENDERING = "crawler.capture.browser.handler.RenderingDownloadHandler"


class _EngineErrors(logging.Handler):
    """Errors that Scrapy logs and otherwise swallows; those between door and spider are the page's."""

    def __init__(self, collector: Collector) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self._collector = collector

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, UndecodablePage):
            self._collector.spider_error(error, error.url)
            return
        if isinstance(error, UnpacksTooLarge):
            self._collector.failed(error.where, error)
            return
        self.lines.append(f"{record.getMessage()}{f': {type(error).__name__}: {error}' if error else ''}")


async def read_listing(
    spider: type[PortalSpider],
    portal: Portal,
    door: WatchedDoor,
    collector: Collector,
    progress: Callable[[str, int, int], None],
    page: Callable[[str, Response], Awaitable[None]],
    renderer: WatchedRenderer | None = None,
) -> None:
    """Run `spider` over `portal` to its end; what it found is in `collector` afterwards.

    `page` is awaited with capture id and response of each page that is new and gave a record: the
    crawl goes no faster than its texts are written, and keeps none of them in memory. With `renderer`,
    pages are the browser's where the portal file or the spider says so.

    Raises:
        RecordwatchError: what is no single page's trouble: a full disk, a database that is gone.
    """
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    if renderer is not None:
        handlers = settings.getdict("DOWNLOAD_HANDLERS") | dict.fromkeys(("http", "https"), RENDERING)
        settings.set("DOWNLOAD_HANDLERS", handlers, priority="cmdline")
    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler(spider)
    crawler.door = door  # type: ignore[attr-defined]  # the download handler takes it from here
    crawler.renderer = renderer  # type: ignore[attr-defined]  # and this
    crawler.readings = collector.readings  # type: ignore[attr-defined]  # and the spider this
    closing: list[asyncio.Task[None]] = []

    def stop(reason: str) -> None:
        if crawler.engine is not None and not closing:
            closing.append(asyncio.ensure_future(crawler.engine.close_spider_async(reason=reason)))

    async def item_scraped(item: Any, response: Response) -> None:
        capture = collector.item(item, response)
        if isinstance(item, Page) and _is_plain_shell(response):
            collector.findings.notes.setdefault(f"{HINT} ({response.url})", None)
        if capture:
            try:
                await page(capture, response)
            except RecordwatchError as error:
                collector.failed(response.url, error)
        progress("listing", len(collector.records), len(collector.sightings))

    def spider_error(failure: Any, response: Any) -> None:
        error = failure.value
        why = [HINT] if _is_plain_shell(response) else response.meta.get("browser_notes", [])
        if type(error) is PageError and why:
            error = PageError(error.url, error.selector, error.expected, "; ".join([error.found, *why[:MOST_WHY]]))
        collector.spider_error(error, response.url)

    collector.stop = stop
    crawler.signals.connect(item_scraped, signal=signals.item_scraped)
    crawler.signals.connect(spider_error, signal=signals.spider_error)
    errors = _EngineErrors(collector)
    logger = logging.getLogger("scrapy")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(errors)
    try:
        await runner.crawl(crawler, portal=portal)
        collector.spider = crawler.spider
        if closing:
            await asyncio.gather(*closing, return_exceptions=True)
    finally:
        logger.removeHandler(errors)
        logger.propagate = propagate
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        # Ctrl-C or SIGTERM. Scrapy takes the cancellation for the end of the listing; nobody may judge that.
        raise asyncio.CancelledError
    if collector.fatal is not None:
        raise collector.fatal
    if errors.lines and not collector.findings.page_errors and not collector.findings.failures:
        collector.findings.page_errors.append(
            PageError(portal.url, "the crawl", "an engine without errors", "; ".join(errors.lines)[:500])
        )


def _is_plain_shell(response: Response) -> bool:
    """Whether it is an empty shell, as served."""
    return "rendered" not in response.flags and is_shell(opening_of(response))
