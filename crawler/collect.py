"""What one crawl found, gathered from Scrapy's signals and from the door.

Nothing here judges: `crawler.health` does, from the Findings this fills in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from scrapy.http import Response

from config.errors import RecordwatchError
from config.portal import Portal
from crawler.capture.fetch import OutOfScope
from crawler.capture.files import ONE_FILES_TROUBLE
from crawler.capture.redirects import host
from crawler.challenge import challenger, signs
from crawler.failures import page_failure
from crawler.findings import Findings
from crawler.opened import opening
from crawler.readings import Readings
from releases.ledger.canonical import text_hash
from releases.model import EmptyMarker, Hashed, ListingPage, Note, Page, Record, Sighting
from spiders.errors import ChallengePageError, PageError
from spiders.tally import Tally

ONE_PAGES_TROUBLE = (*ONE_FILES_TROUBLE, OutOfScope)
"""What concerns one page, or one host. Anything else (a full disk, no database) ends the crawl."""

MOST_BARREN = 300
"""Listing pages in a row without a record that was not seen before, after which the list is read no further."""


MOST_NOTES = 20
"""A spider's notes that are kept; more of them are one thing said again and again."""
MOST_REFUSED = 200
"""Rows beyond the limit after which a crawl does not wait for the pages of those within."""


class Collector:
    """Takes items, errors and answers as they come; stops the crawl at the portal's record limit."""

    def __init__(self, portal: Portal, limit: int, readings: Readings | None = None) -> None:
        self.portal = portal
        self.limit = limit
        self.readings = readings or Readings()
        self.stop: Callable[[str], None] = lambda reason: None
        """Ends the listing early; `crawler.listing` sets it once the engine runs."""
        self.findings = Findings()
        self.spider: Any = None
        """The spider that ran; `crawler.listing` sets it when the listing is done."""
        self.fatal: RecordwatchError | None = None
        """What ended the crawl, where it was no page's trouble."""
        self.sightings: dict[str, Sighting] = {}
        self.records: list[Record] = []
        self.pages: list[Page] = []
        self.extracted: dict[str, list[Record | Page]] = {}
        """Capture id → what was read from it."""
        self.unchanged: set[str] = set()
        """Captures that a 304 answered: what they say is in the archive already."""
        self._told: set[str] = set()
        self.read: set[str] = set()
        """Keys whose record was read."""
        self._torn: set[str] = set()
        """Keys of records of which two lists say different stamps."""
        self._shaped: set[str] = set()
        """Captures of pages that gave something."""
        self._refused = 0
        self._seen_before = self._barren = 0

    def tallies(self) -> dict[str, Tally]:
        """What each selector of the portal file found."""
        return dict(self.spider.tallies) if self.spider is not None else {}

    def hints(self) -> list[str]:
        """What the spider noticed beside its work, one sentence each."""
        return list(self.spider.hints) if self.spider is not None else []

    def item(self, item: Any, response: Any) -> str:
        """Scrapy's `item_scraped`. Returns the capture id of a page that is new here and should be
        searchable, the first time it gives something; else empty.
        """
        # What a spider says of an optional question without an answer has no response.
        capture = response.meta.get("capture", "") if isinstance(response, Response) else ""
        self._shape(item, response, capture)
        match item:
            case Sighting():
                if not self._room(item.key):
                    return ""
                self.findings.saw(item)
                self._sight(dataclasses.replace(item, capture=item.capture or capture))
            case Record():
                if not self._room(item.key):
                    return ""
                record = dataclasses.replace(
                    item, capture=item.capture or capture, source=item.source or response.url,
                    raw=Hashed(text_hash(item.raw)), text=Hashed(text_hash(item.text)),
                )  # fmt: skip
                self.sightings.setdefault(item.key, Sighting(item.key, item.url, capture))
                self.findings.saw(record, checked=record.key in self.readings.checked)
                self.records.append(record)
                self.read.add(record.key)
                self._stop_when_read()
                return self._remember(record.capture, record, response)
            case Page():
                page = dataclasses.replace(item, capture=item.capture or capture, text=Hashed(text_hash(item.text)))
                self.pages.append(page)
                return self._remember(page.capture, page, response)
            case ListingPage():
                self.findings.listing_pages.append(item)
                self._turn_page(item)
            case EmptyMarker():
                self.findings.empty_markers.append(item)
            case Note() if len(self.findings.notes) < MOST_NOTES:
                self.findings.notes[item.words] = None
        return ""

    def spider_error(self, error: BaseException, url: str) -> None:
        """A callback raised: a typed page error, or a bug that must not pass as silence."""
        if isinstance(error, PageError):
            self.findings.page_errors.append(error)
        else:
            self.findings.page_errors.append(
                PageError(url, "the page", "a page this spider can read", f"{type(error).__name__}: {error}")
            )

    def answered(self, url: str, status: int, sign: str) -> None:
        """The door got an answer."""
        self.findings.answers.append((url, status, sign))

    def failed(self, url: str, error: RecordwatchError) -> None:
        """The door got none."""
        self.findings.failures.append(page_failure(url, error))
        if self.fatal is None and not isinstance(error, ONE_PAGES_TROUBLE):
            self.fatal = error
            self.stop("fatal")

    def _shape(self, item: Any, response: Any, capture: str) -> None:
        """What the page was like, once per page; the first thing it gave says of which kind it is."""
        if not capture or capture in self._shaped or isinstance(item, Page | Note):
            return
        self._shaped.add(capture)
        self.findings.shapes.page("record" if isinstance(item, Record) else "listing", response.body)

    def _sight(self, item: Sighting) -> None:
        """The first sighting of a record counts. Of two stamps that differ nobody knows which to believe: none is."""
        known = self.sightings.setdefault(item.key, item)
        if item.stamp and item.stamp != known.stamp and item.key not in self._torn:
            if known.stamp:
                self._torn.add(item.key)
            stamp = "" if known.stamp else item.stamp
            self.sightings[item.key] = dataclasses.replace(known, stamp=stamp)

    def _turn_page(self, page: ListingPage) -> None:
        """Ends a list that goes on without showing anything new: it may do so for ever."""
        if len(self.sightings) > self._seen_before:
            self._seen_before, self._barren = len(self.sightings), 0
            return
        self._barren += 1
        if self._barren == MOST_BARREN:
            self.findings.page_errors.append(
                PageError(page.url, "the list", "records not seen before", f"none on {MOST_BARREN} pages in a row")
            )
            self.stop("barren")

    def _room(self, key: str) -> bool:
        if key in self.sightings or len(self.sightings) < self.limit:
            return True
        name = "limits.records" if self.limit == self.portal.limits.records else "--max-records"
        self.findings.limited_by = f"{name} = {self.limit}"
        self._refused += 1
        self._stop_when_read()
        return False

    def _stop_when_read(self) -> None:
        """Beyond the limit nothing is listed any more, but what was listed is still read, within reason."""
        if self.findings.limited_by and (
            len(self.read) + len(self.readings.unopened) >= self.limit or self._refused >= MOST_REFUSED
        ):
            self.stop("limited")

    def _remember(self, capture: str, what: Record | Page, response: Any) -> str:
        if not capture:
            return ""
        self.extracted.setdefault(capture, []).append(what)
        if "not_modified" in response.flags:
            self.unchanged.add(capture)
        elif capture not in self._told:
            self._told.add(capture)
            return capture
        return ""


