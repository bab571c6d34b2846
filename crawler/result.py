"""What a crawl ended in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class CrawlResult:
    """What a crawl ended in; `cli crawl --json` prints it."""

    portal: str
    crawl: str
    verdict: str = "running"
    reason: str = ""
    coverage: str = "complete"
    backfill: bool = False
    records: int = 0
    unopened: int = 0
    """Of these, those that the portal says are unchanged, and that were not opened."""
    files: int = 0
    """Files whose source answered, unchanged ones included."""
    file_errors: int = 0
    exchanges: int = 0
    received_bytes: int = 0
    """Heads and bodies, off the wire."""
    seconds: float = 0.0
    events: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """What the portal's maintainer should know."""
    recheck: dict[str, Any] = field(default_factory=dict)
    """Files of which bytes are held: how many there are, were asked for again, and were not; see docs/howto/recrawls.md."""
    recovered: int = 0
    """Exchanges that an interrupted crawl had left in the spool."""
