"""The recording proxy: whatever a browser asks for goes through the one door, and comes back byte for byte.

It listens on loopback and answers only who knows the secret of this crawl: the pages of its browser do.
The browser's own calls (updates, account, safe browsing) come from outside the pages and do not, so they
are refused like any other process. Redirects go back one hop at a time, and cookies are the browser's:
each hop is an exchange, and no request carries a cookie that the page did not send.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import ssl
from collections import Counter
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlsplit

from config.errors import RecordwatchError
from config.portal import Limits
from crawler.capture.browser.authority import Authority
from crawler.capture.browser.incoming import Asked, Incoming, Unreadable
from crawler.capture.browser.visit import Visit
from crawler.capture.fetch import Fetch, Fetched
from crawler.capture.files import ONE_FILES_TROUBLE
from crawler.capture.redirects import BadAddress, clean

GREETING = "http://recordwatch.invalid/"
"""Answered by the proxy itself: the browser shows its secret there once, and sends it unasked from then on.
A name that no resolver knows (RFC 6761 section 6.4)."""
_REALM = ((b"Proxy-Authenticate", b'Basic realm="recordwatch"'),)


class OneDoor(Protocol):
    """What the proxy asks of the door."""

    async def fetch(self, fetch: Fetch) -> Fetched: ...


class RecordingProxy:
    """One per crawl. Between visits nothing is let through."""

    def __init__(self, door: OneDoor, limits: Limits) -> None:
        self._door = door
        self._limits = limits
        self._authority = Authority()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._visit: Visit | None = None
        self.user = "recordwatch"
        self.secret = secrets.token_urlsafe(24)
        self._expected = b"Basic " + base64.b64encode(f"{self.user}:{self.secret}".encode())
        self.refused: Counter[str] = Counter()
        """Host → requests that came without the secret."""
        self.greeted = 0
        """How often somebody who knows the secret asked for GREETING."""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def fingerprint(self) -> str:
        """Of the one key that the browser is to accept."""
        return self._authority.fingerprint

    def enter(self, url: str) -> Visit:
        """Let requests through for the page at `url`, until `leave`."""
        assert self._visit is None
        self._visit = Visit(url, self._limits, asyncio.get_running_loop().create_future())
        return self._visit

    async def leave(self) -> None:
        """The page is closed: what it still asked for is stopped, and archived as cut short."""
        visit, self._visit = self._visit, None
        if visit is not None:
            for task in visit.running:
                task.cancel()
            await asyncio.gather(*visit.running, return_exceptions=True)

    async def close(self) -> None:
        await self.leave()
        if self._server is not None:
            self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        self._authority.close()

    # -- connections

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        incoming = Incoming(reader, writer)
        try:
            await self._serve(incoming)
        except (OSError, ssl.SSLError, Unreadable, asyncio.CancelledError):
            pass  # the browser has gone, or the crawl is over
        finally:
            self._connections.discard(task)
            with suppress(OSError, RuntimeError):
                incoming.close()

    async def _serve(self, incoming: Incoming) -> None:
        while (asked := await incoming.request()) is not None:
            if not secrets.compare_digest(asked.header(b"proxy-authorization"), self._expected):
                self.refused[_host(asked)] += 1
                await incoming.answer(407, "Proxy Authentication Required", _REALM)
            elif asked.method == "CONNECT":
                await self._tunnel(incoming, asked.target)
                return
            else:
                await self._pass(incoming, asked, asked.target)

    async def _tunnel(self, incoming: Incoming, authority: str) -> None:
        await incoming.established()
        scheme, host = "http", urlsplit(f"//{authority}").hostname or ""
        if await incoming.speaks_tls():
            scheme = "https"
            await incoming.secure(self._authority.context(host))
        usual = f":{443 if scheme == 'https' else 80}"
        place = authority.removesuffix(usual)
        while (asked := await incoming.request()) is not None:
            await self._pass(incoming, asked, f"{scheme}://{place}{asked.target}")

    async def _pass(self, incoming: Incoming, asked: Asked, url: str) -> None:
        """One request through the door. What is refused is answered 502, without a word of ours in a body."""
        visit = self._visit
        if url == GREETING:
            self.greeted += 1
            await incoming.answer(204, "")
            return
        if visit is None:
            await incoming.answer(502, "")
            return
        if asked.header(b"upgrade"):
            visit.note(f"the page opened a WebSocket to {_shown(url)}, which is not archived and was refused")
            await incoming.answer(501, "Not Implemented")
            return
        try:
            url = clean(url)
            visit.count()
            fetched = await self._fetch(visit, asked, url)
            visit.took(len(fetched.payload or b""))
        except RecordwatchError as error:
            self._refuse(visit, url, error)
            await incoming.answer(502, "")
            return
        if asked.header(b"accept").startswith(b"text/html"):
            visit.answered(fetched)
        await incoming.answer(
            fetched.status, "", fetched.headers, fetched.payload or b"", head_only=asked.method == "HEAD"
        )

    async def _fetch(self, visit: Visit, asked: Asked, url: str) -> Fetched:
        fetch = Fetch(url, method=asked.method, headers=asked.headers, body=asked.body, purpose="browser")
        task = asyncio.create_task(self._door.fetch(fetch))
        visit.running.add(task)
        first = visit.begins(asked.method, url)
        try:
            return await task
        finally:
            visit.running.discard(task)
            visit.ends(first=first)

    def _refuse(self, visit: Visit, url: str, error: RecordwatchError) -> None:
        visit.failed(url, error)
        if not isinstance(error, ONE_FILES_TROUBLE):
            visit.stop(error)  # a full disk, say: no page's trouble
        elif url != visit.url and not isinstance(error, BadAddress):
            visit.note(f"the page asked for {_shown(url)}, which it did not get: {error.what}")


def _shown(url: str) -> str:
    return url if len(url) <= 200 else f"{url[:200]}…"


def _host(asked: Asked) -> str:
    target = f"//{asked.target}" if asked.method == "CONNECT" else asked.target
    try:
        return urlsplit(target).hostname or ""
    except ValueError:
        return ""
