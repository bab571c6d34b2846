"""A file that came in parts: a manifest that lists them, and the whole put together as it is read.

The manifest is the block of a `resource` record (`application/vnd.recordwatch.parts+json`, canonical JSON). Its target
URI is `urn:recordwatch:parts:<its id>`, so that no tool takes the list for the file. Bytes are never stored twice: the
parts are the exchanges that brought them.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import BinaryIO, Literal

import msgspec

from archive.model import CaptureRow, Part
from archive.warc.exchange import Plan, Record
from archive.warc.record import clean_url, field_value, header, sha256
from archive.warc.source import Readable
from archive.warc.surt import surt
from config.errors import RecordwatchError

PARTS_TYPE = "application/vnd.recordwatch.parts+json"
PARTS = "urn:recordwatch:parts:"
"""How the target URI of a manifest begins."""
LARGEST_MANIFEST = 64 << 20
PIECE = 1 << 20

OpenPart = Callable[[str], BinaryIO]
"""Capture id → its entity body from the beginning. The reader closes it."""


class PartMissing(RecordwatchError):
    """A file that came in parts cannot be put together: a part is not there, or shorter than it was."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a file that came in parts is, and where its bytes are, in order."""

    url: str
    mime: str
    etag: str
    last_modified: str
    how: Literal["ranges", "segments"]
    """`ranges`: of one resource, asked for with Range. `segments`: files of their own, such as a stream's."""
    length: int
    """Bytes of the whole."""
    digest: str
    """`sha256:` + hex of the whole."""
    parts: tuple[Part, ...]

    def encoded(self) -> bytes:
        """The block of its record: the same manifest is always the same bytes."""
        return msgspec.json.encode(self, order="sorted")


_decode = msgspec.json.Decoder(Manifest).decode


def read_manifest(stream: Readable) -> Manifest:
    """The manifest in a record's block. Raises PartMissing when it is none, or contradicts itself."""
    block = stream.read(LARGEST_MANIFEST + 1)
    try:
        manifest = _decode(block)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PartMissing(f"this record lists no parts: {error}") from error
    lengths = [part.length for part in manifest.parts]
    if not lengths or min(lengths) < 1 or min(part.start for part in manifest.parts) < 0:
        raise PartMissing("this manifest has a part without bytes", where=manifest.url)
    if sum(lengths) != manifest.length:
        raise PartMissing(f"the parts have {sum(lengths)} bytes, the whole has {manifest.length}", where=manifest.url)
    return manifest


