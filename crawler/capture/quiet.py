"""Keeps Scrapy from writing a debug line per page and item, and from counting what the door counts; errors
are still logged.
"""

from __future__ import annotations

from typing import Any

from scrapy.logformatter import LogFormatter
from scrapy.statscollectors import DummyStatsCollector


class QuietFormatter(LogFormatter):
    """None tells Scrapy to log nothing: the archive and the crawl's findings say it already."""

    def crawled(self, *_args: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        return

    def scraped(self, *_args: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        return


class NoStats(DummyStatsCollector):
    """Counts nothing. Scrapy's own base looks every attribute up three times, some twenty times a page."""

    __getattribute__ = object.__getattribute__
