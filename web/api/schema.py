"""What the API answers, as types. A field that is not declared here is not sent."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from ninja import Field, Schema

T = TypeVar("T")
LIMIT = 100
MOST = 500
Words = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]
Limit = Annotated[int, Field(ge=1, le=MOST)]
After = Annotated[str, Field(max_length=4000, pattern=r"^[A-Za-z0-9_=-]*$", description="`next` of the page before.")]


class Error(Schema):
    error: str
    todo: str = ""


class Page(Schema, Generic[T]):
    """Some rows, and where the list goes on. A page may have fewer than `limit` rows: the end is where `next` is null."""

    rows: list[T]
    next: str | None


class PortalRow(Schema):
    portal: str
    name: str
    agency: str | None
    place: str | None
    url: str | None
    schedule: str | None
    verdict: str
    reason: str | None
    running: bool | None
    last_crawl: datetime | None
    proven_fresh: datetime | None
    records: int | None
    withdrawn: int | None
    due: datetime | None
    counted_at: datetime


class Rule(Schema):
    """How one rule was kept."""

    rule: str
    basis: str
    days: int | None
    unit: str
    stands: dict[str, int] = Field(description="How many cases stand how.")
    share_late: float | None
    worst: int | None = Field(description="Days late at the least, of the latest release.")


class OnePortal(PortalRow):
    rules: list[Rule]


class CrawlRow(Schema):
    id: str
    portal: str
    started_at: datetime
    ended_at: datetime | None
    verdict: str = Field(description="healthy, empty, blocked, broken, partial, down; running.")
    coverage: str
    backfill: bool
    reason: str
    answers: dict[str, Any]
    counts: dict[str, Any]


class EventRow(Schema):
    id: str
    at: datetime
    portal: str
    key: str
    kind: str
    backfill: bool = Field(description="Found when first looked at: not news.")
    old: Any
    new: Any
    files: list[dict[str, Any]]
    captures: list[str]
    crawl: str
    tags: list[Any]
    title: str
    url: str


class RecordRow(Schema):
    id: str
    portal: str
    key: str
    printed_key: str
    title: str
    kind: str
    state: str
    url: str
    version: int
    first_seen_at: datetime
    last_seen_at: datetime
    missing_since: datetime | None


class VersionRow(Schema):
    number: int
    at: datetime
    crawl: str
    url: str
    title: str
    printed_key: str
    fields: dict[str, Any]
    files: list[Any]
    captures: list[str]
    extractor: str
    noise: bool
    fields_hash: str
    text_hash: str
    raw_hash: str


class FileVersionRow(Schema):
    number: int
    at: datetime
    crawl: str
    url: str
    digest: str
    size: int
    mime: str
    capture: str
    withheld: str | None = Field(None, description="Why its bytes are not given: restricted, quarantined, named.")


class RecordFile(Schema):
    id: str
    identity: str
    url: str
    name: str
    kind: str
    host: str
    state: str
    version: int
    digest: str
    checked_at: datetime | None
    outcome: str
    versions: list[FileVersionRow]


class RecordCapture(Schema):
    id: str
    at: datetime
    url: str
    status: int
    kind: str
    mime: str
    payload_digest: str
    payload_length: int
    warc: str
    offset: int
    length: int
    withheld: str | None = None


class RecordEvent(Schema):
    id: str
    at: datetime
    portal: str
    key: str
    kind: str
    backfill: bool
    old: Any
    new: Any
    files: list[dict[str, Any]]
    captures: list[str]
    crawl: str
    tags: list[Any]
    corrected: Any = Field(None, description="Why it was taken back, if it was.")


class LastCrawl(Schema):
    id: str
    verdict: str


class OneRecord(Schema):
    portal: str
    key: str
    kind: str
    title: str
    url: str
    state: str
    printed_key: str
    aliases: list[str]
    first_seen_at: datetime
    last_seen_at: datetime
    missing_since: datetime | None
    last_crawl: LastCrawl
    versions: list[VersionRow]
    files: list[RecordFile]
    events: list[RecordEvent]
    captures: list[RecordCapture]


class FileRow(Schema):
    id: str
    portal: str
    record: str
    name: str
    kind: str
    url: str
    state: str
    version: int
    digest: str
    first_seen_at: datetime
    last_seen_at: datetime
    checked_at: datetime | None
    withheld: str | None


class OneFile(FileRow):
    key: str | None = Field(description="Of the record it belongs to.")
    outcome: str
    versions: list[FileVersionRow]
    bytes: str = Field(description="Where its bytes are; empty where none are given.")
    text: str = Field(description="Where its text is.")


class CaptureRow(Schema):
    id: str
    portal: str
    crawl: str
    kind: str
    method: str
    url: str
    at: datetime
    status: int
    mime: str
    payload_digest: str
    payload_length: int
    warc: str
    offset: int
    length: int
    withheld: str | None


class Head(Schema):
    first: str
    headers: list[list[str]]


class OneCapture(CaptureRow):
    etag: str
    last_modified: str
    truncated: str
    refers_to: str
    address: str
    location: str
    error: str
    witness: dict[str, Any] | None = Field(
        description="The entry of the witness log that vouches for its archive file."
    )
    request_head: Head
    answer_head: Head


class Hit(Schema):
    type: str
    portal: str
    key: str
    printed_key: str
    title: str
    state: str
    kind: str
    file: str
    file_id: str
    version: int
    page: int
    seconds: float | None
    confidence: float | None
    url: str
    address: str = Field(description="Our page of it.")
    capture: str
    at: datetime
    score: float
    snippet: str
    marks: list[list[int]]


class FacetValue(Schema):
    value: str
    count: int


class Hits(Schema):
    rows: list[Hit]
    next: str | None
    documents: int
    facets: dict[str, list[FacetValue]]


class FieldChange(Schema):
    name: str
    old: Any
    new: Any


class Compared(Schema):
    portal: str
    key: str
    file: str | None
    old: int | None = Field(description="Number of the older version; null where there are not two.")
    new: int | None
    fields: list[FieldChange]
    state: str = Field(description="done; running: ask again; withheld; none: nothing to compare inside.")
    inside: Any = Field(None, description="What differs in the text, as docs/reference/diff.md tells it.")
    trouble: str = ""


class Deadline(Schema):
    """A case as a rule has it, or (`status` is `date`) a day that its page names. Days are those at the portal's place."""

    portal: str
    key: str
    printed_key: str
    title: str
    kind: str
    state: str
    rule: str
    status: str
    why: str
    url: str
    remarks: list[str] = []
    unit: str | None = None
    field: str | None = None
    start: date | None = None
    due: date | None = None
    due_if_extended: date | None = None
    standing: str | None = None
    days_late_least: int | None = None
    days_late: int | None = None
    days_left: int | None = None
    second_field: str | None = None
    second_start: date | None = None
    second_due: date | None = None
    second_due_if_extended: date | None = None
    second_standing: str | None = None
    second_days_late_least: int | None = None
    second_days_late: int | None = None
    second_days_left: int | None = None
    overdue: bool | None = None
    released: bool | None = None
    released_printed: date | None = None
    released_seen_by: date | None = None
    released_not_seen_on: date | None = None
    seen_after_printed_days: int | None = None
    what: str | None = None
    days_past: int | None = None
    basis: str | None = None
