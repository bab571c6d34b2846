"""A tab of Chromium's that never shows anything: it sends one request as told, and gives what came before it is a page.

The request is paused before it is sent, and its method, headers and body set; the answer is paused before Chromium
does anything with it, read, and given up. No script runs, nothing is followed, saved or shown.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from crawler.capture.browser.direct.told import bodiless, head, overrides, problem
from crawler.capture.errors import BodyFailed, LimitCrossed, NoAnswer
from crawler.capture.target import Target
from crawler.capture.wire import ExchangeLimits, WireRequest

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

    from crawler.capture.browser.direct.told import ToldHead

_PIECE = 1024 * 1024
_EXTRA_SECONDS = 2.0
"""Seconds in which Chromium tells the head of an answer that it has given already."""
_PATTERNS = [{"urlPattern": "*", "requestStage": stage} for stage in ("Request", "Response")]


class Tab:
    """One request at a time. After an error it is closed, and another one opened."""

    def __init__(self, page: Page, session: CDPSession) -> None:
        self.page = page
        self._session = session
        self._events: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self._paused = self._network = ""
        self.request_headers: dict[str, str] = {}
        """Of the request under way, as it left Chromium."""
        for name in ("Fetch.requestPaused", "Network.requestWillBeSentExtraInfo", "Network.responseReceivedExtraInfo"):
            session.on(name, lambda event, name=name: self._events.put_nowait((name, event)))

    @classmethod
    async def of(cls, page: Page) -> Tab:
        """Raises playwright's Error."""
        session = await page.context.new_cdp_session(page)
        tab = cls(page, session)
        await session.send("Network.enable")
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        await session.send("Fetch.enable", {"patterns": _PATTERNS})
        return tab

    async def ask(self, request: WireRequest, target: Target) -> ToldHead:
        """Send `request`; its answer waits to be read.

        Raises:
            WireError: nothing came.
            playwright's Error: the browser has died.
        """
        while not self._events.empty():
            self._events.get_nowait()
        await self._session.send("Network.clearBrowserCookies")
        self.request_headers, self._network, text = {}, "", ""
        leading = asyncio.ensure_future(self._session.send("Page.navigate", {"url": request.url.partition("#")[0]}))
        try:
            while True:
                name, event = await self._next(leading, target)
                if name != "Fetch.requestPaused" and event["requestId"] != self._network:
                    continue  # of the request before
                if name == "Network.requestWillBeSentExtraInfo":
                    self.request_headers = event["headers"]
                elif name == "Network.responseReceivedExtraInfo":
                    text = event.get("headersText", "")
                elif "responseErrorReason" in event:
                    await self._fail(event["requestId"])
                    told = await leading
                    raise problem(told.get("errorText") or str(event["responseErrorReason"]), target)
                elif "responseStatusCode" in event:
                    self._paused = event["requestId"]
                    text = text or await self._text()
                    return head(event["responseStatusCode"], event.get("responseHeaders", ()), text, request.method)
                else:
                    self._network = event.get("networkId", "")
                    await self._send(request, event["requestId"])
        finally:
            leading.add_done_callback(_retrieved)

    async def body(self, request: WireRequest, told: ToldHead, limits: ExchangeLimits) -> AsyncIterator[bytes]:
        """The body of the answer that waits. Raises BodyFailed, LimitCrossed, TimeoutError."""
        if bodiless(told, request.method):
            return
        from playwright.async_api import Error

        taken = 0
        try:
            given = await self._session.send("Fetch.takeResponseBodyAsStream", {"requestId": self._paused})
            while True:
                async with asyncio.timeout(limits.idle_seconds):
                    read = await self._session.send("IO.read", {"handle": given["stream"], "size": _PIECE})
                data = read["data"]
                piece = base64.b64decode(data) if read.get("base64Encoded") else data.encode("latin-1", "replace")
                taken += len(piece)
                if taken > limits.body_bytes:
                    raise LimitCrossed(f"the body is larger than allowed ({limits.body_key})", truncated="length")
                if piece:
                    yield piece
                if read["eof"]:
                    break
        except Error as error:
            raise BodyFailed(
                f"Chromium gave {taken} bytes of the body: {error.message[:100]}", retryable=True
            ) from error
        if told.length is not None and taken != told.length:
            raise BodyFailed(f"the body is cut short: {taken} of {told.length} bytes", retryable=True)

    async def done(self) -> None:
        """Give up what still waits: from here on the tab is free."""
        if self._paused:
            paused, self._paused = self._paused, ""
            await self._fail(paused)

    async def _send(self, request: WireRequest, paused: str) -> None:
        how: dict[str, Any] = {"requestId": paused, "method": request.method, "headers": overrides(request)}
        if request.body:
            how["postData"] = base64.b64encode(request.body).decode()
        await self._session.send("Fetch.continueRequest", how)

    async def _next(self, leading: asyncio.Future[Any], target: Target) -> tuple[str, dict[str, Any]]:
        """What Chromium tells next. Raises WireError where it has given up instead."""
        telling = asyncio.ensure_future(self._events.get())
        try:
            await asyncio.wait({telling, leading}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                return telling.result()
        finally:
            if not telling.done():
                telling.cancel()
        told = leading.result()
        if word := told.get("errorText", ""):
            raise problem(word, target)
        raise NoAnswer(f"{target.host} gave Chromium no answer")

    async def _text(self) -> str:
        """The head as text, where Chromium tells it a moment after the answer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_EXTRA_SECONDS):
                while True:
                    name, event = await self._events.get()
                    if name == "Network.responseReceivedExtraInfo" and event["requestId"] == self._network:
                        return str(event.get("headersText", ""))
        return ""

    async def _fail(self, paused: str) -> None:
        await self._session.send("Fetch.failRequest", {"requestId": paused, "errorReason": "Aborted"})


def _retrieved(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()
