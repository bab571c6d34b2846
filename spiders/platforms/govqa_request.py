"""A request of a GovQA archive: its labels, its dates, and the files that are handed out by pressing a link."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from releases.model import File, Press, Record, Value
from spiders.errors import PageError
from spiders.foia import request_fields
from spiders.links import kind_of
from spiders.page import Part, iso, printed
from spiders.printed import moment
from spiders.webforms import WebForm

FIELDS = {
    "request number": "number", "request no": "number", "reference no": "number", "reference number": "number",
    "reference #": "number",
    "status": "status", "request status": "status",
    "summary": "summary",
    "public record request": "text", "public records request": "text", "public record desired": "text",
    "public records desired": "text", "public record(s) desired": "text", "description": "text",
    "request description": "text", "describe the record(s) requested": "text",
    "create date": "requested", "created date": "requested", "date created": "requested", "request date": "requested",
    "close date": "closed", "closed date": "closed", "date closed": "closed",
    "due date": "due",
    "department": "department", "assigned department": "department", "department(s)": "department",
}  # fmt: skip
"""Label in lower case → field. The first of each is seen, in captures or in code that reads them; the others are its
other writings. Who asked is no field (`spiders.foia`)."""
STANDARD = frozenset(FIELDS.values())
DATES = {
    "%m/%d/%Y %I:%M:%S %p": "%Y-%m-%dT%H:%M",
    "%m/%d/%Y %I:%M %p": "%Y-%m-%dT%H:%M",
    "%m/%d/%Y": "%Y-%m-%d",
}
"""To the minute: lists and pages print the same moment with seconds and without."""
ON_ITS_PAGE = frozenset({"text", "due_date", "departments", "staff", "timeline", "files"})
"""Fields that only a request's own page prints, whatever the list's columns are."""
STREAM = re.compile(r"__doPostBack\(\s*['\"]([^'\"\\]{0,200}lnkStream[^'\"\\]{0,99})['\"]")
NUMBERED = re.compile(r"IsDownloadable\(\s*['\"][^'\"]{1,200}['\"]\s*,\s*['\"]?(\d{1,18})\b")
LONGEST_TITLE = 160


@dataclass(frozen=True, slots=True)
class Row:
    """A request as the list shows it."""

    number: str
    cells: Mapping[str, str]
    """Field → text."""
    rid: str
    """The request's number in addresses; empty where the row leads nowhere."""
    address: str
    """Of its page, relative to the list's, session and all."""
    url: str
    """Of its page, or of the list where it has none; no session."""


def sections(page: Part) -> list[tuple[str, str]]:
    """(label without its colon, text) of a request's page: a `span` that ends with a colon, and the `p` after it."""
    told, label = [], ""
    for part in page.many("span, p"):
        if part.tag == "span" and part.text.endswith(":"):
            label = part.text.rstrip(" :")
        elif part.tag == "p" and label:
            told.append((label, part.text))
            label = ""
    return told


def request_record(
    row: Row, said: Mapping[str, str], page: tuple[Part, WebForm] | None, order: str = "", further: Iterable[str] = ()
) -> Record:
    """The record of `row`, with what is `said` of it by field.

    Args:
        row: the request in the list.
        said: what list and page say.
        page: the request's own page and its form; None where the row is all there is.
        order: the portal file's `date_order`.
        further: fields that the portal file names.

    Raises:
        PageError: a date is in no known form, or attachments cannot all be read.
    """
    fields, own = _fields(row, said, order), _only_on_page(row, further)
    return _record(row, said, fields, _files(row, *page) if page else (), own if page else frozenset({"files"}))


def unread_record(row: Row, order: str = "", further: Iterable[str] = ()) -> Record:
    """The record of a row whose page is not read in this crawl: what only the page says stays as it was."""
    own = _only_on_page(row, further)
    fields = {name: value for name, value in _fields(row, row.cells, order).items() if name not in own}
    return _record(row, row.cells, fields, (), own)


def _only_on_page(row: Row, further: Iterable[str]) -> frozenset[str]:
    dates = {f"{name}_date" for name in ("requested", "closed") if name not in row.cells}
    return ON_ITS_PAGE | dates | {name for name in further if name not in row.cells}


def _fields(row: Row, said: Mapping[str, str], order: str) -> dict[str, Value]:
    dates = {name: iso(row.url, name, said.get(name, ""), DATES) for name in ("requested", "closed", "due")}
    text, summary = printed(said.get("text", "")), printed(said.get("summary", ""))
    return {
        **request_fields(
            number=row.number, text=text or summary, status=printed(said.get("status", "")),
            requested=dates["requested"], due=dates["due"], closed=dates["closed"],
            departments=[name] if (name := printed(said.get("department", ""))) else (),
        ),
        **({"summary": summary} if "summary" in said else {}),
        **{name: _further(name, value, order) for name, value in said.items() if name not in STANDARD},
    }  # fmt: skip


def _record(
    row: Row, said: Mapping[str, str], fields: Mapping[str, Value], files: tuple[File, ...], unsaid: frozenset[str]
) -> Record:
    title = printed(row.cells.get("summary", "")) or printed(row.cells.get("text", "")) or row.number
    return Record(
        key=row.number,
        kind="request",
        url=row.url,
        title=title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…",
        fields=fields,
        files=files,
        aliases=(f"rid {row.rid}",) if row.rid else (),
        printed_key=row.number,
        # Not the page's markup: its state and its session are others in every crawl.
        raw="\n".join(f"{name}: {value}" for name, value in sorted(said.items())),
        text="\n".join(value for value in said.values() if value),
        absent_means_unknown=unsaid,
    )


def _further(name: str, said: str, order: str) -> str | None:
    """A field that the portal file named; one called a date is one where `order` says how to read it."""
    text = printed(said)
    return moment(text, order) if text and name.endswith("_date") else text


def _files(row: Row, page: Part, form: WebForm) -> tuple[File, ...]:
    """Attachments in page order. Raises PageError when not every one of them is a link that can be pressed."""
    links = {
        match[1]: link
        for link in page.many("a[href]")
        if (match := STREAM.search(link.attribute("href"))) and link.text
    }
    shown = {part.attribute("id") for part in page.many("[id*=lnkStream]")}
    if len(shown) > len(links):
        expected = f"{len(shown)} attachments with a name and a control to press"
        raise PageError(page.url, "a[id*=lnkStream]", expected, str(len(links)))
    files: list[File] = []
    names: Counter[str] = Counter()
    for control, link in links.items():
        names[link.text] += 1
        numbered = NUMBERED.search(link.attribute("onclick"))
        # The attachment's own number where the link tells it; else its name, which a corrected file keeps.
        named = link.text if names[link.text] == 1 else f"{link.text} ({names[link.text]})"
        own = numbered[1] if numbered else named
        kind = kind_of(f"/{quote(link.text)}")
        identity = f"request/{row.rid}/{own}"
        files.append(File(row.url, link.text, kind, identity, "press", Press(control, form.controls[control])))
    return tuple(files)
