"""robots.txt (RFC 9309): fetched once per origin and crawl through the same door, so it is archived."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from config.errors import RecordwatchError
from crawler.capture.limits import LimitExceeded
from crawler.capture.patience import HostGivenUp
from crawler.capture.redirects import BadAddress, RedirectLoop
from crawler.capture.wire import ExchangeFailed

if TYPE_CHECKING:
    from protego import Protego

TOKEN = "recordwatch"  # noqa: S105 - the product token of RFC 9309 section 2.2.1
MOST_BYTES = 512 * 1024
"""Bytes of a robots.txt that are read; RFC 9309 section 2.5 asks for at least 500 KiB."""


class RobotsRefused(RecordwatchError):
    """The host's robots.txt does not let us fetch this URL."""

    def __init__(self, url: str) -> None:
        super().__init__(
            "robots.txt of this host refuses this URL",
            where=url,
            todo="ask the portal's operator, or set politeness.robots = false with politeness.robots_why",
        )
        self.url = url


class RobotsUnavailable(RobotsRefused):
    """robots.txt could not be had, so the whole host is refused for this crawl (RFC 9309 section 2.3.1.4)."""

    def __init__(self, url: str, why: str) -> None:
        RecordwatchError.__init__(
            self,
            f"robots.txt of this host could not be had ({why}), which refuses the whole host for this crawl",
            where=url,
            todo="crawl again later; only where it stays broken while the site works, set politeness.robots = false and say why",
        )
        self.url = url
        self.why = why


class RobotsAnswer(Protocol):
    """What robots.txt answered, redirects followed."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]: ...

    @property
    def payload(self) -> bytes | None: ...


def robots_text(answer: RobotsAnswer) -> str:
    """The first MOST_BYTES of an answer's text; a coding nobody asked for is undone, as far as it goes."""
    data = answer.payload or b""
    coding = b",".join(value for name, value in answer.headers if name.lower() == b"content-encoding").lower()
    if coding in {b"gzip", b"x-gzip", b"deflate"}:
        try:
            data = zlib.decompressobj(47).decompress(data, MOST_BYTES)
        except zlib.error:
            data = b""
    return data[:MOST_BYTES].decode("utf-8", "replace")


class Robots:
    """The rules of every origin met in this crawl.

    Args:
        fetch: gets a robots.txt URL through the door; its own rules do not apply to it.
        slow_down: told (url, seconds) when an origin asks for a Crawl-delay.
    """

    def __init__(
        self, fetch: Callable[[str], Awaitable[RobotsAnswer]], slow_down: Callable[[str, float], None]
    ) -> None:
        self._fetch = fetch
        self._slow_down = slow_down
        self._rules: dict[str, asyncio.Task[Protego | RobotsUnavailable | None]] = {}
        self._free: set[str] = set()

    async def check(self, url: str) -> None:
        """Returns when `url` may be fetched.

        Raises:
            RobotsRefused: it may not.
            RobotsUnavailable: nothing of this host may be, because robots.txt could not be had.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin in self._free:
            return
        task = self._rules.get(origin)
        if task is None:
            # a task of its own: the request that came first may be cancelled, the others still want the rules
            task = self._rules[origin] = asyncio.create_task(self._load(origin))
        rules = await asyncio.shield(task)
        if rules is None:
            self._free.add(origin)
        elif isinstance(rules, RobotsUnavailable):
            raise RobotsUnavailable(url, rules.why) from rules.__cause__
        elif not rules.can_fetch(url, TOKEN):
            raise RobotsRefused(url)

    async def _load(self, origin: str) -> Protego | RobotsUnavailable | None:
        """The origin's rules; None when it has none."""
        url = f"{origin}/robots.txt"
        try:
            answer = await self._fetch(url)
        except (
            ExchangeFailed,
            HostGivenUp,
            LimitExceeded,
            BadAddress,
            RedirectLoop,
        ) as error:  # not a full disk of ours
            if isinstance(error, ExchangeFailed) and error.failure.stage == "policy":
                return None  # the request itself is refused by the same policy, and says so better
            unavailable = RobotsUnavailable(url, error.what)
            unavailable.__cause__ = error
            return unavailable
        if answer.status == 429 or answer.status >= 500:
            return RobotsUnavailable(url, f"status {answer.status}")
        if answer.status != 200:
            return None  # "unavailable": anything may be fetched (section 2.3.1.3)
        from protego import Protego

        rules = Protego.parse(robots_text(answer))
        delay = rules.crawl_delay(TOKEN)
        if delay is not None and delay > 0:
            self._slow_down(url, float(delay))
        return rules

    async def close(self) -> None:
        for task in self._rules.values():
            task.cancel()
        await asyncio.gather(*self._rules.values(), return_exceptions=True)
