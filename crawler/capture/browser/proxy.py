"""The recording proxy: whatever a browser asks for goes through the one door, and comes back byte for byte.

Redirects go back one hop at a time, and cookies are the browser's: each hop is an exchange, and no request
carries a cookie that the page did not send.
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Protocol

from config.errors import RecordwatchError
from config.portal import Limits
from crawler.capture.browser.incoming import Asked, Incoming
from crawler.capture.browser.loopback import LoopbackProxy, shown
from crawler.capture.browser.media import Played, clipped, is_media, plays, size_of
from crawler.capture.browser.visit import MOST_MEDIA, Visit
from crawler.capture.fetch import Fetch, Fetched
from crawler.capture.files import ONE_FILES_TROUBLE
from crawler.capture.redirects import BadAddress, clean

MOST_REMEMBERED = 20_000
"""URLs of which a crawl remembers what the browser's cache may answer with."""


class OneDoor(Protocol):
    """What the proxy asks of the door."""

    async def fetch(self, fetch: Fetch) -> Fetched: ...


class RecordingProxy(LoopbackProxy):
    """One per crawl. Between visits nothing is let through."""

    def __init__(self, door: OneDoor, limits: Limits) -> None:
        super().__init__()
        self._door = door
        self._limits = limits
        self._visit: Visit | None = None
        self._newest: dict[str, str] = {}
        """URL → capture of its newest answer in this crawl."""
        self._media: dict[str, Played] = {}
        """Likewise URL → what it was, of recordings."""

    def loaded(self, visit: Visit) -> list[str]:
        """Captures of what the page of `visit` is made of, those that the browser had from earlier pages too."""
        cached = (self._newest.get(url) for url in visit.asked)
        return list(dict.fromkeys([*visit.captures, *filter(None, cached)]))

    def played(self, visit: Visit) -> dict[str, Played]:
        """What players of the page asked for, those recordings too that the browser had from earlier pages; and the
        frames that they are in, which the browser tells in its own time.
        """
        cached = {url: self._media[url] for url in visit.asked if url in self._media}
        found, places = visit.media | cached, {url: place for place, url in enumerate(visit.asked)}
        in_order = sorted(found, key=lambda url: places.get(url, len(places)))[:MOST_MEDIA]
        return {url: dataclasses.replace(found[url], frame=visit.asked.get(url, "")) for url in in_order}

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
            await self.hang_up()  # what the page asked for, and nobody has read yet, is not the next page's

    async def close(self) -> None:
        await self.leave()
        await super().close()

    async def respond(self, incoming: Incoming, asked: Asked, url: str) -> None:
        """One request through the door. What is refused is answered 502, without a word of ours in a body."""
        visit = self._visit
        if visit is None:
            await incoming.answer(502, "")
            return
        if asked.header(b"upgrade"):
            visit.note(f"the page opened a WebSocket to {shown(url)}, which is not archived and was refused")
            await incoming.answer(501, "Not Implemented")
            return
        player = plays(asked)
        try:
            url = clean(url)
            if player:
                visit.played(url)
            visit.count()
            fetched = await self._fetch(visit, clipped(asked) if player else asked, url)
            visit.took(len(fetched.payload or b""))
            visit.captures[fetched.archived.capture] = None
            if asked.method == "GET" and len(self._newest) < MOST_REMEMBERED:
                self._newest[url] = fetched.archived.capture
        except RecordwatchError as error:
            self._refuse(visit, url, error)
            await incoming.answer(502, "")
            return
        kind = fetched.header("content-type").partition(";")[0].strip().lower()
        if is_media(kind):
            size = size_of(fetched.header("content-range"), fetched.header("content-length"))
            visit.played(url, kind, size)
            if asked.method == "GET" and fetched.status < 300 and len(self._media) < MOST_REMEMBERED:
                self._media[url] = Played(kind, size)
        visit.troubles += fetched.status >= 400
        if asked.header(b"accept").startswith(b"text/html"):
            visit.answered(fetched)
        await incoming.answer(
            fetched.status, "", fetched.headers, fetched.payload or b"", head_only=asked.method == "HEAD"
        )

    async def _fetch(self, visit: Visit, asked: Asked, url: str) -> Fetched:
        fetch = Fetch(url, method=asked.method, headers=asked.headers, body=asked.body, purpose="browser")
        task = asyncio.create_task(self._door.fetch(fetch))
        visit.running.add(task)
        try:
            with visit.asking(asked.method, url):
                return await task
        finally:
            visit.running.discard(task)

    def _refuse(self, visit: Visit, url: str, error: RecordwatchError) -> None:
        visit.failed(url, error)
        if not isinstance(error, ONE_FILES_TROUBLE):
            visit.stop(error)  # a full disk, say: no page's trouble
        elif url != visit.url and not isinstance(error, BadAddress):
            visit.note(f"the page asked for {shown(url)}, which it did not get: {error.what}")
