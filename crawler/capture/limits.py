"""What one crawl may cost. A crossed limit is an error that names the key of the portal file."""

from __future__ import annotations

import re
from typing import Literal, cast

from archive.model import Archived
from config.errors import RecordwatchError
from config.portal import Limits
from crawler.capture.wire import ExchangeFailed

LimitKey = Literal[
    "page_bytes",
    "file_bytes",
    "crawl_bytes",
    "crawl_requests",
    "idle_seconds",
    "exchange_seconds",
    "redirects",
    "header_bytes",
    "browser_seconds",
    "browser_requests",
    "browser_bytes",
    "browser_memory",
]


class LimitExceeded(RecordwatchError):
    """A limit of the portal file was crossed. `key` is its name in `[limits]`, `limit` its value.

    `archived` is what came until then, where something was asked. Silence (`idle_seconds`) may pass,
    so it alone is retryable.
    """

    def __init__(
        self, key: LimitKey, limit: float, where: str, *, what: str = "", archived: Archived | None = None
    ) -> None:
        super().__init__(
            f"{what or 'a limit was crossed'} (limits.{key} = {f'{limit:,}'.replace(',', '_')})",
            where=where,
            todo=f"raise limits.{key} in the portal file if this is wanted",
        )
        self.key = key
        self.limit = limit
        self.archived = archived


class Budget:
    """Counts what one crawl has used up. Shared by pages and files; used from one event loop."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.received = 0
        """Bytes received so far, heads included."""
        self.requests = 0
        """Requests sent so far, every hop and attempt."""
        self.timed_bytes, self.timed_seconds = 0, 0.0
        """Of large bodies: what came, and how long that took."""

    def take(self, size: int) -> None:
        """`size` more bytes came in. Never raises: what came is archived before anything is refused."""
        self.received += size

    def ask(self, where: str) -> None:
        """One more request is to be sent. Raises LimitExceeded when the crawl may send none."""
        if self.requests >= self.limits.crawl_requests:
            raise LimitExceeded(
                "crawl_requests", self.limits.crawl_requests, where, what="this crawl has sent all the requests it may"
            )
        self.requests += 1

    def timed(self, size: int, seconds: float) -> None:
        """A large body of `size` bytes came in so many seconds."""
        self.timed_bytes += size
        self.timed_seconds += seconds

    def exhaust(self) -> None:
        """A body was refused because the crawl has no room for it: the crawl ends here, not at a smaller one."""
        self.received = max(self.received, self.limits.crawl_bytes)

    def body_bytes(self, purpose_key: Literal["page_bytes", "file_bytes"], where: str) -> tuple[int, LimitKey]:
        """How many bytes the next body may have, and which limit says so.

        Raises:
            LimitExceeded: the crawl has received all it may.
        """
        left = self.limits.crawl_bytes - self.received
        if left <= 0:
            raise LimitExceeded(
                "crawl_bytes", self.limits.crawl_bytes, where, what="this crawl has received all it may"
            )
        most: int = getattr(self.limits, purpose_key)
        return (most, purpose_key) if most <= left else (left, "crawl_bytes")


_NAMED = re.compile(r" ?\(limits\.(\w+)\)")


def crossed(error: ExchangeFailed, limits: Limits, url: str) -> LimitExceeded:
    """The portal's limit behind a wire client's `limit` failure, whose text names it."""
    named = _NAMED.search(error.failure.error)
    key = named[1] if named is not None else "exchange_seconds"
    limit = LimitExceeded(
        cast("LimitKey", key),
        getattr(limits, key),
        url,
        what=_NAMED.sub("", error.failure.error),
        archived=error.archived,
    )
    limit.retryable = error.retryable
    return limit
