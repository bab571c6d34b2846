"""Undoes a page's Content-Encoding for the spider; the archive keeps what was sent."""

from __future__ import annotations

from scrapy import Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from crawler.capture.limits import LimitExceeded
from spiders.errors import PageError

MOST_CODINGS = 4
"""Content codings of one page; a page in a thousand of them is no page."""


class UndecodablePage(PageError):
    """A page's bytes are not what its Content-Encoding says."""

    def __init__(self, url: str, coding: str, why: str) -> None:
        super().__init__(url, "the page", f"bytes coded as its Content-Encoding ({coding}) says", f"others: {why}")


class UnpacksTooLarge(LimitExceeded):
    """A page that is small on the wire and would fill the memory."""


class Decoding(HttpCompressionMiddleware):
    """Scrapy's own, but a page that cannot be decoded or would fill the memory is an error that is seen.

    Accept-Encoding is the door's to send.
    """

    def process_request(self, request: Request, spider: Spider | None = None) -> None:  # noqa: ARG002 - Scrapy's
        return

    def process_response(
        self,
        request: Request,
        response: Response,
        spider: Spider | None = None,  # noqa: ARG002 - Scrapy's
    ) -> Request | Response:
        """The decoded response.

        Raises:
            UnpacksTooLarge: it grows past the bound of `request.meta["download_maxsize"]`.
            UndecodablePage: its bytes are damaged.
        """
        coding = b", ".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        if coding.count(",") >= MOST_CODINGS:
            raise UndecodablePage(response.url, f"{coding[:40]}…", f"more than {MOST_CODINGS} codings")
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise UnpacksTooLarge(
                "page_bytes",
                request.meta["page_bytes"],
                response.url,
                what=f"this page unpacks to more than {request.meta['download_maxsize']} bytes",
            ) from error
        except Exception as error:  # each coding's library has errors of its own
            raise UndecodablePage(response.url, coding[:80], f"{error}"[:200]) from error
