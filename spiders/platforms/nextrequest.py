"""NextRequest (CivicPlus): records requests of a city, county or agency, `<tenant>.nextrequest.com` or a host of its own.

The pages are an empty shell that a script fills from an open JSON API; the API is what is read. What is known
of it comes from public code of five projects that read it (2025 and 2026), and from one rendered request page
(April 2026); no answer of the API itself was at hand. See docs/portals/nextrequest.md.

Identity of a request is its printed number (`22-7`, `RT-21352`): the API, the pages' addresses and the rows of
documents all use it, and the internal number is printed nowhere. Identity of a document is its number in
`/documents/<number>/download`, which leads to a link that is signed anew each time.

Asking for each request's page, timeline and documents in every crawl would be some 30,000 requests to an
ordinary city, at 60 a minute. The list itself prints state, dates, departments and text. So every row is a
record; the three further questions are asked of the requests that can still move: those that are not closed,
the newest closed ones, and those that the portal's newest documents belong to. For the others the timeline and
the files known before are kept (`Record.absent_means_unknown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Note, Sighting
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.parameters import read_parameters, wrong_parameter
from spiders.platforms.nextrequest_rows import Row, Told, document, files_of, number_of, record, row_of, timeline_of
from spiders.portal_spider import Output, PortalSpider

MOST_PAGES = 199
"""Pages of a list that the platform gives; beyond them it answers 422, of some lists earlier. The list is then read
from its other end too, which reaches as many again."""
MOST_PARTS = 200
"""Pages of one request's documents or timeline that are read."""
DOCUMENTS_AT_ONCE = 50
"""Most rows that the list of documents gives; asked for more it gives none."""
Order = Literal["desc", "asc"]
ORDERS: dict[Order, str] = {"desc": "newest first", "asc": "oldest first"}
"""The second only where the platform does not give all of the first."""
BEYOND, GONE = 422, frozenset({404, 410})
REFUSALS = [400, 404, 410, 422]
"""Of a part of a request that is there: read, so that its lack is an error and not a silence."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[parameters]` of a NextRequest portal; docs/portals/nextrequest.md."""

    what: Literal["requests", "documents"] = "requests"
    newest: int = 0
    search: str = ""
    departments: tuple[int, ...] = ()
    closed: int = 300
    released: int = 100


