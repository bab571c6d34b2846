"""The order in which pages are asked for, such that one slow host never takes every place."""

from __future__ import annotations

from scrapy import Request
from scrapy.pqueues import DownloaderAwarePriorityQueue

PLACES_PER_HOST = 8
"""Requests of one host that may wait in the door at once, of Scrapy's CONCURRENT_REQUESTS."""


class FairQueue(DownloaderAwarePriorityQueue):
    """Scrapy's host-aware queue that keeps a host's further requests back while it has its places full."""

    def pop(self) -> Request | None:
        """The next request of a host with a free place; None while there is none."""
        engine = self.crawler.engine
        if engine is not None and self.pqueues:
            slots = engine.downloader.slots
            if all(name in slots and len(slots[name].active) >= PLACES_PER_HOST for name in self.pqueues):
                return None
        return super().pop()