class WatchedDoor:
    """The door as spiders see it: every answer is noted, and a block page never reaches a spider."""

    def __init__(self, door: Any, collector: Collector) -> None:
        self._door = door
        self._collector = collector

    def __getattr__(self, name: str) -> Any:
        return getattr(self._door, name)

    async def fetch(self, request: Any) -> Any:
        """As `Door.fetch`. Raises ChallengePageError where the answer is a block or challenge page.

        An optional question that is declined leaves no trace in the findings: the spider says what it means.
        """
        try:
            fetched = await self._door.fetch(request)
        except RecordwatchError as error:
            if not (request.optional and isinstance(error, ONE_PAGES_TROUBLE)):
                self._collector.failed(request.url, error)
            raise
        sign = "" if fetched.not_modified else signs(fetched.status, fetched.headers, opening(fetched))
        if not sign and fetched.via and challenger(host(fetched.url)):
            sign = f"sent on to {host(fetched.url)}"
        if request.optional and fetched.status != 200:
            return fetched
        if not ((request.optional or request.or_browser) and sign):
            self._collector.answered(fetched.url, fetched.status, sign)
        if fetched.status == 200 and not sign and request.purpose == "page":
            digest = "" if fetched.not_modified else fetched.archived.payload_digest
            self._collector.findings.shapes.answer(fetched.url, digest)
        if sign:
            raise ChallengePageError(fetched.url, sign)
        return fetched
