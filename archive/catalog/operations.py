"""From what the archive's writers and readers say to the operations of a commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from archive.commit import Insert, Operation, Row
from archive.model import CaptureRow, DerivedRow, SealedWarc

_CUT = {"mime": 255, "method": 16, "engine": 64, "address": 45}
"""Columns of limited width that a portal's answer fills."""


def warc_operations(warcs: Sequence[SealedWarc]) -> list[Operation]:
    """Inserts of each WARC with its captures and derived records. Empty for no WARCs."""
    captures = [row for warc in warcs for row in warc.captures]
    derived = [row for warc in warcs for row in warc.derived]
    operations: list[Operation] = []
    if warcs:
        operations.append(Insert("catalog.Warc", [_warc(warc) for warc in warcs]))
    if captures:
        operations.append(Insert("catalog.Capture", [_row(row) for row in captures]))
    if derived:
        operations.append(Insert("catalog.Derived", [_row(row) for row in derived]))
    return operations


def portal_operation(slug: str, name: str, url: str, first_crawl_at: datetime) -> Operation:
    """The insert that makes a portal known; changes nothing once it is."""
    row = {"slug": slug, "name": name, "url": url, "first_crawl_at": first_crawl_at, "commit_seq": 0}
    return Insert("catalog.Portal", [row])


def _warc(warc: SealedWarc) -> Row:
    portal = warc.key.split("/")[1]
    rows: Sequence[CaptureRow | DerivedRow] = warc.captures or warc.derived
    return {
        "key": warc.key,
        "portal": portal,
        "crawl": rows[0].crawl if rows else "",
        "sha256": warc.sha256,
        "size": warc.size,
        "sealed_at": warc.sealed_at,
    }


def _row(row: CaptureRow | DerivedRow) -> Row:
    values: dict[str, Any] = asdict(row)
    for name, limit in _CUT.items():
        if len(values.get(name, "")) > limit:
            values[name] = values[name][:limit]
    return values
