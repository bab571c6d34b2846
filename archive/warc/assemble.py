"""Puts a file together from parts that are archived already: read back, hashed, listed in one record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from archive.ids import uuid7
from archive.model import Archived, CaptureRow, Part
from archive.warc.exchange import Plan
from archive.warc.parts import digest_of, made, plan_manifest
from archive.warc.record import now
from archive.warc.spooled import SpooledPayloads


@dataclass(frozen=True, slots=True)
class Assembly:
    """What is to become one file."""

    url: str
    parts: tuple[Part, ...]
    mime: str
    etag: str
    last_modified: str
    how: Literal["ranges", "segments"]


class Writer(Protocol):
    """The crawl writer, as far as it is needed here."""

    portal: str
    crawl: str

    def append(self, planned: Plan) -> CaptureRow: ...


def assemble(writer: Writer, spooled: SpooledPayloads, wanted: Assembly, stopped: Callable[[], bool]) -> Archived:
    """The capture of the whole, durable. In a thread of its own: it takes as long as reading the file.

    Raises:
        ValueError: no part has bytes.
        PartMissing: a part is not there, or shorter; or `stopped`. SpoolFull, SpoolFailed, what the store raises.
    """
    parts = [one for part in wanted.parts if part.length for one in spooled.stretches(part)]
    if not parts:
        raise ValueError("a file needs a part with bytes")
    digest = digest_of(parts, spooled.open_part, stopped)
    manifest = made(
        wanted.url, parts, digest, mime=wanted.mime, etag=wanted.etag, last_modified=wanted.last_modified,
        how=wanted.how,
    )  # fmt: skip
    row = writer.append(plan_manifest(manifest, uuid7(), now(), writer.portal, writer.crawl))
    return Archived.of(row)
