"""One page while behaviours act on it: our script's world beside the page's, waiting, and the time that is left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from crawler.capture.browser.behaviours.script import SCRIPT
from crawler.capture.browser.behaviours.wanted import Wanted
from crawler.capture.browser.visit import Visit

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

_LOOK = 0.05
"""Seconds between two looks whether a step has had its effect."""
_QUIET = 3
"""Looks in a row without a request under way, after which it has."""
ANSWER_SECONDS = 10.0
"""A page that does not answer for so long hangs."""
_STEP = 15.0
"""Seconds after which a step is over in any case."""


class PageLeft(Exception):
    """The document that was acted on is no more: the page has led itself elsewhere."""


class Size(msgspec.Struct):
    """How much a page shows."""

    height: int
    """Pixels."""
    elements: int
    rows: int
    """Elements that the spider's row selector finds; 0 without one."""
    mark: str
    """Of the words and links in these rows: the same rows have the same."""


class Stage:
    """What behaviours have of a page.

    Args:
        page: the tab.
        visit: what the recording proxy counts of it.
        wanted: what the spider knows of its list.
        until: the loop's time when the page's time is over.
    """

    def __init__(self, page: Page, visit: Visit, wanted: Wanted, until: float) -> None:
        self.page = page
        self.visit = visit
        self.wanted = wanted
        self.until = until
        self.did: list[str] = []
        """What was done, one sentence each."""
        self._session: CDPSession | None = None
        self._world = 0

    async def open(self) -> None:
        """Put our script beside the page's. Raises playwright's Error."""
        session = self._session = await self.page.context.new_cdp_session(self.page)
        tree = await session.send("Page.getFrameTree")
        frame = tree["frameTree"]["frame"]["id"]
        made = await session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "recordwatch"})
        self._world = made["executionContextId"]
        await self._evaluate(SCRIPT)

    async def call(self, name: str, *arguments: Any) -> Any:
        """What our script's function `name` returns. Raises PageLeft, TimeoutError, playwright's Error."""
        said = ", ".join(msgspec.json.encode(one).decode() for one in arguments)
        return await self._evaluate(f"rw.{name}({said})")

    async def size(self) -> Size:
        return msgspec.convert(await self.call("size", self.wanted), Size)

    async def settle(self) -> None:
        """Wait until what was just done has had its effect: nothing it asked for is under way any more."""
        loop = asyncio.get_running_loop()
        end = min(loop.time() + _STEP, self.until)
        quiet = 0
        while quiet < _QUIET and loop.time() < end:
            await asyncio.sleep(_LOOK)
            quiet = 0 if self.visit.busy else quiet + 1

    @property
    def over(self) -> bool:
        """Whether the page's time is."""
        return asyncio.get_running_loop().time() >= self.until

    async def _evaluate(self, expression: str) -> Any:
        from playwright.async_api import Error

        assert self._session is not None
        how = {"expression": expression, "contextId": self._world, "returnByValue": True}
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                told = await self._session.send("Runtime.evaluate", how)
        except Error as error:
            if "context" in error.message.lower():
                raise PageLeft from error
            raise
        if "exceptionDetails" in told:
            words = told["exceptionDetails"].get("exception", {}).get("description", "our script failed")
            raise Error(str(words)[:200])
        return told["result"].get("value")
