"""One tab: when it is at rest, which answers it shows, what it looks like."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from crawler.capture.browser.chromium import VIEWPORT
from crawler.capture.browser.visit import Visit
from crawler.capture.fetch import Fetched

if TYPE_CHECKING:
    from playwright.async_api import Page, Request

_POLLING = 10.0
"""Seconds after which a page that asks for nothing new has all it will have."""
_LOOK = 1.0
"""Seconds between two looks at that."""
_PICTURE_SECONDS = 15
MOST_HEIGHT = 16_000
"""Pixels of a page that are in its picture; Chromium paints no more than 16,384."""
_HTML = ("text/html", "application/xhtml+xml")


async def at_rest(page: Page, visit: Visit, seconds: float) -> None:
    """Wait until the page asks for nothing for half a second, or only again and again for the same."""
    waiting = asyncio.ensure_future(page.wait_for_load_state("networkidle", timeout=max(1.0, seconds * 1000)))
    try:
        while not waiting.done():
            await asyncio.wait({waiting}, timeout=_LOOK)
            if not waiting.done() and visit.repeats_itself(_POLLING):
                visit.note("the page asks for the same again and again, and was read as it stood")
                return
        waiting.result()
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def picture_of(page: Page) -> bytes:
    """The whole page as a PNG. Raises TimeoutError, or playwright's Error."""
    async with asyncio.timeout(_PICTURE_SECONDS):
        return await _screenshot(page)


async def _screenshot(page: Page) -> bytes:
    height = 0
    with suppress(ValueError, TypeError):
        height = int(await page.evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)"))
    if height <= MOST_HEIGHT:
        return await page.screenshot(full_page=True, animations="disabled")
    clip = {"x": 0.0, "y": 0.0, "width": float(VIEWPORT[0]), "height": float(MOST_HEIGHT)}
    return await page.screenshot(full_page=True, animations="disabled", clip=clip)  # type: ignore[arg-type]


def is_document(page: Page, response: Any) -> bool:
    """Whether `response` is what the tab itself shows: no frame's, no redirect."""
    request = response.request
    if not request.is_navigation_request() or 300 <= response.status < 400:
        return False
    with suppress(Exception):  # of a tab that is gone already
        return bool(request.frame == page.main_frame)
    return False


def frame_of(request: Request) -> str:
    """Address of the frame in the page that asks, the outermost where frames are nested; empty for the page itself."""
    with suppress(Exception):  # of a tab that is gone already, or a frame that is still to come
        frame = request.frame
        while frame.parent_frame is not None and frame.parent_frame.parent_frame is not None:
            frame = frame.parent_frame
        return "" if frame.parent_frame is None else frame.url
    return ""


def is_html(fetched: Fetched) -> bool:
    """Whether a browser shows it as a page; what says nothing of itself is taken for one."""
    kind = fetched.header("content-type").partition(";")[0].strip().lower()
    return kind in _HTML or not kind


def first_line(message: str) -> str:
    """What playwright's report begins with."""
    return message.strip().partition("\n")[0][:200]