class Stitched(io.RawIOBase):
    """The whole, from its parts one after the other; each is opened when its turn comes.

    Reading raises PartMissing, and what `open_part` raises.
    """

    def __init__(self, parts: Sequence[Part], open_part: OpenPart) -> None:
        super().__init__()
        self._parts = iter(parts)
        self._open_part = open_part
        self._part: Part | None = None
        self._stream: BinaryIO | None = None
        self._left = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._left and not self._next():
            return 0
        assert self._stream is not None
        data = self._stream.read(min(len(buffer), self._left))
        if not data:
            raise self._short(self._left)
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def _next(self) -> bool:
        self._end()
        self._part = next(self._parts, None)
        if self._part is None:
            return False
        self._stream = self._open_part(self._part.capture)
        skip = self._part.start
        while skip:
            data = self._stream.read(min(skip, PIECE))
            if not data:
                raise self._short(skip + self._part.length)
            skip -= len(data)
        self._left = self._part.length
        return True

    def _short(self, left: int) -> PartMissing:
        assert self._part is not None
        return PartMissing(f"{left} bytes of this part are missing", where=self._part.capture)

    def _end(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def close(self) -> None:
        self._end()
        super().close()


def stitched(parts: Sequence[Part], open_part: OpenPart) -> BinaryIO:
    """`Stitched`, buffered: memory stays flat whatever the file's size."""
    return io.BufferedReader(Stitched(parts, open_part), PIECE)


def digest_of(parts: Sequence[Part], open_part: OpenPart, stopped: Callable[[], bool] = lambda: False) -> str:
    """`sha256:` + hex of the whole, read once. Raises PartMissing, also when `stopped` says so half-way."""
    hashing, buffer = hashlib.sha256(), bytearray(PIECE)
    with contextlib.closing(Stitched(parts, open_part)) as stream:
        while count := stream.readinto(buffer):
            if stopped():
                raise PartMissing("the crawl ended before the parts were put together")
            hashing.update(memoryview(buffer)[:count])
    return "sha256:" + hashing.hexdigest()


def plan_manifest(manifest: Manifest, ident: str, at: datetime, portal: str, crawl: str) -> Plan:
    """The record of a manifest and its index row."""
    block = manifest.encoded()
    fields = (("WARC-Target-URI", PARTS + ident), ("WARC-Block-Digest", sha256(block)))
    head = header("resource", ident, at, fields, PARTS_TYPE, len(block))
    return Plan([Record(head, (block,))], 0, manifest_row(manifest, ident, at, portal, crawl))


def manifest_row(manifest: Manifest, ident: str, at: datetime, portal: str, crawl: str) -> CaptureRow:
    """The index row of a manifest, without its place: it stands for the whole."""
    return CaptureRow(
        id=ident, portal=portal, crawl=crawl, kind="assembled", method="GET", url=manifest.url, surt=surt(manifest.url),
        at=at, status=200, mime=manifest.mime, payload_digest=manifest.digest, payload_length=manifest.length,
        etag=manifest.etag, last_modified=manifest.last_modified, truncated="", refers_to="", request="", address="",
        warc="", offset=0, length=0,
    )  # fmt: skip


def made(
    url: str,
    parts: Sequence[Part],
    digest: str,
    *,
    mime: str,
    etag: str,
    last_modified: str,
    how: Literal["ranges", "segments"],
) -> Manifest:
    """A manifest, its texts as headers and the index hold them."""
    return Manifest(
        url=clean_url(url), mime=field_value(mime.partition(";")[0]).lower()[:255], etag=field_value(etag),
        last_modified=field_value(last_modified), how=how, length=sum(part.length for part in parts), digest=digest,
        parts=tuple(parts),
    )  # fmt: skip


def whole_head(first: bytes, manifest: Manifest) -> bytes:
    """A response head for the whole, from that of its first part: byte for byte where that announced the whole.

    Else framing and range are taken out, and length and status are those of the whole; of `segments`, media type too.
    """
    lines = first.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    length = b"%d" % manifest.length
    named = [(line.partition(b":")[0].strip().lower(), line) for line in lines[1:]]
    announced = {line.partition(b":")[2].strip() for name, line in named if name == b"content-length"}
    dropped = {b"content-length", b"content-range", b"transfer-encoding", b"trailer"}
    if manifest.how == "ranges" and announced == {length} and not {name for name, _ in named} & {
        b"content-range", b"transfer-encoding"
    }:  # fmt: skip
        return first
    if manifest.how == "segments":
        dropped |= {b"content-type", b"etag", b"last-modified", b"content-md5", b"accept-ranges"}
    status = lines[0] if lines[0].split(b" ")[1:2] == [b"200"] else b"HTTP/1.1 200 OK"
    kept: list[bytes] = []
    for name, line in named:
        folded = line[:1] in {b" ", b"\t"}  # belongs to the line before it
        if (folded and kept and kept[-1] != b"") or (not folded and name not in dropped):
            kept.append(line)
        elif not folded:
            kept.append(b"")
    out = [status, *(line for line in kept if line)]
    if manifest.how == "segments" and manifest.mime:
        out.append(b"Content-Type: " + manifest.mime.encode())
    return b"\r\n".join([*out, b"Content-Length: " + length, b"", b""])
