"""Deliveries as operators see them: what kind of channel, what became of it, why. Whose they are, where they go and what
they say maps an investigation and is not shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from releases.models import Delivery

_ADDRESS = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s<>\"')]+", re.IGNORECASE)
_LONG = re.compile(r"(?=[\w-]*\d)[\w-]{16,}")
"""What may be a token, or the id of an event."""
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery."""

    id: str
    channel: str
    kind: str
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    error: str


def told(delivery: Delivery) -> Told:
    """`delivery`, whose subscription is at hand."""
    channel = delivery.subscription.channel
    return Told(
        delivery.id, channel_kind(channel), delivery.kind, delivery.state, delivery.attempts, delivery.created_at,
        delivery.next_at, delivery.sent_at, scrubbed(delivery.error, channel),
    )  # fmt: skip


def channel_kind(channel: str) -> str:
    """`mail`, `webhook`, or the service's name."""
    scheme = urlsplit(channel).scheme.lower() if ":" in channel else ""
    known = {"mailto": _("mail"), "http": _("webhook"), "https": _("webhook")}
    if scheme == "mailto" and channel[7:].startswith("//"):
        return _("mail")
    return known.get(scheme, scheme[:20] if re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme) else _("other"))


def scrubbed(error: str, channel: str) -> str:
    """Why it was not taken, without anything that says where it went."""
    text = _URL.sub("…", error)
    text = _ADDRESS.sub("…", text)
    for piece in sorted(_pieces(channel), key=len, reverse=True):
        text = re.sub(re.escape(piece), "…", text, flags=re.IGNORECASE)
    return _LONG.sub("…", text)[:_LONGEST]


def _pieces(channel: str) -> set[str]:
    """Every part of an address that could name somebody."""
    parts = urlsplit(channel)
    whole = unquote(channel.partition(":")[2]).strip("/")
    pieces = {whole, parts.netloc, parts.hostname or "", parts.username or "", parts.password or "", parts.query}
    pieces |= set(whole.split("@")) | {piece for piece in parts.path.split("/") if piece}
    pieces |= {word for piece in tuple(pieces) for word in re.split(r"[^\w-]+", piece) if len(word) > 3}
    return {piece for piece in pieces if len(piece) > 2}
