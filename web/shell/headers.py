"""Headers of every answer. Nothing of ours needs inline script or style, and nothing is asked of third parties."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
ARCHIVED = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""For bytes that a portal served, should a browser show them after all: no script, no request, an origin of their own."""


class Headers:
    """Middleware: a strict policy, unless a view chose its own."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.answer(request)
        defaults = {
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "X-Robots-Tag": "noindex, nofollow, noarchive",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
        }
        for name, value in defaults.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private, no-cache"
        if request.method == "HEAD":
            return _bare(response)
        return response


def _bare(response: HttpResponseBase) -> HttpResponseBase:
    """Without its body, which a HEAD must not have (RFC 9110, 9.3.2); what was opened for it is closed with it."""
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = iter(())
    elif isinstance(response, HttpResponse):
        response.content = b""
    return response
