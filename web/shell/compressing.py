"""Pages go over the wire compressed, and data that a browser shows goes indented; what was archived goes as it is: its
length, its digest and its ranges are promised.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

_MARK = "recordwatch_as_it_is"


def as_it_is(response: Any) -> Any:
    """`response`, to be sent byte for byte."""
    setattr(response, _MARK, True)
    return response


class Compressing(GZipMiddleware):
    """Django's, but for what `as_it_is` marks."""

    def process_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        if getattr(response, _MARK, False):
            found: HttpResponseBase = response
            return found
        if not response.streaming and response.headers.get("Content-Type", "").partition(";")[0].endswith("json"):
            _readable(request, response)
        return super().process_response(request, response)


def _readable(request: HttpRequest, response: Any) -> None:
    """Programs get JSON in one line; who opens its address in a browser (Accept names HTML) gets it to read."""
    patch_vary_headers(response, ["Accept"])
    if "text/html" not in request.headers.get("Accept", "") or "Content-Disposition" in response.headers:
        return
    if response.content:
        response.content = msgspec.json.format(response.content, indent=1)
    if (tag := response.headers.get("ETag", "")) and not tag.startswith("W/"):
        response.headers["ETag"] = f"W/{tag}"  # the same data in other bytes
