"""What the API answers, as types. A field that is not declared here is not sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

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


class Unreadable(Schema):
    """Why archived bytes cannot be given now, and where they should be."""

    state: Literal["missing", "cut", "damaged", "unreachable"] = Field(
        description="missing: the store has no such archive file; cut: it ends before these bytes do; damaged: they are not what was archived; unreachable: the store does not answer now."
    )
    what: str
    todo: str
    warc: str = Field(description="Key of the archive file in the store.")
    offset: int
    length: int
    sha256: str = Field(description="Of the archive file when it was sealed; empty where it is not known.")
    log_entry: int | None = Field(description="Number of its entry in the witness log.")


class OneFile(FileRow):
    key: str | None = Field(description="Of the record it belongs to.")
    outcome: str
    versions: list[FileVersionRow]
    bytes: str = Field(description="Where its bytes are; empty where none are given.")
    text: str = Field(description="Where its text is.")
    unreadable: Unreadable | None = Field(
        default=None, description="Why the bytes of its newest version cannot be given now; null where they can."
    )


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
    unreadable: Unreadable | None = Field(
        default=None, description="Why its bytes cannot be given now; null where they can."
    )
    request_head: Head
    answer_head: Head
