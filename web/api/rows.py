"""Operations that answer with rows, and what a row is."""

from __future__ import annotations

from ninja import Schema

from web.api.schema import CaptureRow, CrawlRow, EventRow, FileRow, PortalRow, RecordRow
from web.api.schema_asked import Deadline, Hit

ROWS: dict[str, type[Schema]] = {
    "captures": CaptureRow, "crawls": CrawlRow, "deadlines": Deadline, "files": FileRow, "portals": PortalRow,
    "records": RecordRow, "releases": EventRow, "search": Hit,
}  # fmt: skip
