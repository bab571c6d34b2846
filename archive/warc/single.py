"""Small sealed WARCs made and read in memory: `warcinfo` and one `resource` record (commit records)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime

from archive.ids import uuid7
from archive.warc.exchange import Record
from archive.warc.headers import Headers
from archive.warc.open_file import pieces
from archive.warc.reader import NotAWarc, WarcReader
from archive.warc.record import clean_url, header, sha256, warc_fields


def resource_warc(
    uri: str,
    content_type: str,
    block: bytes,
    info: Mapping[str, str],
    filename: str,
    at: datetime,
    record_id: str = "",
) -> bytes:
    """A whole WARC. The same arguments give the same bytes when `record_id` is given."""
    record_id = record_id or uuid7()
    about = warc_fields({"format": "WARC File Format 1.1", **info}.items())
    # The last digit tells the warcinfo's id from the record's, and both are fixed by the caller.
    info_id = record_id[:-1] + ("0" if record_id[-1] != "0" else "1")
    info_head = header("warcinfo", info_id, at, (("WARC-Filename", filename),), "application/warc-fields", len(about))
    fields = (("WARC-Target-URI", clean_url(uri)), ("WARC-Block-Digest", sha256(block)))
    head = header("resource", record_id, at, fields, content_type, len(block))
    return b"".join([*pieces(Record(info_head, (about,))), *pieces(Record(head, (block,)))])


def read_resource(data: bytes) -> tuple[Headers, bytes]:
    """Header and block of the one `resource` record in `data`. Raises NotAWarc when there is none, or
    when it is torn or does not match its digest.
    """
    reader = WarcReader(io.BytesIO(data))
    found: tuple[Headers, bytes] | None = None
    for record in reader:
        if record.headers.type != "resource":
            continue
        block = record.block.read()
        found = record.headers, block
        wanted = record.headers.get("WARC-Block-Digest")
        if record.block.short or (wanted.startswith("sha256:") and wanted != sha256(block)):
            raise NotAWarc("The record does not match its digest", where=record.headers.url)
    if reader.problems:
        raise NotAWarc(f"The WARC is damaged: {reader.problems[0].what}")
    if found is None:
        raise NotAWarc("The WARC holds no resource record")
    return found
