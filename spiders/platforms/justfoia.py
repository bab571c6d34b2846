"""JustFOIA: records requests of a city or county, `<tenant>.justfoia.com`.

The public portal is a shell over a JSON API. What is known of it comes from public code that searched 27
tenants (2026) and from notes of a person who read two of them by hand (2026); no answer was at hand. See
docs/portals/justfoia.md. Only keys that this code reads are read here.

Identity of a request is its full number (`PR-661-2026`): pages and API are addressed by it. Identity of a
document is the GUID in `/Attachments/Download/<guid>`.

The list gives number, day and whole text of every request, and neither status nor documents; those stand on the
request's own page alone. So every row is a record, and the pages of the newest requests are asked for in each
crawl (`parameters.details`); for the others what was known before is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, File, ListingPage, Note, Record, Sighting, Value
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.foia import state
from spiders.links import kind_of
from spiders.page import parse, tidy
from spiders.parameters import read_parameters, wrong_parameter
from spiders.portal_spider import Output, PortalSpider

AT_ONCE = 100
"""Rows asked for a page. A tenant that gives more at once gives all."""
MOST_PAGES = 2_000
NUMBER = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
GUID = re.compile(r"[0-9A-Za-z-]{8,64}")
DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T[0-9:.]+(?:Z|[+-]\d{2}:?\d{2})?)?")
TITLE = 100
GONE = frozenset({404, 410})
REFUSALS = [400, 404, 410, 422]
ON_ITS_PAGE = frozenset({"files", "state", "status"})
VIEW = re.compile(r"/publicportal/requests/([^/]+)/view")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`[parameters]` of a JustFOIA portal; docs/portals/justfoia.md."""

    details: int = 200
    newest: int = 0
    language: str = "en"


class JustFoiaSpider(PortalSpider):
    """One list, newest first, and an answer per request."""

    extractor = "justfoia 1"
    platform = "JustFOIA"
    delay = 10.0
    settings_type = Settings
    says_nothing_of_extraction = frozenset({"details", "newest", "language"})

    def __init__(self, portal: Portal, **kwargs: Any) -> None:
        super().__init__(portal, **kwargs)
        self._parameters = found = read_parameters(portal, Settings)
        for name in ("details", "newest"):
            if getattr(found, name) < 0:
                raise wrong_parameter(portal, name, getattr(found, name), "use 0 or more")
        parts = urlsplit(portal.url)
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._listed = self._asked = 0

    @classmethod
    def own_page(cls, portal: Portal, url: str) -> str:  # noqa: ARG003  the base's shape
        """The API's answer: the page is a shell that answers 200 for anything."""
        parts = urlsplit(url)
        found = VIEW.fullmatch(parts.path)
        return _api(f"{parts.scheme}://{parts.netloc}", unquote(found[1])) if found else ""

    @classmethod
    def gone(cls, body: bytes) -> bool:
        """`requestResults: null`, and nothing less: any other answer proves nothing."""
        try:
            answer = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        return isinstance(answer, dict) and "requestResults" in answer and answer["requestResults"] is None

    def first(self) -> Iterable[scrapy.Request]:
        yield self._search(1)

    def listing(self, response: Response, page: int) -> Iterator[Output]:
        rows = self.answer(response).many("searchResults")
        wrong: list[PageError] = []
        numbers: dict[str, Answer] = {}
        for row in rows:
            try:
                numbers[_number(row)] = row
            except PageError as error:
                wrong.append(error)
        if not rows and page == 1:
            yield EmptyMarker(response.url, "searchResults: []")
        self.new_rows(response.url, "", page, numbers)
        for number in numbers:
            yield Sighting(number, self._page(number))
        self._listed += len(rows)
        # A page that is not full is the last one; one that holds more than was asked for holds everything.
        more = len(rows) == AT_ONCE
        stopped = more and page >= (self._parameters.newest or MOST_PAGES)
        yield ListingPage(response.url, page, len(rows), last=not more or stopped, capped=1 if stopped else None)
        if stopped:
            yield Note(f"the newest {self._listed:,} requests are read, and there are more: parameters.newest = {page}")
        elif more:
            yield self._search(page + 1)
        for row in numbers.values():
            try:
                yield self._request(row)
            except PageError as error:
                wrong.append(error)
        if wrong:
            raise wrong[0].beside(len(wrong) - 1, len(rows))

    def detail(self, response: Response, known: Record) -> Iterator[Output]:
        """A request's own answer: its status, and what was released with it."""
        if response.status in GONE:
            yield Note(f"request {known.key} is listed, and its own page answers {response.status}")
            return
        answer = self.answer(response).one("requestResults")
        status = answer.text("status")
        attached = answer.many("responseDocAttachments") if answer.has("responseDocAttachments") else []
        files = tuple(_file(one, self._base) for one in attached if not one.optional_flag("isNote"))
        fields = {**known.fields, "status": status, "state": state(status)}
        yield replace(known, fields=fields, files=files)

    def _request(self, row: Answer) -> Output:
        """The record as its row has it, or the question for more."""
        known = self._row(row)
        self._asked += 1
        if self._asked > self._parameters.details:
            return known
        asked = self.json_request(_api(self._base, known.key), self.detail, known=known)
        asked.meta["handle_httpstatus_list"] = sorted(GONE)
        return asked

    def _row(self, row: Answer) -> Record:
        number = _number(row)
        at = row.text("dateOfRequest")
        day = DAY.fullmatch(at)
        if day is None:
            raise row.wrong("dateOfRequest", "a day such as 2026-03-02", at)
        words = _plain(row.url, row.optional_text("description"))
        fields: dict[str, Value] = {"number": number, "text": words or None, "requested_date": day[1]}
        return Record(
            key=number, kind="request", url=self._page(number), fields=fields, text=words,
            title=f"{number}: {words[:TITLE].strip()}" if words else f"Request {number}",
            absent_means_unknown=ON_ITS_PAGE,
        )  # fmt: skip

    def _page(self, number: str) -> str:
        return f"{self._base}/publicportal/requests/{quote(number, safe='')}/view"

    def _search(self, page: int) -> scrapy.Request:
        body = {
            "searchText": None, "languageCode": self._parameters.language, "page": page, "pageSize": AT_ONCE,
            "sortBy": "requestDate", "descending": True,
        }  # fmt: skip
        asked = self.post_json(f"{self._base}/publicportal/api/Search", self.listing, body, page=page)
        if page > 1:  # else a following page that is gone would look like a list that ends
            asked.meta["handle_httpstatus_list"] = REFUSALS
        return asked


def _api(base: str, number: str) -> str:
    return f"{base}/publicportal/api/Request?fullRequestNumber={quote(number, safe='')}"


def _number(row: Answer) -> str:
    number = row.text("requestName")
    if not NUMBER.fullmatch(number):
        raise row.wrong("requestName", "a number such as PR-661-2026", number)
    return number


def _file(one: Answer, base: str) -> File:
    guid = one.text("attachmentId")
    if not GUID.fullmatch(guid):
        raise one.wrong("attachmentId", "a GUID", guid)
    name = one.optional_text("attachmentName") or guid
    ending = (one.optional_text("extension") or name.rpartition(".")[2]).lstrip(".").lower()
    kind = kind_of(f"/x.{ending}") if re.fullmatch(r"[a-z0-9]{1,10}", ending) else "document"
    return File(f"{base}/Attachments/Download/{guid}", name, kind)


def _plain(url: str, markup: str | None) -> str:
    if not markup:
        return ""
    return parse(url, f"<body>{markup}</body>").text if "<" in markup or "&" in markup else tidy(markup)
