"""A browser whose one way out is the archive: it renders a page as it was, or shows it in a window."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from archive.model import CaptureRow
from crawler.capture.browser.chromium import Chromium, Reader
from crawler.capture.browser.tab import first_line, picture_of
from crawler.capture.redirects import BadAddress, clean
from crawler.replay.choose import page_at
from crawler.replay.clock import clock
from crawler.replay.errors import HeldBack, NeverCaptured, NoPage
from crawler.replay.proxy import ReplayingProxy
from crawler.replay.shelf import Shelf, nearest
from crawler.replay.told import Told

if TYPE_CHECKING:
    from playwright.async_api import Page

NOWHERE = ("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--dns-prefetch-disable")
"""No name has an address: even what would go around the proxy finds nobody."""
SECONDS = 60.0
"""A page has so long to come to rest."""
_POLLING = 5.0
"""Seconds after which a page that asks for nothing new has all it will have."""
_QUIET = 0.5
_LOOK = 0.05
_GRACE = 30.0
"""Seconds beyond that in which a live browser has given document and picture."""
_WINDOW = 1.0
"""Seconds between two looks whether the browser of a window is still there."""
_STEPS = 30
"""A page that goes on without end is scrolled so often."""


@dataclass(frozen=True, slots=True)
class View:
    """A page as it was rendered out of the archive."""

    page: CaptureRow
    """What the replay began with."""
    url: str
    """Where the browser was in the end."""
    document: bytes
    """As its scripts left it, HTML in UTF-8."""
    picture: bytes
    """The whole page as a PNG; empty where none could be taken."""
    told: Told


def page_of(shelf: Shelf, url: str, at: datetime | None) -> CaptureRow:
    """The capture of the page at `url` to begin with.

    Raises:
        NeverCaptured, HeldBack.
    """
    try:
        url = clean(url)
    except BadAddress as error:
        raise NoPage(error.what, where=url, todo="give the whole address, https://… and all") from error
    row = page_at(shelf.times(url), at)
    if row is None:
        raise NeverCaptured(url, nearest(shelf, url))
    if shelf.held_back([row]):
        raise HeldBack(
            "this page is shown to nobody: its bytes are restricted, or hold words that an agency meant to black out",
            where=url,
            todo="`recordwatch restrict list` and `recordwatch quarantine list` say which; --with-quarantined is for editors",
        )
    return row


def reader_of(shelf: Shelf, page: CaptureRow, timezone: str) -> Reader:
    """Whom the page saw when it was captured."""
    sent = shelf.sent(page)
    language = sent.header(b"accept-language").partition(",")[0].partition(";")[0].strip()
    return Reader(sent.header(b"user-agent"), "" if language == "*" else language, timezone)


@asynccontextmanager
async def replaying(
    shelf: Shelf, page: CaptureRow, configured: str, timezone: str, *, window: bool = False
) -> AsyncIterator[tuple[Chromium, ReplayingProxy]]:
    """A browser that has never been anywhere, behind a replaying proxy.

    Raises:
        BrowserMissing, BrowserBroken.
    """
    proxy = ReplayingProxy(shelf, page)
    try:
        reader = await proxy.ask(lambda: reader_of(shelf, page, timezone))
        await proxy.start()
        chromium = await Chromium.start(configured, reader, proxy, flags=NOWHERE, window=window)
        try:
            await chromium.prepare(clock(proxy.ahead))
            yield chromium, proxy
        finally:
            await chromium.close()
    finally:
        await proxy.close()


async def render(shelf: Shelf, page: CaptureRow, configured: str, timezone: str = "UTC") -> View:
    """Open `page` in a browser without a window, and read it once it is at rest.

    Raises:
        BrowserMissing, BrowserBroken.
        NeverCaptured: it leads to something that was never captured.
        NoPage: it is nothing that a browser shows, or it takes the browser down.
    """
    from playwright.async_api import Error

    async with replaying(shelf, page, configured, timezone) as (chromium, proxy):
        try:
            async with asyncio.timeout(SECONDS + _GRACE):
                return await _rendered(await chromium.page(), proxy, shelf, page)
        except TimeoutError as error:
            raise NoPage("this page keeps the browser from answering", where=page.url) from error
        except Error as error:
            raise NoPage(f"this page took the browser down: {first_line(error.message)}", where=page.url) from error


async def _rendered(tab: Page, proxy: ReplayingProxy, shelf: Shelf, page: CaptureRow) -> View:
    from playwright.async_api import Error

    until = asyncio.get_running_loop().time() + SECONDS
    await _open(tab, proxy, shelf, page)
    await _scroll(tab, proxy, until)
    document = (await tab.content()).encode("utf-8", "replace")
    try:
        picture = await picture_of(tab)
    except (Error, TimeoutError) as error:
        proxy.told.note(f"there is no picture of the page: {first_line(str(error)) or 'it took too long'}")
        picture = b""
    return View(page, tab.url.partition("#")[0], document, picture, proxy.told)


async def show(shelf: Shelf, page: CaptureRow, configured: str, timezone: str = "UTC", *, window: bool = True) -> Told:
    """Open `page` in a window of its own, until the person closes it. Raises what `render` raises."""
    async with replaying(shelf, page, configured, timezone, window=window) as (chromium, proxy):
        tab = await chromium.window()
        closed = asyncio.Event()
        tab.context.on("page", lambda other: other.on("close", lambda _: _all_closed(tab, closed)))
        tab.on("close", lambda _: _all_closed(tab, closed))
        await _open(tab, proxy, shelf, page)
        while chromium.alive and not closed.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_WINDOW):
                    await closed.wait()
        return proxy.told


def _all_closed(tab: Page, closed: asyncio.Event) -> None:
    if not [page for page in tab.context.pages if not page.is_closed()]:
        closed.set()


async def _open(tab: Page, proxy: ReplayingProxy, shelf: Shelf, page: CaptureRow) -> None:
    from playwright.async_api import Error
    from playwright.async_api import TimeoutError as TooSlow

    try:
        await tab.goto(page.url, wait_until="load", timeout=SECONDS * 1000)
    except TooSlow:
        proxy.told.note(f"the page was still loading after {SECONDS:g} seconds, and is shown as it stood")
    except Error as error:
        if tab.is_closed() or "closed" in error.message or "crashed" in error.message:
            return  # whoever looks at it next finds that out
        if proxy.document is None:
            led = next(reversed(proxy.told.missing), page.url)
            near = await proxy.ask(lambda: nearest(shelf, led))
            raise NeverCaptured(led, near, led=page.url if led != page.url else "") from error
        kind = proxy.document.mime or "something that does not say what it is"
        if "Download" in error.message or "ERR_ABORTED" in error.message:
            raise NoPage(f"this is {kind}, which is no page", where=proxy.document.url) from error
        raise NoPage(f"the browser cannot show it: {first_line(error.message)}", where=page.url) from error
    await _at_rest(tab, proxy)


async def _at_rest(tab: Page, proxy: ReplayingProxy) -> None:
    """Wait until the page has asked for nothing for half a second and has nothing else to do, or asks for nothing new."""
    from playwright.async_api import Error

    loop = asyncio.get_running_loop()
    proxy.latest = proxy.news = loop.time()  # what has just been done to the page may have it ask
    while loop.time() - proxy.news < _POLLING:
        if not proxy.running and loop.time() - proxy.latest >= _QUIET:
            before = proxy.latest
            with suppress(Error):
                await tab.evaluate(_IDLE)
            if proxy.latest == before and not proxy.running:
                return
        await asyncio.sleep(_LOOK)


async def _scroll(tab: Page, proxy: ReplayingProxy, until: float) -> None:
    """To the end and back: what a page loads when it comes into sight was captured like this too."""
    from playwright.async_api import Error

    before, loop = 0, asyncio.get_running_loop()
    for _ in range(_STEPS):
        if loop.time() > until:
            proxy.told.note("the page goes on and on, and is shown as far as it came")
            break
        with suppress(Error):
            height = int(await tab.evaluate(_TO_THE_END))
            if height <= before:
                break
            before = height
            await _at_rest(tab, proxy)
    with suppress(Error):
        await tab.evaluate("window.scrollTo(0, 0)")


_IDLE = "() => new Promise(done => requestIdleCallback(done, {timeout: 2000}))"
_TO_THE_END = """() => new Promise(done => {
  const high = () => Math.ceil((document.scrollingElement || document.documentElement).scrollHeight);
  if (high() <= window.innerHeight) { done(0); return; }
  const before = high();
  window.scrollTo(0, before);
  requestAnimationFrame(() => requestAnimationFrame(() => done(before)));
})"""
