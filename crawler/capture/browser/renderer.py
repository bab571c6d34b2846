"""A page as its scripts leave it: one visit in a browser, every byte of it through the one door.

Order of a visit: the page is opened → it has loaded → it asks for nothing any more, or its time is over → what is
below, behind and inside it is opened (`behaviours`) → its documents go to whoever asked and into the archive, with a
picture. A page that crashes, hangs or takes more than it may is that page's failure; the browser is replaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from config.errors import RecordwatchError
from config.portal import Portal
from crawler.capture.browser.behaviours.runner import Album, TooLarge, perform
from crawler.capture.browser.behaviours.stage import Stage
from crawler.capture.browser.behaviours.wanted import Wanted
from crawler.capture.browser.chromium import Chromium, Reader
from crawler.capture.browser.errors import PageCrashed, PageNotRendered
from crawler.capture.browser.proxy import RecordingProxy
from crawler.capture.browser.rendered import Keeper, Rendered, keep
from crawler.capture.browser.tab import at_rest, first_line, frame_of, is_document, is_html
from crawler.capture.browser.visit import MOST_NOTES, Visit, without_payload
from crawler.capture.fetch import Fetched, OutOfScope
from crawler.capture.limits import LimitExceeded
from crawler.capture.redirects import host
from crawler.challenge import signs
from crawler.opened import opening

if TYPE_CHECKING:
    from playwright.async_api import Page

    from crawler.capture.door import Door

_GRACE = 20.0
"""Seconds in which a live browser has given a tab."""
_ANSWERING = 20.0
"""Seconds beyond limits.browser_seconds in which it has given its document."""
CHALLENGED = 8.0
"""Seconds in which the script of a challenge has led to the page behind it."""
CHALLENGES = 2
_CLOSING = 5.0
"""Seconds in which a live browser has closed a tab."""
_BROWSERS = 2
"""Browsers that are asked for a tab before its page is given up."""
_LOOK = 1.0
"""Seconds between two looks at the memory."""
MOST_DOCUMENTS = 1000
"""Documents remembered for pages that the browser's cache answers."""


NOTHING = Wanted()


