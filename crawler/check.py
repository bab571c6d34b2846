"""A crawl that commits nothing: what would be taken from a portal, and what looks wrong.

The listing stage and the verdict are a crawl's own, through the same door and as politely; what is
captured goes to a temporary spool that is removed. The catalog is read, when there is one (what did the
last healthy crawl show?), and never written.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.http import Request, Response

from archive.ids import uuid7
from archive.model import ExchangeSink, Held
from archive.warc.crawl_writer import CrawlWriter
from config.errors import ConfigError
from config.home import Home
from config.portal import Portal
from config.schedule import ScheduleError, next_due
from crawler.canaries import OwnPages, ask, to_ask
from crawler.capture.door import Door
from crawler.capture.fetch import HeldAnswer, HeldMissing
from crawler.capture.ranges import Begun
from crawler.capture.wire import ExchangeLimits, WireAnswer, WireRequest
from crawler.collect import Collector, WatchedDoor
from crawler.doubts import SecondRead, doubts, unsteady
from crawler.failures import PageFailure
from crawler.health import History, Judgement, judge
from crawler.listing import read_listing
from crawler.opening import open_client, warcinfo
from crawler.rendering import WatchedRenderer, rendering
from releases.model import EmptyMarker, ListingPage, Page, Record
from spiders.errors import PageError
from spiders.portal_spider import PortalSpider
from spiders.registry import spider_class
from spiders.tally import Tally

if TYPE_CHECKING:
    from crawler.capture.browser.direct.courier import Courier
    from crawler.capture.client import WireClient

Progress = Callable[[str, int, int], None]
_RARE = 0.9
"""A field that this share of the records has is missing in the others, not optional."""


@dataclass(slots=True)
class Checked:
    """What a check found."""

    portal: Portal
    judgement: Judgement
    listing_pages: list[ListingPage]
    empty_markers: list[EmptyMarker]
    sighted: int
    """Keys that the listing shows."""
    records: list[Record]
    pages: list[Page]
    page_errors: list[PageError]
    failures: list[PageFailure]
    """Every page that gave nothing to read."""
    robots: list[str]
    """What robots.txt of each host decided, one sentence each."""
    fields: Counter[str] = field(default_factory=Counter)
    """Field → records that have a value for it."""
    missing: dict[str, list[str]] = field(default_factory=dict)
    """Field that most records have → keys of those that lack it."""
    wrong: list[str] = field(default_factory=list)
    """What looks wrong, one sentence each."""
    selectors: Mapping[str, Tally] = field(default_factory=dict)
    """Key of the portal file → how often its selector found something; empty for spiders made of code."""
    hints: Sequence[str] = ()
    """What the spider noticed beside its work, one sentence each."""
    requests: int = 0
    received_bytes: int = 0
    seconds: float = 0.0


def check_settings(portal: Portal, where: str) -> None:
    """What only spider and schedule know of a portal file. Raises ConfigError, which names the file."""
    try:
        next_due(portal.schedule, None)
        spider_class(portal.spider)(portal)
    except ScheduleError as error:
        raise ConfigError(str(error), where=where) from error
    except ConfigError as error:
        raise ConfigError(error.what, where=where, todo=error.todo) from error


def run_check(home: Home, portal: Portal, past: History, *, max_records: int, progress: Progress) -> Checked:
    """Crawl `portal` without committing, `max_records` at most, and say what was found.

    Raises:
        RecordwatchError: what is no single page's trouble, a full disk for one.
    """
    return asyncio.run(_check(home, portal, past, max_records, progress))


async def _check(home: Home, portal: Portal, past: History, max_records: int, progress: Progress) -> Checked:
    began = time.monotonic()
    spider, info = spider_class(portal.spider), warcinfo(home, portal)
    collector = Collector(portal, min(max_records, portal.limits.records))
    client = _Noting(open_client(home, portal))
    with tempfile.TemporaryDirectory(prefix="recordwatch-check-") as spool:
        writer = CrawlWriter(Path(spool), portal=portal.slug, crawl=uuid7(), info=info, known=lambda digests: {})
        door = Door(portal, home.settings, client, writer, NothingHeld(), locks=home.locks)
        try:
            async with rendering(home, portal, door, writer, collector) as renderer:
                await read_listing(spider, portal, WatchedDoor(door, collector), collector, progress, no_text, renderer)
                second = await _again(spider, portal, door, collector, renderer)
            found = collector.findings
            found.asked = await ask(
                door, to_ask(found, past, portal.expect), found.own_pages(), OwnPages.of(spider, portal)
            )
        finally:
            await door.close()
            await client.inner.close()
            await writer.close()
    checked = Checked(
        portal, judge(found, past, portal.expect), found.listing_pages, found.empty_markers,
        len(collector.sightings), collector.records, collector.pages, found.page_errors, found.failures,
        _robots(portal, client.robots, found.failures), found.fields,
        requests=door.tally.requests, received_bytes=door.budget.received,
    )  # fmt: skip
    checked.missing = _missing(checked.records, found.fields, found.unsaid, portal.expect.required_fields)
    checked.selectors, checked.hints = collector.tallies(), collector.hints()
    checked.wrong = list(doubts(checked.judgement, checked.records, collector.sightings, checked.selectors))
    checked.wrong += checked.judgement.notes
    if second is not None:
        rows = found.listing_pages[0].rows if found.listing_pages else 0
        checked.wrong += unsteady(checked.records, list(collector.sightings)[:rows], second)
    checked.seconds = time.monotonic() - began
    return checked


async def _again(
    spider: type[PortalSpider], portal: Portal, door: Door, first: Collector, renderer: WatchedRenderer
) -> SecondRead | None:
    """The first page once more, where selectors of a portal file made the keys: what differs is no identity."""
    if not spider.reads_first_page_twice or not first.records:
        return None
    collector = Collector(portal, portal.limits.records)

    class FirstPage(spider):  # type: ignore[misc, valid-type]  # whichever spider the portal has
        """Asks for one page and follows nothing."""

        async def start(self) -> AsyncIterator[Request]:
            for request in islice(self.first(), 1):
                yield request.replace(callback=partial(_items, request.callback))

    watched = WatchedRenderer(renderer.renderer, collector)
    await read_listing(FirstPage, portal, WatchedDoor(door, collector), collector, lambda *_: None, no_text, watched)
    files = {one.key: frozenset(file.identity or file.url for file in one.files) for one in collector.records}
    return SecondRead(frozenset(collector.sightings), files)


def _items(callback: Callable[..., Iterable[Any]], response: Response, **arguments: Any) -> Iterator[Any]:
    return (item for item in callback(response, **arguments) if not isinstance(item, Request))


def _missing(
    records: Sequence[Record], fields: Counter[str], unsaid: set[str], required: Sequence[str]
) -> dict[str, list[str]]:
    expected = {name for name, count in fields.items() if _RARE * len(records) <= count < len(records)} - unsaid
    expected |= set(required)
    gaps = {name: [r.key for r in records if r.fields.get(name) in (None, "", [])] for name in sorted(expected)}
    return {name: keys for name, keys in gaps.items() if keys}


def _robots(portal: Portal, statuses: Mapping[str, int], failures: Iterable[PageFailure]) -> list[str]:
    if not portal.politeness.robots:
        return [f"not asked, because politeness.robots = false: {portal.politeness.robots_why}"]
    refused = [failure.url for failure in failures if failure.kind == "robots"]
    said = []
    for url, status in statuses.items():
        if status == 200:
            origin = url.removesuffix("robots.txt")
            held_back = [page for page in refused if page.startswith(origin)]
            decision = (
                f"refuses {len(held_back)} of what was asked, first {held_back[0]}"
                if held_back
                else "allows what was asked"
            )
        elif status == 429 or status >= 500:
            decision = f"answered {status}, which refuses the whole host for now"
        else:
            decision = f"answered {status}: there are no rules, anything may be asked"
        said.append(f"{url} {decision}")
    return said or [f"could not be had; nothing of {portal.url} was asked"]


async def no_text(capture: str, response: Response) -> None:
    """A check keeps no page's text."""


