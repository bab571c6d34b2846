"""Feeds as files for a static web server: written aside and renamed, and left alone when nothing is new.

So the server's ETag and Last-Modified mean what they say, and a reader who asks again gets `304`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from archive.catalog.models import Portal
from config.home import Home
from releases.alerts.active import active
from releases.alerts.feed import Feed
from releases.alerts.feed_choice import everything, of_portals, of_subscription
from releases.alerts.feed_formats import FORMATS
from releases.models import Subscription

PRIVATE = "s"
"""Folder of saved searches' feeds: what somebody watches is nobody else's business, so their names are secret."""


@dataclass(frozen=True, slots=True)
class Written:
    """One feed file."""

    file: Path
    what: str
    """`all`, a portal's slug, or a subscription's name."""
    entries: int
    changed: bool
    """False: it has the same bytes as before, and was not touched."""


def write_feed(path: Path, document: bytes) -> bool:
    """Put `document` at `path` atomically; returns False, and touches nothing, when it is there already."""
    try:
        if path.read_bytes() == document:
            return False
    except FileNotFoundError:
        pass
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(document)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return True


def write_all(home: Home, folder: Path, address: str, limit: int) -> Iterator[Written]:
    """Every feed in every format below `folder`: `all`, one per portal, and one per subscription in `s/`.

    `address`: where the folder can be read, for the feeds' own links; empty when unknown. Feeds of
    subscriptions that were muted, or wait for a yes, are deleted. Raises OSError, and IndexBusy for saved searches
    without an index.
    """
    secret = folder / PRIVATE
    secret.mkdir(parents=True, exist_ok=True)
    write_feed(secret / "index.html", b"<!DOCTYPE html><title>Nothing is listed here</title>\n")
    yield from _formats(everything(home, limit), folder, "all", "all", address)
    watched = {path.stem for path in home.portals.glob("*.toml")}
    for slug in sorted(watched | set(Portal.objects.values_list("slug", flat=True))):
        yield from _formats(of_portals(home, [slug], limit), folder / "portals", slug, slug, f"{address}/portals")
    kept = {"index.html"}
    for subscription in active().order_by("id"):
        feed = of_subscription(home, subscription, limit)
        name = secret_name(subscription)
        for written in _formats(feed, secret, name, subscription.name, f"{address}/{PRIVATE}"):
            kept.add(written.file.name)
            yield written
    for path in secret.iterdir():
        if path.name not in kept and path.suffix in {ending for _, ending in FORMATS.values()}:
            path.unlink(missing_ok=True)


def secret_name(subscription: Subscription) -> str:
    """The name of a subscription's feed: it cannot be guessed, and does not give away what mutes it."""
    return hashlib.sha256(b"feed\0" + subscription.mute_token.encode()).hexdigest()[:40]


def _formats(feed: Feed, folder: Path, name: str, what: str, address: str) -> Iterator[Written]:
    folder.mkdir(parents=True, exist_ok=True)
    for write, ending in FORMATS.values():
        path = folder / f"{name}{ending}"
        whole = replace(feed, address=f"{address}/{path.name}" if address.startswith("http") else "")
        yield Written(path, what, len(feed.entries), write_feed(path, write(whole)))
