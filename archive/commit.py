"""A commit record: the exact rows of one change of catalog and ledger, in the store before the database.

Written as a `resource` record `urn:recordwatch:commit:<uuid7>` (content type
`application/vnd.recordwatch.commit+json`) in a WARC of its own under
`commits/<portal>/<seq:012>.warc.gz`. The key holds the per-portal sequence number and is created,
never overwritten: two crawls can not both take a number, and a crawl whose lock was lost fails here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

Row = dict[str, Any]


class Insert(msgspec.Struct, frozen=True, tag="insert", tag_field="op"):
    """Rows that are new. Applying twice changes nothing."""

    table: str
    """Django label, e.g. `catalog.Capture`, `releases.Event`."""
    rows: list[Row]


class Update(msgspec.Struct, frozen=True, tag="update", tag_field="op"):
    """New values of some columns, by primary key; every row has the same columns."""

    table: str
    rows: list[Row]


class Assign(msgspec.Struct, frozen=True, tag="assign", tag_field="op"):
    """One set of values for many rows: what 100,000 sightings cost."""

    table: str
    ids: list[str]
    values: Row


Operation = Insert | Update | Assign


class Commit(msgspec.Struct, frozen=True):
    """One change. `seq` counts from 1 per portal, without gaps."""

    id: str
    portal: str
    seq: int
    at: datetime
    reason: str
    """`listing`, `files`, `recovered`, `verdict`, ... for people who read the archive."""
    operations: list[Operation]


def commit_key(portal: str, seq: int) -> str:
    """Store key of a portal's commit number `seq`."""
    return f"commits/{portal}/{seq:012d}.warc.gz"


def encode(commit: Commit) -> bytes:
    """The record's block: canonical JSON (sorted keys), UTF-8."""
    return msgspec.json.encode(commit, order="sorted")


def decode(block: bytes) -> Commit:
    """The commit in a record's block. Raises msgspec.DecodeError."""
    return msgspec.json.decode(block, type=Commit)
