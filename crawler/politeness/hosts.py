"""The per-host limiter that pages, files and the browser share."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from config.portal import Portal
from crawler.politeness.clock import Clock
from crawler.politeness.slots import Slots, file_name
from spiders.registry import spider_class

DEFAULT_DELAY = 1.0
"""Seconds between the starts of two requests to one public host, unless the portal file says otherwise."""

LONGEST_CRAWL_DELAY = 30.0
"""Seconds a Crawl-delay of robots.txt may ask for; more would end no crawl."""

PLATFORMS = (
    "nextrequest.com",
    "mycusthelp.com",
    "mycusthelp.net",
    "govqa.us",
    "justfoia.com",
    "legistar.com",
    "granicus.com",
    "documentcloud.org",
    "muckrock.com",
)
"""Domains whose tenants are one service on the same machines: they share one limit."""

_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=4096)
def host_key(url: str) -> str:
    """Who is asked by `url`: the host, with its port when it is not the scheme's own; for a tenant of a
    platform, the platform's domain.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    for platform in PLATFORMS:
        if host.endswith(f".{platform}"):
            return platform
    port = parts.port
    return f"{host}:{port}" if port and port != _PORTS.get(parts.scheme) else host


def pace(portal: Portal) -> float:
    """Seconds between the starts of two requests to a public host: what the portal file says, else what its
    platform bears, else DEFAULT_DELAY.
    """
    if portal.politeness.delay is not None:
        return portal.politeness.delay
    platforms = spider_class(portal.spider).delay
    return DEFAULT_DELAY if platforms is None else platforms


def delay_of(portal: Portal, url: str) -> float:
    """`pace` for the host of `url`; 0 for a private one, unless the portal file says how long."""
    if portal.politeness.delay is None and portal.allows_private(urlsplit(url).hostname or ""):
        return 0.0
    return pace(portal)


class _Host:
    """One host's limit: so many requests at once, so long between their starts."""

    __slots__ = ("connections", "delay", "slots")

    def __init__(self, connections: int, delay: float, slots: Slots) -> None:
        self.connections = asyncio.Semaphore(connections)
        self.delay = delay
        self.slots = slots


class Turn:
    """The right to send one request; an async context manager. Leaving it gives the connection on."""

    __slots__ = ("_clock", "_host", "_mine")

    def __init__(self, host: _Host, clock: Clock) -> None:
        self._host = host
        self._clock = clock
        self._mine = False

    async def __aenter__(self) -> Turn:
        host, clock = self._host, self._clock
        await host.connections.acquire()
        self._mine = True
        try:
            while host.delay or host.slots.cooling_until() > clock.now():
                wait = await host.slots.reserve(host.delay) - clock.now()
                if wait > 0:
                    await clock.sleep(wait)
                if host.slots.cooling_until() <= clock.now():  # told to stay away while we waited?
                    break
        except BaseException:
            self.release()
            raise
        return self

    def release(self) -> None:
        """Let the next request go, before the block is left; a second time does nothing."""
        if self._mine:
            self._mine = False
            self._host.connections.release()

    async def __aexit__(self, *_: object) -> None:
        self.release()


class Limiter:
    """Hands out turns per host. Its times hold across the processes that share `locks`.

    Args:
        portal: its politeness and which hosts it allows as private.
        locks: the home's folder for locks; None keeps times in this process.
        clock: where time comes from.
    """

    def __init__(self, portal: Portal, locks: Path | None, clock: Clock) -> None:
        self._portal = portal
        self._folder = None if locks is None else locks / "hosts"
        self._clock = clock
        self._hosts: dict[str, _Host] = {}

    def _host(self, url: str) -> _Host:
        key = host_key(url)
        host = self._hosts.get(key)
        if host is None:
            delay = delay_of(self._portal, url)
            path = None if self._folder is None or not delay else self._folder / file_name(key)
            host = self._hosts[key] = _Host(self._portal.politeness.connections, delay, Slots(path, self._clock))
        return host

    def turn(self, url: str) -> Turn:
        """A turn with the host of `url`; entering it waits for a connection and for the delay."""
        return Turn(self._host(url), self._clock)

    def delay(self, url: str) -> float:
        """Seconds between two requests to the host of `url`, what its robots.txt asks for included."""
        return self._host(url).delay

    async def cool(self, url: str, seconds: float) -> None:
        """The host said when to come back: nobody asks it before, in any process."""
        await self._host(url).slots.cool(self._clock.now() + seconds)

    def slow_down(self, url: str, delay: float) -> None:
        """A Crawl-delay of the host's robots.txt; it can only lengthen our own delay."""
        host = self._host(url)
        wanted = min(delay, LONGEST_CRAWL_DELAY)
        if wanted > host.delay:
            if not host.delay and self._folder is not None:
                host.slots = Slots(self._folder / file_name(host_key(url)), self._clock)
            host.delay = wanted

    def close(self) -> None:
        for host in self._hosts.values():
            host.slots.close()
