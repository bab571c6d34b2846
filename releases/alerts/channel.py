"""How a message leaves: one contract, four kinds of channel, chosen by the subscription's address."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urlsplit

from config.home import Home
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.story import Story
from releases.models import Subscription

TIMEOUT = 30.0
"""Seconds a receiver may stay silent."""


class Channel(Protocol):
    """Sends one message. `send` runs in a thread of its own and must not touch the database."""

    def send(self, story: Story) -> None:
        """Hand `story` over. Returns once the receiver took it; raises DeliveryFailed (or OSError) otherwise.

        Resends carry the same id (`story.id`), so that a receiver can drop them.
        """


def open_channel(address: str, secret: str, home: Home, *, outside: bool = False) -> Channel:
    """The channel behind `address`; touches no network. `outside`: a webhook never goes into the home's own network.

    Raises:
        SubscriptionRefused: the address cannot work, and why.
    """
    text = address.strip()
    if text != address or not text.isprintable() or not text:
        raise SubscriptionRefused(f"channel {address!r} holds white space or control characters, or nothing at all")
    scheme = urlsplit(text).scheme.lower() if ":" in text else ""
    if scheme == "mailto" and not text[len("mailto:") :].startswith("//"):
        from releases.alerts.mail import MailChannel

        return MailChannel(text, home)
    if scheme in {"http", "https"}:
        from releases.alerts.webhook import WebhookChannel

        return WebhookChannel(text, secret, home, outside=outside)
    if scheme == "slack" and "://" not in text:
        from releases.alerts.slack import SlackChannel

        return SlackChannel(text, home)
    from releases.alerts.services import ServiceChannel

    return ServiceChannel(text)


def channel_of(subscription: Subscription, home: Home) -> Channel:
    """A subscription's channel. Raises as `open_channel`."""
    owner = subscription.owner
    outside = owner is not None and owner.role != "operator"  # those of nobody are made at the command line
    return open_channel(subscription.channel, subscription.secret, home, outside=outside)


def shown(address: str) -> str:
    """`address` for lists and logs: passwords and tokens in it are not shown."""
    if address.lower().startswith("mailto:") and not address[7:].startswith("//"):
        return address
    if address.startswith("slack:") and "://" not in address:
        return address
    parts = urlsplit(address)
    if parts.scheme.lower() in {"http", "https"}:
        host = parts.netloc.rpartition("@")[2]
        return f"{parts.scheme}://{host}{parts.path}{'?…' if parts.query else ''}"
    return f"{parts.scheme}://…"
