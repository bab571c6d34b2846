"""`https://` channels: the delivery as JSON, signed as in Standard Webhooks 1.0 (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import requests

from config.home import Home
from releases import outbound
from releases.alerts.errors import DeliveryFailed, SubscriptionRefused
from releases.alerts.own_network import leads_inside

if TYPE_CHECKING:
    from releases.alerts.story import Story

PREFIX = "whsec_"


def new_secret() -> str:
    """A signing secret: `whsec_` and 32 random bytes in Base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, ident: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` of a message: `v1,` and HMAC-SHA256 over `id.timestamp.body`, Base64.

    Several secrets with a space between give several signatures, as while one replaces another.
    """
    signed = b"%s.%d.%s" % (ident.encode(), timestamp, body)
    keys = [base64.b64decode(one.removeprefix(PREFIX), validate=True) for one in secret.split()]
    return " ".join("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys)


def body(story: Story) -> bytes:
    """The JSON a receiver gets; the same on every resend."""
    data: dict[str, Any] = {
        "type": "recordwatch.releases",
        "timestamp": max((event["at"] for event in story.events), default=None),
        "data": {
            "delivery": story.id,
            "kind": story.kind,
            "subscription": {"id": story.subscription, "name": story.name},
            "headline": story.headline,
            "why": story.why,
            "vouch": story.vouch,
            "waited": story.waited,
            "certificate": story.certificate,
            "portal": {"slug": story.portal, "name": story.portal_name},
            "events": list(story.events),
        },
    }
    return msgspec.json.encode(data)


class WebhookChannel:
    """One receiver. Redirects are not followed: a signed message goes where it was meant to go, or nowhere."""

    def __init__(self, url: str, secret: str, home: Home, *, outside: bool = False) -> None:
        try:
            parts = urlsplit(url)
            port_ok = parts.port is None or 0 < parts.port < 65536
        except ValueError as error:
            raise SubscriptionRefused(f"{url!r} is not a web address: {error}") from None
        if not parts.hostname or not port_ok:
            raise SubscriptionRefused(f"{url!r} names no host", todo="https://receiver.example.org/path")
        if parts.fragment:
            raise SubscriptionRefused(f"{url!r} has a fragment (#…), which is never sent", todo="leave it out")
        if parts.username or parts.password:
            raise SubscriptionRefused(
                "a password in the address would be written into logs",
                todo="messages are signed: let the receiver check the signature instead",
            )
        try:
            sign(secret, "", 0, b"")
        except binascii.Error:
            raise SubscriptionRefused("the signing secret is not whsec_ and Base64") from None
        self._url = url
        self._secret = secret
        self._home = home
        self._outside = outside

    def send(self, story: Story) -> None:
        # Asked each time: who owns a name may have it lead elsewhere tomorrow. A proxy looks names up itself.
        if self._outside and not self._home.settings.proxy and leads_inside(self._url):
            raise DeliveryFailed("messages are not sent into this newsroom's own network", where=self._url)
        payload = body(story)
        now = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": "recordwatch",
            "webhook-id": story.id,
            "webhook-timestamp": str(now),
            "webhook-signature": sign(self._secret, story.id, now, payload),
        }
        with outbound.session(self._home) as session:
            try:
                answer = session.post(
                    self._url,
                    data=payload,
                    headers=headers,
                    allow_redirects=False,
                    stream=True,
                    timeout=outbound.TIMEOUT,
                )
            except requests.RequestException as error:
                raise DeliveryFailed(
                    f"the receiver gave no answer: {outbound.reason(error)}", where=self._url
                ) from error
            with answer:
                if 200 <= answer.status_code < 300:
                    return
                if 300 <= answer.status_code < 400:
                    target = answer.headers.get("location", "")[:200]
                    raise DeliveryFailed(
                        f"the receiver redirects ({answer.status_code} to {target!r}); redirects are not followed",
                        where=self._url,
                        todo="subscribe the new address",
                    )
                raise DeliveryFailed(
                    f"the receiver answered {answer.status_code}", where=self._url, wait=outbound.retry_after(answer)
                )
