"""Undoes a page's Content-Encoding for the spider; the archive keeps what was sent."""

from __future__ import annotations

import zlib

from scrapy import Spider
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Request, Response

from config.errors import RecordwatchError
from crawler.capture.handler import DECODED_PER_PAGE
from crawler.capture.limits import LimitExceeded


class UndecodablePage(RecordwatchError):
    """A page's bytes are not what its Content-Encoding says."""


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
            LimitExceeded: it grows past the bound of `request.meta["download_maxsize"]`.
            UndecodablePage: its bytes are damaged.
        """
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise LimitExceeded(
                "page_bytes",
                request.meta["download_maxsize"] // DECODED_PER_PAGE,
                response.url,
                what=f"this page unpacks to more than {DECODED_PER_PAGE} times limits.page_bytes",
            ) from error
        except (OSError, EOFError, zlib.error, ValueError) as error:
            raise UndecodablePage(
                f"this page cannot be unpacked as its Content-Encoding says: {error}",
                where=response.url,
                todo="its bytes are archived as they came",
            ) from error
