"""What goes into the ledger's plans, and what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from archive.commit import Operation
from config.portal import Portal
from releases.model import Coverage, Page, Press, Record, Sighting, VerdictName

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Observation:
    """What one crawl saw when its listing was done.

    The caller leaves out what blocked or broken pages said. `records` may be any iterable: it is
    read once, in batches.
    """

    portal: Portal
    crawl: str
    started_at: datetime
    at: datetime
    """When the listing was done; the time of every version and event of this plan."""
    extractor: str
    """Name and version of the spider, e.g. `copa 3`."""
    sightings: Sequence[Sighting]
    records: Iterable[Record]
    pages: Sequence[Page]
    verdict: VerdictName
    coverage: Coverage
    complete: bool
    """The whole listing was seen."""
    backfill: bool
    """No complete healthy crawl came before this one."""
    reason: str = ""
    """Why this verdict, one sentence; told with `blocked`, `broken` and `recovered`."""
    incident: str = ""
    """Why a list that shows far fewer records than ever is not believed yet; opens a `mass_withdrawal`."""
    unopened: frozenset[str] = frozenset()
    """Keys of records sighted under the stamp under which they were last read: they are as held, by the portal's word."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A record that should be there and was not listed."""

    id: str
    key: str
    url: str
    missing_since: datetime | None
    missing_crawls: int
    """Complete healthy crawls in a row that did not see it, before this one."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the own page of an absent record said."""

    record: str
    """Record id."""
    outcome: Literal["gone", "still there", "unknown"]
    """`gone`: 404 or 410."""
    capture: str = ""


@dataclass(frozen=True, slots=True)
class FileWanted:
    """A file to ask for now."""

    file_id: str
    record_id: str
    url: str
    host: str
    referer: str
    press: Press | None = None
    kind: str = "document"
    """As `File.kind`."""


class FileOutcome(Protocol):
    """What became of asking for one file. `error` is empty when its source answered."""

    @property
    def file_id(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def capture(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def mime(self) -> str: ...
    @property
    def not_modified(self) -> bool: ...
    @property
    def error(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def trouble(self) -> str: ...


@dataclass(slots=True)
class Plan:
    """What is to be committed. `events` are rows that `operations` contain already."""

    operations: list[Operation] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    files_wanted: list[FileWanted] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """What a portal's maintainer should know: one key with two meanings, files beyond the limit."""
