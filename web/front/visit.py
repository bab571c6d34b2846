"""When this browser was here before: kept in its own cookie, and nowhere here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_COOKIE = "recordwatch_visit"
_AWAY = timedelta(minutes=30)
"""After so long without the first screen, the next look at it is another visit."""


def last_visit(request: HttpRequest, now: datetime) -> datetime | None:
    """When the visit before this one ended; None where there was none."""
    before, latest = _read(request)
    if latest is None:
        return None
    return latest if now - latest > _AWAY else before


def remember(request: HttpRequest, response: HttpResponse, now: datetime) -> None:
    """Leave in the browser that it was here."""
    before = last_visit(request, now)
    said = f"{int(before.timestamp()) if before else 0}.{int(now.timestamp())}"
    response.set_cookie(
        _COOKIE,
        said,
        max_age=90 * 86400,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _read(request: HttpRequest) -> tuple[datetime | None, datetime | None]:
    """(end of the visit before, newest look); whatever a browser sends."""
    before, _dot, latest = request.COOKIES.get(_COOKIE, "")[:40].partition(".")
    return _moment(before), _moment(latest)


def _moment(text: str) -> datetime | None:
    if not (text.isascii() and text.isdecimal()) or len(text) > 11 or not int(text):
        return None
    return datetime.fromtimestamp(int(text), UTC)
