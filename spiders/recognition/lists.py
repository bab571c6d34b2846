"""A `listing` for a page nobody wrote a spider for: chosen by what repeats, proven by running it on the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scrapy.http import TextResponse

from config.errors import ConfigError
from config.portal import Portal
from releases.model import Record
from spiders.errors import PageError
from spiders.page import Part, printed
from spiders.recognition.likeness import Linked, Repeated
from spiders.recognition.model import Proposal, Seen
from spiders.recognition.paging import paging
from spiders.recognition.printed_dates import date_form
from spiders.recognition.repeats import Structure
from spiders.registry import spider_class
from spiders.watched import main_text, title_of

TRIED = 12
"""Candidates that are run on the page."""
FIRST = "(.//a[@href])[1]"
PROSE = 500
"""Words of a page that is a text …"""
LEAST_SHARE = 0.03
"""… where its rows have less than this share of them."""
_FILES = re.compile(r"documents?$|downloads?$|files?$|links?$|attachments?$|pdf$")
"""Columns whose links are the record's files, and whose words say nothing else."""
_HEADING = "h1 a[href], h2 a[href], h3 a[href], h4 a[href], h5 a[href]"
_SHOWN = 3


def list_on(seen: Seen) -> Proposal | None:
    """The list on the page, or None where nothing on it repeats like records do."""
    if not seen.text or not isinstance(seen.response, TextResponse):
        return None
    page = seen.page
    words = len(main_text(seen.text).split())
    for one in Structure(seen.url, seen.text).repeated()[:TRIED]:
        if words > PROSE and sum(len(row.text.split()) for row in one.rows) < LEAST_SHARE * words:
            continue  # a text, and what it refers to
        for parameters in _parameters(one, page):
            records = proven(seen, parameters)
            if records and 0.8 * len(one.rows) <= len(records):
                return _proposal(seen, one, parameters, records)
    return None


def proven(seen: Seen, parameters: dict[str, Any]) -> list[Record]:
    """The records that a listing with these parameters reads from the page; none where it meets an error."""
    portal = Portal("seen", "seen", "seen", "seen", seen.url, "listing", parameters)
    records: list[Record] = []
    try:
        spider: Any = spider_class("listing")(portal)
        for item in spider.listing(seen.response, page_number=1):
            if isinstance(item, Record):
                records.append(item)
    except (PageError, ConfigError):
        return []
    return records if len({one.key for one in records}) == len(records) else []


def _parameters(one: Repeated, page: Part) -> Iterator[dict[str, Any]]:
    """What the portal file would say, the fullest first."""
    link = _link(one.rows)
    if link is None:
        return
    base: dict[str, Any] = {"row": one.selector, **({"link": link} if link else {})}
    documents = all(row.documents for row in one.rows)
    base["kind"] = "document" if documents else "page"
    said, fields = _title(one, link), _fields(one)
    on = paging(page)
    for some in ((said, fields, on), (said, fields, {}), (said, {}, on), (said, {}, {}), ({}, {}, {})):
        title, columns, further = some
        yield {**base, **title, **({"fields": columns} if columns else {}), **further}


def _link(rows: list[Linked]) -> str | None:
    """Which link is the row's; empty where there is only one it can be; None where none is."""
    if all(len(row.pages) == 1 or (not row.pages and len(row.documents) == 1) for row in rows):
        return ""
    if all(row.heading for row in rows) and len({row.heading for row in rows}) == len(rows):
        return _HEADING
    firsts = {next(iter((*row.pages, *row.documents))) for row in rows}
    return FIRST if len(firsts) == len(rows) else None


def _title(one: Repeated, link: str) -> dict[str, Any]:
    rows = one.rows
    if link == _HEADING:
        return {}
    labels = {row.label for row in rows if len(row.label) > 3}
    if len(labels) >= 0.9 * len(rows):
        return {}
    if len({row.tooltip for row in rows if row.tooltip}) >= 0.9 * len(rows):
        return {"title": {"select": "." if one.tag == "a" else FIRST, "attribute": "title"}}
    return {} if one.tag == "a" else {"title": {"pattern": "^.{1,200}"}}


def _fields(one: Repeated) -> dict[str, Any]:
    if one.headers:
        return _columns(one)
    if all(row.time for row in one.rows):
        return {"date": {"select": "time[datetime]", "attribute": "datetime"}}
    place: dict[str, Any] = {} if one.tag == "a" else {"select": FIRST}
    sources: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"select": "."}, [row.text for row in one.rows]),
        ({**place, "attribute": "title"}, [row.tooltip for row in one.rows]),
        ({**place, "attribute": "href"}, [next(iter((*row.documents, *row.pages))) for row in one.rows]),
    )
    for where, texts in sources:
        found = date_form(texts)
        if found is not None:
            pattern, forms = found
            return {"date": {**where, "pattern": pattern, **({"date": forms} if forms else {})}}
    return {}


def _columns(one: Repeated) -> dict[str, Any]:
    """A field for each column of the table that has a name."""
    fields: dict[str, Any] = {}
    for number, header in enumerate(one.headers, 1):
        name = re.sub(r"[^a-z0-9]+", "_", header.lower()).strip("_")[:40]
        if not name or name in {"title", "text"} or name in fields or _FILES.search(name):
            continue
        said = [row.cells[number - 1] for row in one.rows if printed(row.cells[number - 1])]
        found = date_form(said)
        whole = found is not None and found[1] and all(re.fullmatch(found[0], text, re.IGNORECASE) for text in said)
        select = f"td:nth-child({number})"
        fields[name] = {"select": select, "date": found[1]} if whole and found else select
    return fields


def _proposal(seen: Seen, one: Repeated, parameters: dict[str, Any], records: list[Record]) -> Proposal:
    shown = "; ".join(f"“{record.title[:60]}”" for record in records[:_SHOWN])
    files = sum(len(record.files) for record in records)
    evidence = [
        f"{len(records)} elements outside the navigation look alike ({one.selector}) and lead to "
        + (f"{files} documents" if files else "pages of their own"),
        f"the first rows: {shown}",
    ]
    doubts = ["the rows were found by what repeats on the page: compare them with what your browser shows"]
    if one.unlinked:
        doubts.append(f"{one.unlinked} elements like the rows lead to no document or page yet, and are not taken")
    if "pages" in parameters:
        doubts.append("its pages are asked for by number, until one has no rows")
    return Proposal(
        "listing", seen.url, name=title_of(seen.page)[:120], parameters=parameters, records=None,
        listed=None if "next" in parameters or "pages" in parameters else len(records),
        evidence=tuple(evidence), doubts=tuple(doubts),
    )  # fmt: skip
