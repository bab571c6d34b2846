"""Asks records that should be listed and are not for their own pages: taken down, or hidden by the list?"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from config.errors import RecordwatchError
from config.portal import Expect
from crawler.baseline import Canary, History
from crawler.capture.door import Door, Fetch
from crawler.challenge import signs
from crawler.findings import Findings, Outcome
from crawler.opened import opening
from crawler.questions import named, unlisted


def to_ask(findings: Findings, history: History, expect: Expect) -> list[Canary]:
    """Canaries that were not listed and have a page of their own to ask. Empty for a crawl that saw nothing
    anyway, or that we stopped.
    """
    if findings.limited_by or not (findings.keys or findings.empty_markers):
        return []
    unique = {canary.key: canary for canary in [*history.canaries, *named(history, expect)]}
    pages = {page.url for page in findings.listing_pages}
    return [canary for canary in unlisted(findings, unique.values()) if canary.url and canary.url not in pages]


async def ask(door: Door, canaries: Iterable[Canary], home: str) -> dict[str, Outcome]:
    """Key → what its own page says. `home` is the portal's address."""
    return {canary.key: (await look(door, canary.url, home))[0] for canary in canaries}


async def look(door: Door, url: str, home: str) -> tuple[Outcome, str]:
    """What a record's own page says, and the capture that shows it (or empty)."""
    try:
        fetched = await door.fetch(Fetch(url, purpose="confirm"))
    except RecordwatchError:
        return "unknown", ""
    capture = fetched.archived.capture
    if fetched.status in {404, 410}:
        return "gone", capture
    if fetched.status != 200 or (not fetched.not_modified and signs(fetched.status, fetched.headers, opening(fetched))):
        return "unknown", capture
    # Portals send readers of removed pages to their list or front page: that says neither.
    led_away = fetched.url != url and _path(fetched.url) != _path(url) and _path(fetched.url) in {"", _path(home)}
    return "unknown" if led_away else "still there", capture


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")
