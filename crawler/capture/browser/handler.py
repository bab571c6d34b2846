"""Scrapy's download handler for crawls that may need a browser: pages as their scripts leave them.

Only what a person would open is rendered: a GET for a page. A spider's requests to an API and its POSTs go
straight through the door; what is no HTML (a feed) comes as it was served. Which pages: those of portals with
`browser`, and wherever a request's meta says `browser` (True or False), that counts. Before the crawl, put both
on the crawler: `crawler.door`, `crawler.renderer`.

Of the request's meta, beside what `crawler.capture.handler` takes: `browse`, what the spider knows of a list
(`crawler.capture.browser.behaviours.wanted.Wanted`, by its fields' names).

Beside what `crawler.capture.handler` says of answers: a page from the browser has `rendered` among its flags, its
body is UTF-8, and its capture is the exchange that brought its document. `meta` gets `browser_notes`, what the page
did not get for one; `media`, what its players asked for (address → media type); `state`, 1 for the page as it was first; `states`, the documents that turning its list gave
after this one; `unfinished`, why that ended before the list did, else empty. `PortalSpider.next_state` asks for the
next of `states`, which is answered from memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from scrapy.http import Headers, HtmlResponse, Request, Response

from crawler.capture.browser.behaviours.wanted import Wanted
from crawler.capture.browser.media import kinds
from crawler.capture.handler import WireDownloadHandler, response_of
from crawler.shell import is_shell, opening_of
from spiders.errors import ChallengePageError

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.capture.browser.rendered import Rendered


class PageRenderer(Protocol):
    """What the handler asks of a renderer."""

    async def render(self, url: str, wanted: Wanted) -> Rendered: ...


class RenderingDownloadHandler(WireDownloadHandler):
    """Gives Scrapy pages from the browser: always, only where they are empty without one, or where asked to."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._renderer = cast("PageRenderer", crawler.renderer)  # type: ignore[attr-defined]

    async def download_request(self, request: Request) -> Response:
        """The page in the browser. Raises what `Renderer.render` raises, and `Door.fetch`."""
        if (document := request.meta.pop("document", None)) is not None:
            return _page(request.url, 200, document)
        mode = request.meta.get("browser", self._door.portal.browser)
        if not mode or not _is_page(request):
            return await self.plain(request)
        if mode == "auto":
            try:
                response = await self.plain(request, or_browser=True)
            except ChallengePageError:
                pass  # once more, in a browser: what it gets is final
            else:
                if not is_shell(opening_of(response)):
                    return response
        rendered = await self._renderer.render(request.url, Wanted(**request.meta.get("browse", {})))
        self.describe(request, rendered.main)
        request.meta.update({"browser_notes": rendered.notes, "media": kinds(rendered.media)})
        if rendered.document is None:
            return response_of(rendered.main)
        request.meta.update({"state": 1, "states": rendered.states, "unfinished": rendered.unfinished})
        return _page(rendered.url, rendered.main.status, rendered.document)


def _page(url: str, status: int, document: bytes) -> HtmlResponse:
    headers = Headers({"Content-Type": "text/html; charset=utf-8"})
    return HtmlResponse(url, status=status, headers=headers, body=document, encoding="utf-8", flags=["rendered"])


def _is_page(request: Request) -> bool:
    return request.method == "GET" and not request.body and b"json" not in (request.headers.get("Accept") or b"")