class _Noting:
    """The wire client, with the status of each robots.txt noted."""

    def __init__(self, inner: WireClient | Courier) -> None:
        self.inner = inner
        self.robots: dict[str, int] = {}

    async def exchange(self, request: WireRequest, sink: ExchangeSink, limits: ExchangeLimits) -> WireAnswer:
        answer = await self.inner.exchange(request, sink, limits)
        if request.url.endswith("/robots.txt"):
            self.robots[request.url] = answer.status
        return answer


class NothingHeld:
    """A `HeldLookup` that holds nothing: every page is asked for whole."""

    async def latest(self, url: str) -> Held | None:  # noqa: ARG002  the protocol's name
        return None

    async def latest_many(self, urls: Iterable[str]) -> Mapping[str, Held]:  # noqa: ARG002  the protocol's name
        return {}

    async def partly(self, urls: Iterable[str]) -> Collection[str]:  # noqa: ARG002  the protocol's name
        return ()

    async def begun(self, url: str) -> Begun | None:  # noqa: ARG002  the protocol's name
        return None

    async def led_to(self, url: str) -> str:  # noqa: ARG002  the protocol's name
        return ""

    async def answer(self, held: Held) -> HeldAnswer:
        raise HeldMissing("nothing is held in a check", where=held.capture)


def as_row(checked: Checked, shown: int) -> dict[str, Any]:
    """What was found as one JSON object; the first `shown` records with everything about them."""
    judgement = checked.judgement
    return {
        "portal": checked.portal.slug, "verdict": judgement.verdict, "reason": judgement.reason,
        "coverage": judgement.coverage, "complete": judgement.complete, "answers": judgement.answers,
        "sighted": checked.sighted, "records": len(checked.records),
        "files": sum(len(record.files) for record in checked.records),
        "listing_pages": checked.listing_pages, "empty_markers": checked.empty_markers,
        "first": [
            {"key": r.key, "kind": r.kind, "title": r.title, "url": r.url, "fields": r.fields, "files": r.files}
            for r in checked.records[:shown]
        ],
        "fields": dict(checked.fields), "missing": checked.missing,
        "page_errors": [
            {"url": e.url, "selector": e.selector, "expected": e.expected, "found": e.found} for e in checked.page_errors
        ],
        "failures": [failure._asdict() for failure in checked.failures],
        "selectors": {name: asdict(tally) for name, tally in checked.selectors.items()}, "hints": checked.hints,
        "robots": checked.robots, "wrong": checked.wrong, "requests": checked.requests,
        "received_bytes": checked.received_bytes, "seconds": checked.seconds,
    }  # fmt: skip