class NextRequestSpider(PortalSpider):
    """One list of requests, newest first, or one of documents."""

    extractor = "nextrequest 1"
    platform = "NextRequest"
    delay = 1.0
    settings_type = Settings
    says_nothing_of_extraction = frozenset({"newest", "search", "departments", "closed", "released"})

    def __init__(self, portal: Portal, **kwargs: Any) -> None:
        super().__init__(portal, **kwargs)
        self._parameters = found = read_parameters(portal, Settings)
        for name in ("newest", "closed", "released"):
            if getattr(found, name) < 0:
                raise wrong_parameter(portal, name, getattr(found, name), "use 0 or more")
        parts = urlsplit(portal.url)
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._listed = self._closed = 0
        self._numbers: set[str] = set()
        """Of everything listed so far."""
        self._released: set[str] = set()
        """Numbers of the requests that the portal's newest documents belong to."""

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:  # noqa: ARG003  the base's shape
        """The API's answer: the page is a shell that answers 200 for anything. A document alone has none."""
        parts = urlsplit(url)
        number = parts.path.removeprefix("/requests/")
        return f"{parts.scheme}://{parts.netloc}/client/requests/{number}" if number != parts.path else ""

    def first(self) -> Iterable[scrapy.Request]:
        if self._parameters.what == "documents" or not self._parameters.released:
            yield self._list(1)
        else:
            yield self._newest_documents(1)

    def newest_documents(self, response: Response, page: int) -> Iterator[Output]:
        """Which requests had something released lately, whatever their own age."""
        rows = self.answer(response).many("documents")
        self._released |= {number for row in rows if (number := row.optional_text("pretty_id"))}
        more = rows and page * DOCUMENTS_AT_ONCE < self._parameters.released
        yield self._newest_documents(page + 1) if more else self._list(1)

    def no_documents(self, why: str, response: Response | None, page: int) -> Iterator[Output]:  # noqa: ARG002  the shape of `optional`
        yield Note(
            f"the list of newest documents can not be read ({why}): what was released lately to old, closed requests is not seen"
        )
        yield self._list(1)

    def listing(self, response: Response, page: int, total: int, order: Order) -> Iterator[Output]:
        """One page of the list. `total`: what the page before said there is."""
        if response.status == BEYOND:
            yield from self._ends(response.url, page, 0, total, order)
            return
        what, answer = self._parameters.what, self.answer(response)
        total, rows = answer.number("total_count"), answer.many(what)
        if not rows:
            if total or page > 1:
                raise PageError(response.url, what, f"rows of page {page} ({total:,} in all)", "none")
            yield EmptyMarker(response.url, "total_count: 0")
            yield ListingPage(response.url, page, 0, last=True, pages=1, total=0, listing=ORDERS[order])
            return
        wrong: list[PageError] = []
        numbers: dict[str, Answer] = {}
        for row in rows:
            try:
                numbers[number_of(row)] = row
            except PageError as error:
                wrong.append(error)
        self.new_rows(response.url, order, page, numbers)
        for number in numbers:
            yield Sighting(number, f"{self._base}/{what}/{number}")
        fresh = {number: row for number, row in numbers.items() if number not in self._numbers}
        self._numbers |= numbers.keys()
        # A list that grows while it is read shows rows twice: they count, or its end would be missed.
        shown = len(rows) if order == "desc" else len(fresh)
        self._listed += shown
        if self._listed < total and shown and page < self._most:
            yield ListingPage(response.url, page, shown, last=False, total=total, listing=ORDERS[order])
            yield self._list(page + 1, total, order)
        else:
            yield from self._ends(response.url, page, shown, total, order)
        for row in fresh.values():
            try:
                yield document(row, self._base) if what == "documents" else self._request(row_of(row))
            except PageError as error:
                wrong.append(error)
        if wrong:
            raise wrong[0].beside(len(wrong) - 1, len(rows))

    def detail(self, response: Response, row: Row) -> Iterator[Output]:
        """A request's own page: its text in full."""
        if response.status in GONE:
            yield Note(f"request {row.number} is listed, and its own page answers {response.status}")
            return
        answer = self.answer(response)
        shown = answer.text("pretty_id")
        if shown != row.number:
            raise answer.wrong("pretty_id", row.number, shown)
        yield self._part("timeline", Told(row, answer.optional_text("request_text")), 1)

    def timeline(self, response: Response, told: Told, page: int) -> Iterator[Output]:
        answer = self.answer(response)
        total, before = answer.number("total_count"), len(told.timeline)
        for one in timeline_of(answer):
            told.timeline.setdefault(one.number, one)
        more = len(told.timeline) < total
        if more and len(told.timeline) > before and page < MOST_PARTS:
            yield self._part("timeline", told, page + 1)
            return
        if more:
            yield Note(f"the timeline of request {told.row.number} shows {len(told.timeline)} of {total} entries")
        yield self._part("documents", told, 1)

    def documents(self, response: Response, told: Told, page: int) -> Iterator[Output]:
        answer = self.answer(response)
        total, before = answer.number("total_documents_count"), len(told.files)
        for file in files_of(answer, self._base):
            told.files.setdefault(file.identity, file)
        if len(told.files) >= total:
            yield record(told.row, self._base, told)
        elif len(told.files) == before or page == MOST_PARTS:
            # A file that is merely not shown must not look like one that was taken away.
            raise PageError(response.url, "documents", f"{total:,} documents", f"{len(told.files):,} on {page} pages")
        else:
            yield self._part("documents", told, page + 1)

    def _request(self, row: Row) -> Output:
        """The record as its row has it, or the question for more."""
        closed = row.state == "closed"
        self._closed += closed
        if closed and self._closed > self._parameters.closed and row.number not in self._released:
            return record(row, self._base)
        asked = self.json_request(f"{self._base}/client/requests/{row.number}", self.detail, row=row)
        asked.meta["handle_httpstatus_list"] = sorted(GONE)
        return asked

    @property
    def _most(self) -> int:
        """Pages that are read, at most."""
        return min(self._parameters.newest or MOST_PAGES, MOST_PAGES)

    def _ends(self, url: str, page: int, rows: int, total: int, order: Order) -> Iterator[Output]:
        """The last page that is read: the list's own, or the last one that the platform or the portal file allows."""
        beyond, own = max(0, total - self._listed), self._parameters.newest and page >= self._parameters.newest
        if beyond and order == "desc" and not own:
            yield ListingPage(url, page, rows, last=True, total=total, listing=ORDERS[order])
            yield self._list(1, total, "asc")
            return
        if beyond:
            why = f"parameters.newest = {self._parameters.newest}" if own else "the platform gives no further page"
            yield Note(f"{self._listed:,} of {total:,} {self._parameters.what} are read: {why}")
        yield ListingPage(url, page, rows, last=True, total=total, capped=beyond or None, listing=ORDERS[order])

    def _list(self, page: int, total: int = 0, order: Order = "desc") -> scrapy.Request:
        what = self._parameters.what
        query: list[tuple[str, str | int]] = [("page_number", page), ("sort_order", order)]
        if what == "documents":
            query += [("sort_field", "created_at"), ("page_size", DOCUMENTS_AT_ONCE)]
        else:
            query += [("sort_field", "id"), *(("department_ids[]", number) for number in self._parameters.departments)]
        if self._parameters.search:
            query.append(("search_term", self._parameters.search))
        asked = self.json_request(
            f"{self._base}/client/{what}?{urlencode(query)}", self.listing, page=page, total=total, order=order
        )
        if page > 1:  # else a list that refuses its first page would look like one that ends
            asked.meta["handle_httpstatus_list"] = [BEYOND]
        return asked

    def _newest_documents(self, page: int) -> scrapy.Request:
        query = {"page_number": page, "sort_order": "desc", "sort_field": "created_at", "page_size": DOCUMENTS_AT_ONCE}
        asked = self.json_request(f"{self._base}/client/documents?{urlencode(query)}", self.newest_documents, page=page)
        return self.optional(asked, self.no_documents)

    def _part(self, what: str, told: Told, page: int) -> scrapy.Request:
        number = told.row.number
        place = f"requests/{number}/timeline?" if what == "timeline" else f"request_documents?request_id={number}&"
        callback = self.timeline if what == "timeline" else self.documents
        asked = self.json_request(f"{self._base}/client/{place}page_number={page}", callback, told=told, page=page)
        asked.meta["handle_httpstatus_list"] = REFUSALS
        return asked