class Renderer:
    """One crawl's browser: started for the first page, replaced when it fails, one page at a time.

    Args:
        browser: path from recordwatch.toml, or empty.
        portal: whose pages they are, with the limits.
        door: where every request goes.
        keeper: where documents and pictures are kept.
    """

    def __init__(self, browser: str, portal: Portal, door: Door, keeper: Keeper) -> None:
        self._configured = browser
        self._portal = portal
        self._door = door
        self._keeper = keeper
        self._one = asyncio.Lock()
        self._proxy: RecordingProxy | None = None
        self._chromium: Chromium | None = None
        self._documents: dict[str, Fetched] = {}
        self._task: asyncio.Task[Any] | None = None
        """What has a page open."""
        self._notes: dict[str, list[str]] = {}
        """Sentence → the pages that it was said of."""

    async def render(self, url: str, wanted: Wanted = NOTHING) -> Rendered:
        """Open `url` in the browser; `wanted` is what the spider knows of a list on it.

        Raises:
            BrowserMissing: there is no browser.
            LimitExceeded: a limit of the portal file; names its key.
            PageNotRendered: the page crashed, or the browser could not show it.
            OutOfScope: it led to a host that is not the portal's.
            RecordwatchError: what the door raised for the page's document.
        """
        if not self._door.in_scope(url):
            raise self._out_of_scope(url)
        async with self._one:
            self._task = asyncio.current_task()
            try:
                chromium, proxy, page = await self._tab(url)
                return await self._shown(chromium, proxy, page, url, wanted)
            finally:
                self._task = None

    @property
    def refused(self) -> Mapping[str, int]:
        """Host → how often somebody but a page wanted to reach it: the browser's own calls, none of which got out."""
        return dict(self._proxy.refused) if self._proxy is not None else {}

    def notes(self) -> list[str]:
        """What whoever reads the crawl should know, one sentence each."""
        return [
            f"{words} ({urls[0]}{f' and {len(urls) - 1} other pages' if len(urls) > 1 else ''})"
            for words, urls in self._notes.items()
        ]

    async def close(self) -> None:
        """End the browser, then the proxy. A page that is open, for the crawl is stopped, is given up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._chromium is not None:
            await self._chromium.close()
        if self._proxy is not None:
            await self._proxy.close()

    async def _ready(self) -> tuple[Chromium, RecordingProxy]:
        if self._proxy is None:
            proxy = RecordingProxy(self._door, self._portal.limits)
            await proxy.start()
            self._proxy = proxy
        if self._chromium is not None and not self._chromium.alive:
            await self._chromium.close()
            self._chromium = None
        if self._chromium is None:
            portal = self._portal
            language = portal.languages[0] if portal.languages else ""
            reader = Reader(self._door.identity.user_agent, language, portal.timezone)
            self._chromium = await Chromium.start(self._configured, reader, self._proxy)
        return self._chromium, self._proxy

    async def _tab(self, url: str) -> tuple[Chromium, RecordingProxy, Page]:
        """A tab for `url`. A browser that gives none was broken by what it showed before, or by somebody else: the page
        was not asked for yet, and another browser is.
        """
        from playwright.async_api import Error

        for _ in range(_BROWSERS):
            chromium, proxy = await self._ready()
            try:
                async with asyncio.timeout(_GRACE):
                    return chromium, proxy, await chromium.page()
            except (Error, TimeoutError) as error:
                chromium.kill()
                why = error
        raise PageCrashed(url, "browsers that give no new tab") from why

    async def _shown(self, chromium: Chromium, proxy: RecordingProxy, page: Page, url: str, wanted: Wanted) -> Rendered:
        visit = proxy.enter(url)
        try:
            return await self._visit(chromium, page, visit, wanted)
        finally:
            await proxy.leave()
            for words in visit.notes:
                if words in self._notes or len(self._notes) < MOST_NOTES:
                    self._notes.setdefault(words, []).append(url)

    async def _visit(self, chromium: Chromium, page: Page, visit: Visit, wanted: Wanted) -> Rendered:
        """One page, watched from outside: by the clock, by its memory, by what the proxy counts."""
        limits = self._portal.limits
        page.on("crash", lambda _: visit.stop(PageCrashed(visit.url, "its tab crashed")))
        page.on("close", lambda _: visit.stop(PageCrashed(visit.url, "its tab was closed, or the whole browser died")))
        looking = asyncio.create_task(self._look(chromium, page, visit, wanted))
        watching = asyncio.create_task(self._watch(chromium, visit))
        ends: set[asyncio.Future[Any]] = {looking, visit.stopped}
        try:
            await asyncio.wait(ends, timeout=limits.browser_seconds + _ANSWERING, return_when=asyncio.FIRST_COMPLETED)
            if looking.done():
                return looking.result()
            if visit.stopped.done():
                raise visit.stopped.result()
            raise LimitExceeded(
                "browser_seconds", limits.browser_seconds, visit.url, what="this page keeps the browser from answering"
            )
        finally:
            visit.stopped.cancel()  # from here on a closed tab is no crash
            for task in (looking, watching):
                task.cancel()
            await self._close(chromium, page)
            await asyncio.gather(looking, watching, return_exceptions=True)

    async def _close(self, chromium: Chromium, page: Page) -> None:
        """Close the tab; a browser that cannot is replaced."""
        try:
            async with asyncio.timeout(_CLOSING):
                await page.close()
        except Exception:
            chromium.kill()

    async def _watch(self, chromium: Chromium, visit: Visit) -> None:
        """Ends a visit, and the browser, that takes more memory than it may."""
        most = self._portal.limits.browser_memory
        while True:
            await asyncio.sleep(_LOOK)
            if await asyncio.to_thread(chromium.memory) > most:
                visit.stop(LimitExceeded("browser_memory", most, visit.url, what="this page takes too much memory"))
                chromium.kill()
                return

    async def _look(self, chromium: Chromium, page: Page, visit: Visit, wanted: Wanted) -> Rendered:
        """The page, from its address to its document."""
        from playwright.async_api import Error
        from playwright.async_api import TimeoutError as TooSlow

        seconds = self._portal.limits.browser_seconds
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        shown: list[str] = [visit.url]
        page.on("request", lambda request: visit.wanted(request.url, frame_of(request)))
        page.on("response", lambda response: shown.append(response.url) if is_document(page, response) else None)
        try:
            await page.goto(visit.url, wait_until="load", timeout=seconds * 1000)
            await at_rest(page, visit, until - loop.time())
            await self._past_challenge(page, visit, shown, until)
        except TooSlow as error:
            if visit.document(shown[-1]) is None:
                raise visit.error(shown[-1]) or LimitExceeded(
                    "browser_seconds", seconds, visit.url, what="this page did not open in time"
                ) from error
            visit.note(
                f"the page still asked for more after {seconds:g} seconds (limits.browser_seconds), and was read as it stood"
            )
        except Error as error:
            main = visit.document(visit.url)
            if main is not None and not is_html(main):
                return await self._plain(main)  # a file: the browser would save it
            raise visit.error(visit.url) or PageNotRendered(visit.url, first_line(error.message)) from error
        if (problem := visit.error(shown[-1])) is not None and visit.document(shown[-1]) is None:
            raise problem
        main = self._main(visit, shown[-1])
        if not is_html(main):
            return await self._plain(main)
        return await self._keep(chromium, Stage(page, visit, wanted, until), main)

    async def _plain(self, main: Fetched) -> Rendered:
        if not self._door.in_scope(main.url):
            raise self._out_of_scope(main.url)
        return Rendered(main.url, main, None)

    def _main(self, visit: Visit, url: str) -> Fetched:
        """The exchange that brought the document at `url`: of this visit, or of an earlier one that was cached."""
        main = visit.document(url) or self._documents.get(url.partition("#")[0])
        if main is None:
            raise PageNotRendered(visit.url, f"a document that came from nowhere ({url[:200]})")
        if len(self._documents) < MOST_DOCUMENTS:
            self._documents[main.url] = without_payload(main)
        return main

    async def _past_challenge(self, page: Page, visit: Visit, shown: list[str], until: float) -> None:
        """Where a host first has the browser run a script of its own (a challenge), wait for what comes after."""
        loop = asyncio.get_running_loop()
        for _ in range(CHALLENGES):
            main, count, end = visit.document(shown[-1]), len(shown), min(until, loop.time() + CHALLENGED)
            if main is None or not signs(main.status, main.headers, opening(main)):
                return
            while len(shown) == count and loop.time() < end:
                await asyncio.sleep(_LOOK / 10)
            if len(shown) == count:
                return
            await page.wait_for_load_state("load", timeout=max(1.0, (until - loop.time()) * 1000))
            await at_rest(page, visit, until - loop.time())

    async def _keep(self, chromium: Chromium, stage: Stage, main: Fetched) -> Rendered:
        """Act on the page; its documents and a picture of it go into the archive."""
        from playwright.async_api import Error

        page, visit, limits = stage.page, stage.visit, self._portal.limits
        if not self._door.in_scope(page.url):
            raise self._out_of_scope(page.url.partition("#")[0])
        album = Album(limits.page_bytes)
        # A block page is shown as it is: nothing on it is pressed.
        blocked = signs(main.status, main.headers, opening(main))
        try:
            await perform(stage, () if blocked else self._portal.behaviours, album)
        except Error as error:
            raise PageNotRendered(visit.url, first_line(error.message)) from error
        except TooLarge as error:
            raise LimitExceeded(
                "page_bytes", limits.page_bytes, visit.url, what=f"this page grew to {error}"
            ) from error
        assert self._proxy is not None
        loaded, media = self._proxy.loaded(visit), self._proxy.played(visit)
        await keep(self._keeper, main.archived, album, chromium.engine, stage.did, media, loaded)
        return Rendered(album.url, main, album.document, tuple(visit.notes), album.states, album.unfinished, media)

    def _out_of_scope(self, url: str) -> RecordwatchError:
        return OutOfScope(url, {host(self._portal.url), *self._portal.scope})
