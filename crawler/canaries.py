"""Asks records that should be listed and are not for their own pages: taken down, or hidden by the list?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from urllib.parse import urlsplit

from config.errors import RecordwatchError
from config.portal import Expect, Portal
from crawler.baseline import Canary, History
from crawler.capture.door import Door, Fetch
from crawler.challenge import signs
from crawler.findings import Findings, Outcome
from crawler.opened import opening
from crawler.questions import named, unlisted
from crawler.shell import LARGEST, is_shell
from spiders.portal_spider import PortalSpider

CONTROLS = 3
"""Listed records whose own pages are asked for, before those of unlisted ones are said to be gone."""


def to_ask(findings: Findings, history: History, expect: Expect) -> list[Canary]:
    """Canaries that were not listed and have a page of their own to ask. Empty for a crawl that saw nothing
    anyway, or that we stopped.
    """
    if findings.limited_by or not (findings.keys or findings.empty_markers):
        return []
    unique = {canary.key: canary for canary in [*history.canaries, *named(history, expect)]}
    pages = {page.url for page in findings.listing_pages}
    return [canary for canary in unlisted(findings, unique.values()) if canary.url and canary.url not in pages]


@dataclass(frozen=True, slots=True)
class OwnPages:
    """Where records are asked for by themselves; see `PortalSpider.own_page` and `gone`."""

    home: str
    """The portal's address."""
    address: Callable[[str], str] = str
    """A record's URL → where to ask, or empty where there is nowhere."""
    gone: Callable[[bytes], bool] = lambda body: False
    """Whether an answer of 200 says that there is no such record."""

    @classmethod
    def of(cls, spider: type[PortalSpider], portal: Portal) -> OwnPages:
        """As `spider` says."""
        return cls(portal.url, partial(spider.own_page, portal), spider.gone)


async def ask(door: Door, canaries: Iterable[Canary], listed: Iterable[str], own: OwnPages) -> dict[str, Outcome]:
    """Key → what its own page says. `listed`: addresses of the listed records."""
    outcomes = {canary.key: (await look(door, canary.url, own))[0] for canary in canaries}
    if "gone" in outcomes.values() and await dead_links(door, listed, own):
        return {key: "unknown" if outcome == "gone" else outcome for key, outcome in outcomes.items()}
    return outcomes


async def dead_links(door: Door, listed: Iterable[str], own: OwnPages) -> bool:
    """Whether the own pages of records that *are* listed answer 404 too: then such an answer says nothing.

    Args:
        door: for the requests.
        listed: addresses of listed records, the list's own aside; CONTROLS of them are asked.
        own: where they are asked for.
    """
    outcomes = [(await look(door, url, own))[0] for url in islice(dict.fromkeys(listed), CONTROLS)]
    return bool(outcomes) and set(outcomes) == {"gone"}


async def look(door: Door, url: str, own: OwnPages) -> tuple[Outcome, str]:
    """What a record's own page says, and the capture that shows it (or empty)."""
    asked = own.address(url)
    if not asked:
        return "unknown", ""
    try:
        fetched = await door.fetch(Fetch(asked, conditional=True, purpose="confirm"))
    except RecordwatchError:
        return "unknown", ""
    capture = fetched.archived.capture
    if fetched.status in {404, 410}:
        return "gone", capture
    if fetched.status != 200 or (not fetched.not_modified and signs(fetched.status, fetched.headers, opening(fetched))):
        return "unknown", capture
    if own.gone(opening(fetched)):
        return "gone", capture
    if is_shell(opening(fetched, LARGEST + 1)):
        return "unknown", capture  # its scripts would tell
    # Portals send readers of removed pages to their list or front page: that says neither.
    led_away = (
        fetched.url != asked and _path(fetched.url) != _path(asked) and _path(fetched.url) in {"", _path(own.home)}
    )
    return "unknown" if led_away else "still there", capture


def _path(url: str) -> str:
    return urlsplit(url).path.rstrip("/")
