"""A proxy on loopback for one browser: it ends TLS with certificates of its own and answers who knows its secret.

What it answers with is a subclass's affair: the recording proxy asks the one door, the replaying one the
archive. The browser's own calls (updates, account, safe browsing) come from outside its pages and do not
know the secret, so they are refused like any other process.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import ssl
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

from crawler.capture.browser.authority import Authority
from crawler.capture.browser.incoming import Asked, Incoming, Unreadable

GREETING = "http://recordwatch.invalid/"
"""Answered by the proxy itself: the browser shows its secret there once, and sends it unasked from then on.
A name that no resolver knows (RFC 6761 section 6.4)."""
_REALM = ((b"Proxy-Authenticate", b'Basic realm="recordwatch"'),)


class LoopbackProxy(ABC):
    """Connections, tunnels and the secret. Subclasses say what one request is answered."""

    def __init__(self) -> None:
        self._authority = Authority()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.user = "recordwatch"
        self.secret = secrets.token_urlsafe(24)
        self._expected = b"Basic " + base64.b64encode(f"{self.user}:{self.secret}".encode())
        self.refused: Counter[str] = Counter()
        """Host → requests that came without the secret."""
        self.greeted = 0
        """How often somebody who knows the secret asked for GREETING."""

    @abstractmethod
    async def respond(self, incoming: Incoming, asked: Asked, url: str) -> None:
        """Answer one request for `url`, absolute, from who knows the secret."""

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

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self.hang_up()
        self._authority.close()

    async def hang_up(self) -> None:
        """End every connection, whatever was still asked on it. The browser opens others when it needs them."""
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        incoming = Incoming(reader, writer)
        try:
            await self._serve(incoming)
        except (OSError, ssl.SSLError, Unreadable, asyncio.CancelledError):
            pass  # the browser has gone, or its session is over
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
                await self.tunnel(incoming, asked.target)
                return
            else:
                await self._pass(incoming, asked, asked.target)

    async def tunnel(self, incoming: Incoming, authority: str) -> None:
        """Open the tunnel that CONNECT asked for, and answer what is asked in it."""
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
        if url == GREETING:
            self.greeted += 1
            await incoming.answer(204, "")
            return
        await self.respond(incoming, asked, url)


def shown(url: str) -> str:
    """`url` in a sentence."""
    return url if len(url) <= 200 else f"{url[:200]}…"


def _host(asked: Asked) -> str:
    target = f"//{asked.target}" if asked.method == "CONNECT" else asked.target
    try:
        return urlsplit(target).hostname or ""
    except ValueError:
        return ""
