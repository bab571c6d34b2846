"""The rows of a list as data: the siblings of its page at `.json` and `.csv`. Streamed, so that all of it may be asked for."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from django.http import HttpResponse, StreamingHttpResponse

from releases.cells import cell

MOST_ROWS = 100_000
"""Rows of one answer; `web.api` exports more."""


def as_json(rows: Iterable[Mapping[str, Any]], **beside: Any) -> HttpResponse:
    """One page as `{"rows": [...], "next": cursor or null, …}`."""
    body = msgspec.json.encode({"rows": list(rows), **beside})
    return HttpResponse(body, content_type="application/json")


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> StreamingHttpResponse:
    """All rows under a head line, RFC 4180; texts that a spreadsheet would run begin with an apostrophe.

    `name`: of the file, without ending.
    """
    response = StreamingHttpResponse(_lines(columns, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


class _Line:
    """What `csv` writes into: gives each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(columns)  # Excel takes it for UTF-8 then
    for row in rows:
        yield writer.writerow([cell(row.get(column)) for column in columns])
