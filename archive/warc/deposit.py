"""What a person hands in, as a WARC: `resource` records (WARC 1.1 section 6.7.1) that claim no address and no exchange.

The target URI is `urn:recordwatch:deposit:<id>`, the date is the day it was handed in. Beside it stand a
`metadata` record with what the depositor says of it, and what was read from it. Bytes are streamed: a
deposit may be larger than memory.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from archive.ids import uuid7
from archive.model import CaptureRow, DerivedRow, SealedWarc
from archive.warc.exchange import Record
from archive.warc.member import stored_stream
from archive.warc.naming import warc_key, warc_name
from archive.warc.open_file import info_record, pieces
from archive.warc.record import DEPOSIT, ENGINE, PAGE, field_value, header, now, sha256, urn
from archive.warc.surt import surt
from archive.warc.whole_file import whole_warc
from config.errors import ConfigError
from config.faults import fault

_PIECE = 1 << 20


class DepositChanged(ConfigError):
    """The file is not any more what it was a moment ago: somebody still writes to it."""


@dataclass(frozen=True, slots=True)
class Deposited:
    """One file to be archived. `capture` is the id its record gets."""

    capture: str
    path: Path
    digest: str
    """`sha256:` + hex."""
    size: int
    mime: str

    @property
    def url(self) -> str:
        return DEPOSIT + self.capture


@dataclass(frozen=True, slots=True)
class Derived:
    """Something said of a deposit, or read from it."""

    capture: str
    kind: Literal["metadata", "conversion"]
    payload: bytes
    mime: str
    engine: str
    page: int = 0


def measured(path: Path, mime: str = "") -> Deposited:
    """The file's digest, size and media type (by its name, unless told).

    Raises:
        ConfigError: it is no file, cannot be read, or has no bytes.
    """
    try:
        if not path.is_file():
            raise ConfigError("there is no such file", where=str(path))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except OSError as error:
        raise ConfigError(f"this file cannot be read: {error.strerror}", where=str(path)) from error
    if not size:
        raise ConfigError("this file has no bytes", where=str(path), todo="look whether it was copied whole")
    guessed = mime or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Deposited(uuid7(), path, f"sha256:{digest}", size, field_value(guessed)[:255])


def write_deposit(
    spool: Path,
    portal: str,
    ident: str,
    info: Mapping[str, str],
    files: Sequence[Deposited],
    derived: Sequence[Derived],
) -> SealedWarc:
    """One sealed WARC in `<spool>/<portal>/<ident>/` with all of `files` and what belongs to them.

    A killed process leaves nothing that counts: `recordwatch recover` removes an unfinished file.

    Raises:
        SpoolFull, SpoolFailed; DepositChanged when a file differs from what was measured.
    """
    at = now()
    folder = spool / portal / ident
    name = warc_name(portal, at, ident, 1)
    key, final = warc_key(name), folder / name
    captures: list[CaptureRow] = []
    read: list[DerivedRow] = []
    with whole_warc(folder, name) as (out, seal):
        out.writelines(pieces(info_record(name, portal, ident, info)))
        for file in files:
            start = out.tell()
            fault("spool.write")
            out.writelines(_resource(file, at))
            captures.append(_row(file, portal, ident, at, key, start, out.tell() - start))
        for one in derived:
            record, row = _derived(one, portal, ident, at, key)
            start = out.tell()
            out.writelines(pieces(record))
            read.append(_placed(row, start, out.tell() - start))
    return SealedWarc(final, key, seal.sha256, seal.size, now(), tuple(captures), tuple(read))


def _resource(file: Deposited, at: datetime) -> Iterator[bytes]:
    fields = (("WARC-Target-URI", file.url), ("WARC-Payload-Digest", file.digest), ("WARC-Block-Digest", file.digest))
    head = header("resource", file.capture, at, fields, file.mime, file.size)
    hashing = hashlib.sha256()
    changed = DepositChanged(
        "this file changed while it was archived; nothing was kept",
        where=str(file.path),
        todo="copy it, deposit the copy",
    )

    def block() -> Iterator[bytes]:
        with file.path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                hashing.update(piece)
                yield piece

    try:
        yield from stored_stream(head, block(), file.size)
    except ValueError as error:
        raise changed from error
    if f"sha256:{hashing.hexdigest()}" != file.digest:
        raise changed


def _row(file: Deposited, portal: str, ident: str, at: datetime, key: str, offset: int, length: int) -> CaptureRow:
    return CaptureRow(
        id=file.capture, portal=portal, crawl=ident, kind="deposit", method="", url=file.url, surt=surt(file.url), at=at,
        status=0, mime=file.mime, payload_digest=file.digest, payload_length=file.size, etag="", last_modified="",
        truncated="", refers_to="", request="", address="", warc=key, offset=offset, length=length,
    )  # fmt: skip


def _derived(one: Derived, portal: str, ident: str, at: datetime, key: str) -> tuple[Record, DerivedRow]:
    record, engine = uuid7(), field_value(one.engine)[:64]
    fields = (
        ("WARC-Target-URI", DEPOSIT + one.capture), ("WARC-Refers-To", urn(one.capture)), (ENGINE, engine),
        (PAGE, str(one.page) if one.page else ""), ("WARC-Block-Digest", sha256(one.payload)),
    )  # fmt: skip
    head = header(one.kind, record, at, fields, one.mime, len(one.payload))
    row = DerivedRow(record, portal, ident, one.capture, one.kind, one.mime, engine, at, key, 0, 0, one.page)
    return Record(head, (one.payload,)), row


def _placed(row: DerivedRow, offset: int, length: int) -> DerivedRow:
    return replace(row, offset=offset, length=length)
