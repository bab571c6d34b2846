"""Browsers in which an account has logged in before: a signed cookie says so, and lets its owner in while others guess.

It lets nobody in by itself: it only gives its browser counts of its own (see `web.accounts.throttle`).
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from releases.models import Account

COOKIE = "recordwatch_known"
_AGE = 180 * 86400
_SALT = "recordwatch known browser"


def number(request: HttpRequest, account: Account | None) -> str:
    """What names this browser, if `account` has logged in with it before; else empty."""
    try:
        whose, name = signing.loads(request.COOKIES.get(COOKIE, "")[:500], salt=_SALT, max_age=_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(name) if account is not None and whose == account.pk else ""


def remember(response: HttpResponse, account: Account) -> None:
    """`account` has logged in with the browser that gets `response`."""
    value = signing.dumps([account.pk, secrets.token_hex(8)], salt=_SALT)
    response.set_cookie(
        COOKIE, value, max_age=_AGE, path="/accounts/", httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
