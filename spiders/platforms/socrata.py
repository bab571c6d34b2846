"""Socrata (Tyler Data & Insights): a city's open-data table, one row per record; docs/portals/socrata.md.

    spider = "socrata"
    url = "https://data.example.gov/d/abcd-1234"
    [parameters]
    key = "log_no"

Identity is what stands in the key's column. The platform's own row ids (`:id`) are none: a publisher who
replaces the whole table, as many do every night, gives each row another one. So rows are asked for in the
order of the key (and no system columns: an unchanged table stays the same bytes), and rows of one key are
neighbours: a key listed twice with different data is an error, unless `repeated` says
that there is one row per officer, allegation, ….

From where: paging, limits, nulls that are left out of rows, 202 and 400 (T, the maker's documentation, read
2026); columns and rows of COPA's tables (S, rows of 2019 and 2020); `/api/views` fields (C, several programs).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count, groupby
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import scrapy
from scrapy.http import Response

from config.portal import Portal
from releases.model import EmptyMarker, ListingPage, Note, Page, Record, Sighting
from spiders.answer import Answer
from spiders.errors import PageError
from spiders.page import iso
from spiders.parameters import read_parameters
from spiders.platforms.each import read_each
from spiders.platforms.socrata_settings import NO_EXTRACTION, SocrataSettings, dataset_of, table_of
from spiders.portal_spider import Output, PortalSpider
from spiders.table_records import TableRecords
from spiders.tables import Table, TableRow, cell, check_columns

DATES = {"%Y-%m-%dT%H:%M:%S.%f": "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S": "%Y-%m-%dT%H:%M:%S"}
"""A "floating timestamp": a day and a time without zone. Midnight is how a day alone is said."""
TELLS_WHY = [400, 404, 410]
"""Statuses whose body says what is wrong with the question: a column in `where` that there is not, a table that is gone."""
NOTHING = re.compile(rb"\s*\[\s*\]\s*")


class SocrataSpider(PortalSpider):
    """One table: its description, its count, then its rows page by page."""

    extractor = "socrata 1"
    settings_type = SocrataSettings
    says_nothing_of_extraction = NO_EXTRACTION
    platform = "Socrata"
    delay = 1.0

    def __init__(self, portal: Portal) -> None:
        super().__init__(portal)
        self._parameters = read_parameters(portal, SocrataSettings)
        self._dataset = dataset_of(portal, self._parameters)
        self._home = "{0.scheme}://{0.netloc}".format(urlsplit(portal.url))
        self._table = table_of(portal, self._parameters)
        self._records = TableRecords(portal, self._table, self.tallies)
        self._columns: dict[str, str] = {}
        """Name → type, as the table describes itself."""
        self._keys: set[str] = set()

    @classmethod
    def gone(cls, body: bytes) -> bool:
        """A question for one row is answered `[]` when there is none."""
        return NOTHING.fullmatch(body) is not None

    def first(self) -> Iterable[scrapy.Request]:
        yield self.json_request(f"{self._home}/api/views/{self._dataset}.json", self.description)

    def description(self, response: Response) -> Iterator[Output]:
        """What the table says of itself: its columns above all, because a row leaves out what is empty."""
        about = self.answer(response)
        self._columns = {
            column.text("fieldName"): column.text("dataTypeName")
            for column in about.many("columns")
            if not column.text("fieldName").startswith(":")
        }
        repeated = self._parameters.repeated
        wanted = self._records.wanted | dict.fromkeys(repeated.columns if repeated else (), "repeated.columns")
        check_columns(Table(response.url, b"", self._table, "csv", "utf-8", tuple(self._columns)), wanted)
        name = about.text("name")
        said = [about.optional_text(key) for key in ("attribution", "category", "description")]
        lines = [*filter(None, said), f"Columns: {', '.join(self._columns)}"]
        yield Page(f"{self._home}/d/{self._dataset}", name, "\n".join(lines))
        if (updated := about.optional_number("rowsUpdatedAt")) is not None:
            yield Note(f"the publisher last changed the rows of “{name}” on {_day(about, updated)}")
        yield self._ask(self.counted, {"$select": "count(*) as total"})

    def counted(self, response: Response) -> Iterator[Output]:
        """How many rows there are."""
        answer = self._rows(response)
        if len(answer) != 1:
            raise PageError(response.url, "count(*)", "1 row", str(len(answer)))
        if total := answer[0].number("total"):
            yield self._page(1, 0, total)
        else:
            yield EmptyMarker(response.url, "count(*) is 0")

    def rows(self, response: Response, number: int, offset: int, total: int) -> Iterator[Output]:
        """One page of rows: for each key a sighting and a record.

        Unless the table ends here, the last key's rows are left to the next page, which begins with them: so
        all rows of a record stand in one capture.
        """
        found = self._rows(response)
        ended = offset + len(found) >= total
        groups = [
            (key, list(rows)) for key, rows in groupby(map(self._row, found, count(offset + 1)), key=self._key_of)
        ]
        left = 0 if ended or not groups else len(groups.pop()[1])
        if not groups:
            size = self._parameters.page_size
            raise PageError(
                response.url, "the rows", f"rows of several keys, up to row {total:,} (parameters.page_size = {size})",
                f"{len(found)} of one key after row {offset:,}",
            )  # fmt: skip
        read, one_each = len(found) - left, self._parameters.repeated is None
        rows, said = (read, total) if one_each else (len(groups), None)
        yield ListingPage(response.url, number, rows, last=ended, total=said)
        if not ended:
            yield self._page(number + 1, offset + read, total)
        yield from read_each(groups, lambda group: self._told(*group, response.url))

    def _told(self, key: str, group: list[TableRow], page: str) -> Iterator[Output]:
        if not key:
            self._records.key(group[0], page)  # which says what is missing
        if key in self._keys:
            order = ", ".join(self._table.keys)
            raise PageError(page, "the rows", f"rows in the order of {order}", f"{key!r} again, after other keys")
        self._keys.add(key)
        yield Sighting(key, self._address(group[0]))
        yield self._record(key, group, page)

    def _record(self, key: str, group: list[TableRow], page: str) -> Record:
        """The record of all rows that one key has. Raises PageError where they disagree in what should be one."""
        repeated, first = self._parameters.repeated, group[0]
        apart = set(repeated.columns) if repeated else set[str]()
        if len(group) > 1 and (differing := self._differing(group, apart)):
            raise PageError(
                page, f"the rows of {key!r}", "one row, or rows that differ only in parameters.repeated.columns",
                f"{len(group)} rows that differ in {', '.join(differing[:5])}",
            )  # fmt: skip
        cells = {name: self._dated(name, value, page) for name, value in first.cells.items() if name not in apart}
        record = self._records.read(TableRow(cells, first.place), key, page)
        record = dataclasses.replace(record, url=record.url if self._table.url else self._address(first))
        if repeated:
            each = [
                {name: str(self._dated(name, row.cells[name], page) or "") for name in repeated.columns}
                for row in group
            ]
            each.sort(key=lambda row: list(row.values()))
            text = "\n".join([str(record.text), *(" | ".join(filter(None, row.values())) for row in each)])
            raw = msgspec.json.encode([row.cells for row in group]).decode()
            record = dataclasses.replace(record, fields={**record.fields, repeated.field: each}, text=text, raw=raw)
        return record

    def _differing(self, group: list[TableRow], apart: set[str]) -> list[str]:
        """Columns that are taken, not meant to differ, and do."""
        columns, taken = set(group[0].cells), self._table.taken
        if taken is not None:
            columns &= {*self._records.wanted, *(column.column for column in taken.values())}
        return [
            name for name in sorted(columns - apart) if any(row.cells[name] != group[0].cells[name] for row in group)
        ]

    def _key_of(self, row: TableRow) -> str:
        """The row's key; empty for a row without one."""
        try:
            return self._records.key(row, "")
        except PageError:
            return ""

    def _row(self, answer: Answer, number: int) -> TableRow:
        """A row with null for the cells it leaves out, in the order of the columns."""
        cells = {name: _plain(answer.value.get(name)) for name in self._columns}
        return TableRow(cells, f"row {number}")

    def _dated(self, name: str, value: Any, page: str) -> Any:
        """The cell, as ISO 8601 where its column is one of dates. Raises PageError."""
        if self._columns[name] != "calendar_date" or not isinstance(value, str):
            return value
        return (iso(page, name, value, DATES) or "").removesuffix("T00:00:00") or None

    def _address(self, row: TableRow) -> str:
        """The question for this key's rows alone."""
        named = {name: str(cell(row.cells, name)) for name in self._table.keys}
        return f"{self._resource}?{urlencode(named)}"

    @property
    def _resource(self) -> str:
        return f"{self._home}/resource/{self._dataset}.json"

    def _page(self, number: int, offset: int, total: int) -> scrapy.Request:
        order = ",".join([*self._table.keys, ":id"])
        question = {"$order": order, "$limit": str(self._parameters.page_size), "$offset": str(offset)}
        return self._ask(self.rows, question, number=number, offset=offset, total=total)

    def _ask(self, callback: Any, question: Mapping[str, str], **arguments: Any) -> scrapy.Request:
        where = {"$where": self._parameters.where} if self._parameters.where else {}
        url = f"{self._resource}?{urlencode({**where, **question}, safe='$(),:*')}"
        request = self.json_request(url, callback, **arguments)
        request.meta["handle_httpstatus_list"] = TELLS_WHY
        return request

    def _rows(self, response: Response) -> list[Answer]:
        """The list of rows. Raises PageError with the platform's own words where there is none."""
        answer = self.answer(response)
        if response.status != 200 and isinstance(answer.value, dict):
            raise PageError(response.url, "the rows", "status 200",
                            f"status {response.status}: {(answer.optional_text('message') or 'no message')[:300]}")  # fmt: skip
        return answer.many()


def _day(about: Answer, seconds: int) -> str:
    """Seconds since 1970 as a day (UTC). Raises PageError for what is no time."""
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        raise about.wrong("rowsUpdatedAt", "seconds since 1970", seconds) from None


def _plain(value: Any) -> Any:
    """A cell without objects: of `url` columns ({"url": …, "description": …}) the address, places as they are written."""
    if not isinstance(value, Mapping):
        return value
    return value.get("url") or msgspec.json.encode(value, order="sorted").decode()
