"""Scrapy's download handler for portals with `browser`: pages as their scripts leave them.

Only what a person would open is: a GET for a page. A spider's requests to an API, its and its
POSTs go straight through the door; what is no HTML (a feed) comes as it was served. Before the crawl, put both on the crawler: `crawler.door`,
`crawler.renderer`. Beside what `crawler.capture.handler` says of answers: a page from the browser has
`rendered` among its flags, its body is UTF-8, and its capture is the exchange that brought its document;
`meta` gets `browser_notes`, what the page did not get for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from scrapy.http import Headers, HtmlResponse, Request, Response

from crawler.capture.browser.renderer import Rendered
from crawler.capture.handler import WireDownloadHandler, response_of
from crawler.shell import is_shell, opening_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class PageRenderer(Protocol):
    """What the handler asks of a renderer."""

    async def render(self, url: str) -> Rendered: ...


class RenderingDownloadHandler(WireDownloadHandler):
    """Gives Scrapy pages from the browser, always or only where they are empty without one."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._renderer = cast("PageRenderer", crawler.renderer)  # type: ignore[attr-defined]

    async def download_request(self, request: Request) -> Response:
        """The page in the browser. Raises what `Renderer.render` raises, and `Door.fetch`."""
        if not _is_page(request):
            return await super().download_request(request)
        if self._door.portal.browser == "auto":
            response = await super().download_request(request)
            if not is_shell(opening_of(response)):
                return response
        rendered = await self._renderer.render(request.url)
        self.describe(request, rendered.main)
        request.meta["browser_notes"] = rendered.notes
        if rendered.document is None:
            return response_of(rendered.main)
        return HtmlResponse(
            rendered.url,
            status=rendered.main.status,
            headers=Headers({"Content-Type": "text/html; charset=utf-8"}),
            body=rendered.document,
            encoding="utf-8",
            flags=["rendered"],
        )


def _is_page(request: Request) -> bool:
    return request.method == "GET" and not request.body and b"json" not in (request.headers.get("Accept") or b"")
