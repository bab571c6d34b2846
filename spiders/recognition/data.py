"""A `table` for an address that answers CSV or JSON: which columns say what a row is, proven by reading it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import msgspec
from scrapy.http import Response

from config.errors import ConfigError
from config.portal import Portal
from releases.model import Record
from spiders.answer import decoded
from spiders.errors import PageError
from spiders.links import is_document
from spiders.recognition.model import Proposal, Seen
from spiders.registry import spider_class
from spiders.table_settings import TableSettings
from spiders.tables import TableRow, read_table

MOST_ROWS = 5_000
DEEPEST = 2
"""Levels above a list: deeper ones belong to one record, as a rule."""
MOST_NAMES = 40
"""Names of an object that is looked into: one with more is a list by itself, of another kind."""
_NAMED = re.compile(
    r"(?:^|[_ .#-])(?:id|uuid|guid|no|num|number|nr|key|ref|reference|case|log|slug|docket|url|link)(?:$|[_ .#-])|id$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"url|link|href", re.IGNORECASE)
_NO_KEY = re.compile(
    r"date|time|_at$|updated|modified|created|status|title|description|text|summary|body", re.IGNORECASE
)
_TITLE = re.compile(r"(?:^|[_ ])(?:title|name|subject|filename|caption)$", re.IGNORECASE)


def table_at(seen: Seen) -> Proposal | None:
    """The list in the answer, or None where it is no list of rows, or nothing says which row is which."""
    kind = seen.header("Content-Type").lower()
    body = seen.response.body
    for rows_at in _places(body):
        try:
            table = read_table(seen.url, body, kind, TableSettings(key="?", rows=rows_at))
            rows = [row.cells for row in _some(table.rows()) if isinstance(row, TableRow)]
        except PageError:
            continue
        columns = list(dict.fromkeys(name for row in rows for name in row))
        if len(rows) < 2 or len(columns) < 2 or (table.format == "csv" and _no_table(rows, columns)):
            continue
        for key in _keys(rows, columns):
            parameters: dict[str, Any] = {
                "key": list(key) if len(key) > 1 else key[0],
                **({"rows": rows_at} if rows_at else {}),
            }
            parameters |= _columns(rows, columns)
            parameters |= _paging(body)
            records = _proven(seen, parameters)
            if records:
                return _proposal(seen, parameters, records, len(rows), table.format)
    return None


def _no_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bool:
    """Whether this is prose with a comma in it: most cells of a real list are short, and its header has no sentences."""
    return max(map(len, columns)) > 80 or sum(
        len(str(value or "")) for row in rows for value in row.values()
    ) > 400 * len(rows) * len(columns)


def _places(body: bytes) -> list[str]:
    """Where a JSON document may have its list, the longest first; one empty path for everything else."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start not in {b"{", b"["}:
        return [""]
    try:
        document = decoded(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError):
        return [""]
    found: list[tuple[int, str]] = []

    def look(value: Any, path: str, depth: int) -> None:
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value[:MOST_ROWS]):
            found.append((len(value), path))
        elif isinstance(value, dict) and depth < DEEPEST and len(value) <= MOST_NAMES:
            for name, inner in value.items():
                if "." not in name and not name.isdigit():
                    look(inner, f"{path}.{name}" if path else name, depth + 1)

    look(document, "", 0)
    return [path for _, path in sorted(found, key=lambda one: -one[0])[:3]]


def _some(rows: Iterator[Any]) -> Iterator[Any]:
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            return
        yield row


def _keys(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Columns, or pairs of them, that have another value in every row; the ones called like a key first."""

    def unique(*names: str) -> bool:
        seen: set[tuple[str, ...]] = set()
        for row in rows:
            values = tuple("" if row.get(name) is None else str(row[name]) for name in names)
            if not any(values) or not all(len(value) <= 300 for value in values) or values in seen:
                return False
            seen.add(values)
        return True

    def rank(name: str) -> tuple[bool, bool, bool, int]:
        return not _NAMED.search(name), bool(_NO_KEY.search(name)), bool(_ADDRESS.search(name)), columns.index(name)

    plain = [name for name in columns if all(not isinstance(row.get(name), list | dict | float | bool) for row in rows)]
    ordered = sorted(plain, key=rank)[:40]
    yield from ((name,) for name in ordered if not _NO_KEY.search(name) and unique(name))
    yield from (pair for pair in combinations(ordered[:12], 2) if _NAMED.search(pair[0]) and unique(*pair))


def _columns(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> dict[str, Any]:
    """What is a title, the record's own address, and files."""
    said: dict[str, Any] = {}
    links: dict[str, list[str]] = {}
    for name in columns:
        values = [str(row[name]).strip() for row in rows if row.get(name) not in (None, "")]
        if values and all(value.startswith(("http://", "https://")) and " " not in value for value in values):
            links[name] = values
    files = [
        name
        for name, values in links.items()
        if all(map(is_document, values)) or re.search("download|file|pdf", name, re.IGNORECASE)
    ]
    pages = [name for name in links if name not in files]
    if files:
        said["files"] = files if len(files) > 1 else files[0]
    if pages and all(row.get(pages[0]) for row in rows):
        said["url"] = pages[0]
    title = next((name for name in columns if _TITLE.search(name) and all(row.get(name) for row in rows)), "")
    return {**said, **({"title": title} if title else {})}


def _paging(body: bytes) -> dict[str, Any]:
    """An answer that names the address of its next page."""
    try:
        document = decoded(body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    for path in ("next", "links.next", "meta.next", "pagination.next", "next_page_url"):
        value: Any = document
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str) and value.startswith(("http://", "https://", "/", "?")):
            return {"paging": {"by": "link", "path": path}}
    return {}


def _proven(seen: Seen, parameters: dict[str, Any]) -> list[Record]:
    portal = Portal("seen", "seen", "seen", "seen", seen.url, "table", parameters)
    response: Response = seen.response
    records: list[Record] = []
    try:
        spider: Any = spider_class("table")(portal)
        records = [item for item in spider.table(response, page_number=1) if isinstance(item, Record)]
    except (PageError, ConfigError):
        return []
    return records


def _proposal(seen: Seen, parameters: dict[str, Any], records: list[Record], rows: int, form: str) -> Proposal:
    key = parameters["key"]
    named = " and ".join(key) if isinstance(key, list) else key
    form = {"csv": "CSV", "json": "JSON", "jsonl": "JSON Lines"}[form]
    doubts = [f"{named} differs in every row seen and is taken for the key: is it what the publisher keeps?"]
    if rows >= 100 and rows % 100 == 0 and "paging" not in parameters:
        doubts.append(f"exactly {rows:,} rows came: is there a further page? then say how with parameters.paging")
    return Proposal(
        "table", seen.url, parameters=parameters,
        records=None if "paging" in parameters else len(records), files=sum(len(one.files) for one in records),
        evidence=(f"the address answers {form}, {rows:,} rows",), doubts=tuple(doubts),
    )  # fmt: skip
