"""Muting without a login: what a link in a mail leads to, and what a mail client posts (RFC 8058). No server in here.

A GET changes nothing, whoever follows the link: scanners of mail follow every one. Unknown tokens get
the same answers as known ones, so that nobody learns which exist.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal
from urllib.parse import parse_qs

from releases.alerts.errors import SubscriptionRefused
from releases.alerts.subscriptions import mute
from releases.models import Subscription

PREFIX = "/alerts/mute/"
"""Path of every mute link; the token follows."""
MOST_BYTES = 4096
"""Of a posted form."""
_TOKEN_LONGEST = 128
_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Robots-Tag", "noindex, nofollow"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def answer(method: str, path: str, body: bytes = b"", *, now: datetime | None = None) -> Answer:
    """The answer to a request for `path` (without a query). A POST that says so mutes; nothing else does anything.

    Needs the home's database open in this thread.
    """
    if not path.startswith(PREFIX) or "/" in path[len(PREFIX) :] or path == PREFIX:
        return _page(404, "Nothing is here", "<p>Links that stop messages end in a long token.</p>")
    if method in {"GET", "HEAD"}:
        form = (
            '<p>Nothing more will be sent to this subscription.</p><form method="post">'
            '<input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Stop these messages</button></form>'
        )
        return _page(200, "Stop these messages?", form)
    if method != "POST":
        return _page(
            405, "This cannot be done here", "<p>Open the link in a browser.</p>", (("Allow", "GET, HEAD, POST"),)
        )
    if not asked_for(body):
        return _page(400, "Nothing was stopped", "<p>Open the link in a browser and press the button.</p>")
    stop(path[len(PREFIX) :], now=now)
    return _page(
        200, "You get no more of these messages",
        "<p>If this was a mistake: <code>recordwatch alerts unmute</code>, or ask whoever runs this newsroom's recordwatch.</p>",
    )  # fmt: skip


def stop(token: str, *, now: datetime | None = None) -> None:
    """Mute the subscription with this mute token, if there is one."""
    if found := holder(token):
        with suppress(SubscriptionRefused):  # deleted in this very moment: nothing is sent to it either way
            mute(found, now=now)


def asked_for(body: bytes) -> bool:
    """Whether a form, as browsers and mail clients send it in either encoding, asks to unsubscribe."""
    if len(body) > MOST_BYTES:
        return False
    text = body.decode("ascii", "replace")
    if parse_qs(text).get("List-Unsubscribe") == ["One-Click"]:
        return True
    return 'name="List-Unsubscribe"' in text and "\r\n\r\nOne-Click\r\n" in text


def holder(token: str, column: Literal["mute_token", "confirm_token"] = "mute_token") -> str | None:
    """Id of the subscription with this token. Every token is compared in full, and none ends the search."""
    asked = token.encode("utf-8", "replace")[:_TOKEN_LONGEST]
    found = None
    for ident, known in Subscription.objects.order_by("id").values_list("id", column).iterator():
        if hmac.compare_digest(known.encode(), asked) and known:
            found = ident
    return found


def _page(status: int, title: str, inside: str, more: tuple[tuple[str, str], ...] = ()) -> Answer:
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>"
        "body{font:18px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1.2rem}"
        "button{font:inherit;padding:.7rem 1.2rem;border-radius:.4rem;border:2px solid;cursor:pointer}"
        f"</style></head><body><main><h1>{escape(title)}</h1>{inside}</main></body></html>\n"
    ).encode()
    return Answer(status, (*_HEADERS, *more), page)
