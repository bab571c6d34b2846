"""Keeps Scrapy from writing a debug line per page and item; errors are still logged."""

from __future__ import annotations

from typing import Any

from scrapy.logformatter import LogFormatter


class QuietFormatter(LogFormatter):
    """None tells Scrapy to log nothing: the archive and the crawl's findings say it already."""

    def crawled(self, *_args: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        return

    def scraped(self, *_args: Any, **_kwargs: Any) -> None:  # type: ignore[override]
        return
