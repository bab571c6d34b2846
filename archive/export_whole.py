"""Files that came in parts, as one record that any tool replays; and the bytes of one file alone.

The record is made for the export: an ordinary `response` with the head of the first part, the whole as its body, and
the target URI and date of the manifest, so that revisits find it. What crossed the wire stands beside it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from archive.holdings import Holdings
from archive.ids import uuid7
from archive.warc.member import stored_stream
from archive.warc.parts import PIECE, Manifest, PartMissing, stitched, whole_head
from archive.warc.reader import read_member, response_parts
from archive.warc.record import MADE_OF, header, urn
from config.errors import RecordwatchError


class ExportFailed(RecordwatchError):
    """The file could not be written."""


def manifests(holdings: Holdings, rows: dict[str, Any]) -> dict[str, Manifest]:
    """The manifest of each of `rows` (captures by id) that came in parts.

    Raises PartMissing, ObjectMissing, StoreUnavailable and the database's errors.
    """
    assembled = (ident for ident, row in rows.items() if row.kind == "assembled")
    return {ident: holdings.manifest(holdings.place(ident)) for ident in assembled}


def whole_record(holdings: Holdings, capture: str, at: Any, manifest: Manifest) -> Iterator[bytes]:
    """The gzip member of the record that stands for the whole of `capture`, archived `at`.

    Raises PartMissing, also when the parts do not have the manifest's digest any more.
    """
    with holdings.open_record(manifest.parts[0].capture) as first:
        head = whole_head(response_parts(read_member(first)).raw_head, manifest)
    fields = (
        ("WARC-Target-URI", manifest.url), ("WARC-Payload-Digest", manifest.digest), (MADE_OF, urn(capture)),
    )  # fmt: skip
    length = len(head) + manifest.length
    text = header("response", uuid7(), at, fields, "application/http;msgtype=response", length)
    yield from stored_stream(text, _block(holdings, head, manifest), length)


def _block(holdings: Holdings, head: bytes, manifest: Manifest) -> Iterator[bytes]:
    yield head
    hashing = hashlib.sha256()
    with stitched(manifest.parts, holdings.open_payload) as stream:
        while piece := stream.read(PIECE):
            hashing.update(piece)
            yield piece
    if f"sha256:{hashing.hexdigest()}" != manifest.digest:
        raise PartMissing(
            "the parts of this file do not have its digest any more",
            where=manifest.url,
            todo="`recordwatch verify --full` says what is damaged",
        )


def export_payload(holdings: Holdings, capture: str, digest: str, path: Path) -> int:
    """Write the bytes that a capture stands for to `path`, which appears when it is whole; returns how many.

    Raises:
        ExportFailed: it cannot be written, or the bytes do not have `digest`. NotHeld, PartMissing,
            ObjectMissing, StoreUnavailable and the database's errors.
    """
    partial = path.with_name(f".{path.name}.{uuid7()}")
    try:
        with partial.open("xb") as out, holdings.open_payload(capture) as stream:
            hashing = hashlib.sha256()
            while piece := stream.read(PIECE):
                hashing.update(piece)
                out.write(piece)
            size = written(out)
        if f"sha256:{hashing.hexdigest()}" != digest:
            raise ExportFailed(
                "these bytes are not the ones that were archived",
                where=capture,
                todo="`recordwatch verify --full` says what is damaged",
            )
        partial.replace(path)
    except OSError as error:
        raise ExportFailed(f"the file could not be written: {error.strerror}", where=str(path)) from error
    finally:
        partial.unlink(missing_ok=True)
    return size


def written(out: IO[bytes]) -> int:
    """Bytes in `out`, all on disk."""
    out.flush()
    os.fsync(out.fileno())
    return out.tell()
