"""A list that is published as CSV or JSON, one row per record; docs/howto/watch-without-code.md.

    spider = "table"
    url = "https://data.example.org/closed-cases.csv"
    [parameters]
    key = "case_number"
    files = "letter_url"

Identity is what stands in the key's column: what a list is sorted and looked up by is what its makers keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Sighting
from spiders.errors import PageError
from spiders.page import clean_link
from spiders.parameters import read_parameters
from spiders.portal_spider import Output, PortalSpider
from spiders.table_records import TableRecords
from spiders.table_settings import NO_EXTRACTION, Paging, TableSettings, check_table
from spiders.tables import Table, check_columns, read_table

MOST_PAGES = 20_000
NO_SUCH_PAGE = [404, 410]


class TableSpider(PortalSpider):
    """One list, and its following pages where `paging` says how they are asked for."""

    extractor = "table 1"
    settings_type = TableSettings
    says_nothing_of_extraction = NO_EXTRACTION
    reads_first_page_twice = True

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._parameters = read_parameters(portal, TableSettings)
        check_table(portal, self._parameters)
        self._records = TableRecords(portal, self._parameters, self.tallies)
        self._asked: set[str] = set()
        self._seen = 0

    def first(self) -> Iterable[scrapy.Request]:
        paging, url = self._parameters.paging, self.portal.url
        if paging is not None:
            start = {} if paging.by in {"cursor", "link"} else {_parameter(paging): _start(paging)}
            url = _with(url, {**start, **({paging.size_parameter: paging.size} if paging.size else {})})
        yield self._ask(url, 1)

    def table(self, response: Response, page_number: int) -> Iterator[Output]:
        """One page of the list: for each row a sighting and a record, then the next page."""
        if response.status in NO_SUCH_PAGE:
            yield self._beyond(response.url, page_number)
            return
        if "large" in response.flags:
            raise PageError(response.url, "the list", "at most limits.page_bytes", "more; raise limits.page_bytes")
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1").lower()
        table = read_table(response.url, response.body, kind, self._parameters)
        check_columns(table, self._records.wanted)
        following = self._records.first_page if page_number == 1 else None
        if following is not None:
            following(table)
        self._records.look_over(table)
        keys: list[str] = []
        rows, errors, wrong = 0, 0, None
        for row in table.rows():
            rows += 1
            try:
                if isinstance(row, PageError):
                    raise row
                key = self._records.key(row, response.url)
                if self._parameters.paging is not None:
                    keys.append(key)
                yield Sighting(key, self._records.url(row, response.url))
                yield self._records.read(row, key, response.url)
            except PageError as error:
                errors, wrong = errors + 1, wrong or error
        yield from self._ended(table, page_number, rows, keys, errors)
        if wrong is not None:
            raise wrong.beside(errors - 1, rows)

    def _ended(self, table: Table, page_number: int, rows: int, keys: list[str], errors: int) -> Iterator[Output]:
        paging = self._parameters.paging
        if not rows and page_number == 1:
            if not self._parameters.may_be_empty:
                raise PageError(
                    table.url, "the list", "at least 1 row", "none (parameters.may_be_empty = true if that can be)"
                )
            yield EmptyMarker(table.url, "the list has no rows")
        if paging is not None and rows:
            self.new_rows(table.url, "", page_number, keys if not errors else ())
        self._seen += rows
        total, pages = (self._said(table, paging, name) for name in ("total", "pages"))
        following = self._next(table, paging, page_number, rows, total, pages) if paging is not None else None
        last = following is None and not errors
        yield ListingPage(table.url, page_number, rows, last=last, pages=pages, total=total)
        if following is not None:
            yield self._ask(following, page_number + 1)

    def _said(self, table: Table, paging: Paging | None, name: str) -> int | None:
        path = getattr(paging, name) if paging is not None else ""
        if not path:
            return None
        value = table.at(path)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise PageError(
                table.url,
                f"{path} (parameters.paging.{name})",
                "a number",
                "nothing" if value is None else repr(value)[:60],
            ) from None

    def _next(
        self, table: Table, paging: Paging, page_number: int, rows: int, total: int | None, pages: int | None
    ) -> str | None:
        """Address of the page that follows; None where the answer says, or shows, that there is none."""
        if page_number >= MOST_PAGES:
            raise PageError(table.url, "the list", f"an end before page {MOST_PAGES:,}", "another page")
        if paging.by in {"cursor", "link"}:
            mark = table.at(paging.path)
            if mark in (None, "", False) or not rows:
                return None
            if paging.by == "cursor":
                return _with(table.url, {_parameter(paging): mark})
            link = clean_link(table.url, str(mark))
            if not link:
                raise PageError(table.url, f"{paging.path} (parameters.paging.path)", "a link", repr(mark)[:80])
            return link
        if not rows or (total is not None and self._seen >= total) or (pages is not None and page_number >= pages):
            return None
        number = _start(paging) + (page_number if paging.by == "page" else self._seen)
        return _with(table.url, {_parameter(paging): number})

    def _ask(self, url: str, page_number: int) -> scrapy.Request:
        if url in self._asked:
            raise PageError(url, "the next page", "another address than before", f"{url} again")
        self._asked.add(url)
        request = self.request(url, self.table, page_number=page_number)
        if page_number > 1:  # else a following page that is gone would look like a list that ends
            request.meta["handle_httpstatus_list"] = NO_SUCH_PAGE
        return request

    def _beyond(self, url: str, page_number: int) -> ListingPage:
        """Where an API says that there is no page after the last. Raises PageError where it said that there is."""
        paging = self._parameters.paging
        if paging is None or paging.by in {"cursor", "link"} or paging.total or paging.pages:
            raise PageError(url, "the next page (parameters.paging)", f"page {page_number}", "404, no such page")
        return ListingPage(url, page_number, 0, last=True)


def _parameter(paging: Paging) -> str:
    return paging.parameter or paging.by


def _start(paging: Paging) -> int:
    return paging.start if paging.start is not None else int(paging.by == "page")


def _with(url: str, values: dict[str, object]) -> str:
    """`url` with these query parameters, each once."""
    parts = urlsplit(url)
    pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in values]
    pairs += [(name, str(value)) for name, value in values.items()]
    return urlunsplit(parts._replace(query=urlencode(pairs, safe="$,:*")))
