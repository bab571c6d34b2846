"""Pages go over the wire compressed; what was archived goes as it is: its length, its digest and its ranges are promised."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

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
        return super().process_response(request, response)
