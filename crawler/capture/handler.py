"""Scrapy's download handler for http and https: pages through the one door.

Before the crawl, put the door on the crawler: `crawler.door = door`. Of a request, method, headers,
body and cookies are used, and of its meta:

- `conditional`: False fetches the page even where it did not change (default True).
- `optional`: True where the portal may decline to answer (`PortalSpider.optional`; default False).

Of the answer, beside the usual: `response.url` is the final URL; `flags` has `not_modified` (the page
is unchanged and this is its archived body) and `large` (the body is only in the archive, and empty
here); `meta` gets `capture` (WARC-Record-ID of what came now), `captured_at`, `capture_digest`
(payload digest) and, after redirects, `redirect_urls`.

An exchange that brought no whole answer is an error (`ExchangeFailed`), never a short page. The
signals `headers_received` and `bytes_received` are not sent, so `StopDownload` has no place to be
raised: what was asked for is archived whole, or refused by a limit.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Protocol, cast

from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import Headers, Request, Response
from scrapy.responsetypes import responsetypes

from config.errors import ConfigError
from config.portal import Portal
from crawler.capture.cookies import Cookies
from crawler.capture.fetch import Fetch, Fetched

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

DECODED_PER_PAGE = 4
"""A page may have so many times `limits.page_bytes` once its Content-Encoding is undone …"""
MOST_DECODED = 64 * 1024**2
"""… or so many bytes, where that is less: it is in memory, and its tree too."""


class PageDoor(Protocol):
    """What a handler asks of the door."""

    portal: Portal
    cookies: Cookies

    async def fetch(self, fetch: Fetch) -> Fetched: ...


def door_of(crawler: Crawler) -> PageDoor:
    """The door of this crawl. Raises ConfigError when nobody put one there."""
    door = getattr(crawler, "door", None)
    if door is None:
        raise ConfigError("no door for this crawl", where="crawler.door", todo="set it before the crawl starts")
    return cast("PageDoor", door)


class WireDownloadHandler(BaseDownloadHandler):
    """Gives Scrapy whole pages, and the archive every byte. One per scheme; the door is shared."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._door = door_of(crawler)

    async def download_request(self, request: Request) -> Response:
        """The answer to `request`. Raises what `Door.fetch` raises; errbacks get these errors as they are."""
        return await self.plain(request)

    async def plain(self, request: Request, *, or_browser: bool = False) -> Response:
        """As `download_request`; with `or_browser` a block page is no news yet, see `Fetch.or_browser`."""
        for name, value in _cookies(request.cookies):
            self._door.cookies.put(request.url, name, value)
        fetched = await self._door.fetch(
            Fetch(
                request.url,
                method=request.method,
                headers=tuple((name, value) for name, values in request.headers.items() for value in values),
                body=request.body,
                conditional=request.meta.get("conditional", True),
                optional=request.meta.get("optional", False),
                or_browser=or_browser,
            )
        )
        self.describe(request, fetched)
        return response_of(fetched)

    def describe(self, request: Request, fetched: Fetched) -> None:
        """Put into the request's meta what stands above."""
        meta = request.meta
        meta["capture"] = fetched.archived.capture
        meta["captured_at"] = fetched.archived.at
        meta["capture_digest"] = fetched.held.payload_digest if fetched.held else fetched.archived.payload_digest
        most = meta["page_bytes"] = self._door.portal.limits.page_bytes
        meta["download_maxsize"] = max(most, min(DECODED_PER_PAGE * most, MOST_DECODED))
        if fetched.via:
            meta["redirect_urls"] = list(fetched.via)


def response_of(fetched: Fetched) -> Response:
    """The answer as Scrapy's type, its Content-Encoding not undone."""
    flags = ["not_modified"] if fetched.not_modified else []
    if fetched.payload is None:
        flags.append("large")
    headers = Headers(fetched.headers)
    body = fetched.payload or b""
    peer = fetched.peer
    kind = responsetypes.from_args(headers=headers, url=fetched.url, body=body)
    return kind(
        url=fetched.url,
        status=fetched.status,
        headers=headers,
        body=body,
        flags=flags,
        certificate=peer.certificate or None,
        ip_address=ipaddress.ip_address(peer.address) if peer.address else None,
        protocol=peer.protocols[0].upper(),
    )


def _cookies(given: Any) -> list[tuple[str, str]]:
    """Scrapy allows a dict, or a list of dicts with `name` and `value`."""
    if isinstance(given, dict):
        return [(str(name), str(value)) for name, value in given.items()]
    return [(str(one["name"]), str(one["value"])) for one in given or ()]
