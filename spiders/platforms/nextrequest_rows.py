"""NextRequest's JSON: a row of a list, an entry of a timeline, a document, and the records made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from releases.model import File, Record, Value
from spiders.answer import Answer
from spiders.foia import State, request_fields, state
from spiders.links import kind_of
from spiders.page import clean_link, iso, parse, tidy

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A request's printed number or a document's: what may stand in an address as it is."""
DAY = {"%m/%d/%Y": "%Y-%m-%d", "%B %d, %Y": "%Y-%m-%d"}
BYLINE = re.compile(r"([A-Za-z]+ \d{1,2}, \d{4}), (\d{1,2}:\d{2} ?[ap]m)\b", re.IGNORECASE)
"""`March 16, 2026, 2:12pm by Staff`: the time of an entry; by whom is not kept."""
MOMENT = {"%B %d, %Y %I:%M%p": "%Y-%m-%dT%H:%M"}
CLOSED = re.compile(r"request closed\b", re.IGNORECASE)
ANSWER = re.compile(r"released$|request closed\b|message|determination|denied", re.IGNORECASE)
"""Entries that show that the agency answered, in one way or another."""
NOBODY = frozenset({"", "none assigned", "unassigned"})
TITLE, ENTRY = 100, 10_000
"""Characters of a request's text in its title, and of one entry of a timeline."""
ON_ITS_PAGE = frozenset({"answered_date", "closed_date", "files", "full_text", "timeline"})
"""What only a request's own pages print."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list of requests."""

    number: str
    text: str | None
    status: str
    requested: str | None
    due: str | None
    departments: tuple[str, ...]
    staff: tuple[str, ...]

    @property
    def state(self) -> State:
        return state(self.status)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened, as the timeline prints it."""

    number: int
    at: str
    what: str
    text: str


@dataclass(slots=True)
class Told:
    """What a request's own pages have said so far."""

    row: Row
    markup: str | None
    """The request's text, as HTML."""
    timeline: dict[int, Entry] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)


def number_of(row: Answer) -> str:
    """The row's own number. Raises PageError."""
    number = row.text("id")
    if not NUMBER.fullmatch(number):
        raise row.wrong("id", "a number such as 22-7", number)
    return number


def row_of(row: Answer) -> Row:
    """A row of the list of requests. Raises PageError."""
    departments = tidy(row.optional_text("department_names") or "")
    staff = tidy(row.optional_text("poc_name") or "")
    return Row(
        number=number_of(row),
        text=plain(row.url, row.optional_text("request_text")) or None,
        status=row.text("request_state"),
        requested=iso(row.url, "request_date", row.text("request_date"), DAY),
        due=iso(row.url, "due_date", row.optional_text("due_date") or "", DAY),
        departments=tuple(name for name in map(tidy, departments.split(",")) if name.casefold() not in NOBODY),
        staff=(staff,) if staff.casefold() not in NOBODY else (),
    )


def timeline_of(answer: Answer) -> Iterator[Entry]:
    """The entries of one page of a timeline, those that are pinned too. Raises PageError."""
    pinned = answer.many("pinned") if answer.has("pinned") else []
    for one in [*pinned, *answer.many("timeline")]:
        byline = plain(one.url, one.text("timeline_byline"))
        found = BYLINE.match(byline)
        if found is None:
            raise one.wrong("timeline_byline", "a time such as `March 16, 2026, 2:12pm`", byline)
        at = iso(one.url, "timeline_byline", f"{found[1]} {found[2].replace(' ', '')}", MOMENT)
        text = plain(one.url, one.optional_text("timeline_display_text"))
        yield Entry(one.number("timeline_id"), at or "", one.text("timeline_name"), text[:ENTRY])


def files_of(answer: Answer, base: str) -> Iterator[File]:
    """The documents of one page. Raises PageError."""
    for one in answer.many("documents"):
        yield _file(one, base)


def document(row: Answer, base: str) -> Record:
    """A row of the list of all documents, as a record of its own. Raises PageError."""
    file, number = _file(row, base), number_of(row)
    fields: dict[str, Value] = {
        "request": row.optional_text("pretty_id"),
        "released": row.optional_text("created_at"),
        "document_date": row.optional_text("doc_date"),
        "folder": row.optional_text("folder_name"),
    }
    return Record(
        key=number, kind="document", url=f"{base}/documents/{number}", title=file.name, fields=fields, files=(file,)
    )


def record(row: Row, base: str, told: Told | None = None) -> Record:
    """The request: with what its own pages said, or as the list alone has it."""
    url = f"{base}/requests/{row.number}"
    entries = sorted(told.timeline.values(), key=lambda one: (one.at, one.number)) if told else []
    closings = [one.at[:10] for one in entries if CLOSED.match(one.what)]
    fields = request_fields(
        number=row.number, text=row.text, status=row.status, requested=row.requested, due=row.due,
        closed=closings[-1] if closings and row.state == "closed" else None,
        departments=row.departments, staff=row.staff,
        timeline=[{"date": one.at, "what": one.what, "text": one.text} for one in entries],
    )  # fmt: skip
    if told is None:
        fields = {name: value for name, value in fields.items() if name not in ON_ITS_PAGE}
    else:
        full = plain(url, told.markup)
        answers = [one.at[:10] for one in entries if ANSWER.search(one.what)]
        fields["answered_date"] = answers[0] if answers else None
        fields["full_text"] = full if full and full != row.text else None
    start = (row.text or "")[:TITLE].strip()
    return Record(
        key=row.number,
        kind="request",
        url=url,
        title=f"{row.number}: {start}" if start else f"Request {row.number}",
        fields=fields,
        files=tuple(told.files.values()) if told else (),
        text=row.text or "",
        absent_means_unknown=ON_ITS_PAGE,
    )


def plain(url: str, markup: str | None) -> str:
    """The text of a piece of HTML."""
    if not markup:
        return ""
    return parse(url, f"<body>{markup}</body>").text if "<" in markup or "&" in markup else tidy(markup)


def _file(row: Answer, base: str) -> File:
    number = number_of(row)
    name = row.optional_text("title") or f"Document {number}"
    place = f"/documents/{number}/download"
    linked = clean_link(base, name) if name.startswith(("http://", "https://")) else ""
    if linked and (row.optional_flag("link") is not False or not row.has("file_extension")):
        return File(linked, name, kind_of(linked), identity=place)
    ending = (row.optional_text("file_extension") or name.rpartition(".")[2]).lstrip(".").lower()
    if not re.fullmatch(r"[a-z0-9]{1,10}", ending):
        ending = ""
    return File(f"{base}{place}", name, kind_of(f"/x.{ending}"), identity=place)
