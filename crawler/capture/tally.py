"""What one crawl's fetching came to: numbers, and the first failures, for the verdict and the reader."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from config.errors import RecordwatchError
from crawler.capture.fetch import Fetched, Purpose

KEPT_FAILURES = 200
"""Failures kept with their error; the rest are counted."""


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """One fetch that brought no answer."""

    url: str
    purpose: Purpose
    error: RecordwatchError


@dataclass(slots=True)
class Tally:
    """Counted by the door. `requests` are exchanges on the wire, `statuses` the final answers of fetches."""

    requests: int = 0
    retries: int = 0
    not_modified: int = 0
    missing_bodies: int = 0
    """304s whose held body could not be read back, so that it was fetched again."""
    statuses: Counter[int] = field(default_factory=Counter)
    """Final statuses; an unmodified page counts as 304."""
    errors: Counter[str] = field(default_factory=Counter)
    """Failed fetches by type of error."""
    failures: list[FetchFailure] = field(default_factory=list)

    def done(self, fetched: Fetched) -> None:
        self.not_modified += fetched.not_modified
        self.statuses[fetched.archived.status] += 1

    def failed(self, url: str, purpose: Purpose, error: RecordwatchError) -> None:
        self.errors[type(error).__name__] += 1
        if len(self.failures) < KEPT_FAILURES:
            self.failures.append(FetchFailure(url, purpose, error))
