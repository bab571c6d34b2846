"""The small types that travel between the wire client, the WARC writer and the catalog. No I/O here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

CaptureKind = Literal["response", "revisit-identical", "revisit-not-modified", "failed", "deposit", "assembled"]
"""`failed`: the request and why it never gave an answer (WARC `request` + `metadata`). `assembled`: a file that came
in parts; its WARC record is a `resource` that lists them (`archive.warc.parts`)."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom we talked to, on which connection.

    `address` is RFC 5952 text and empty through a forward proxy. `protocols` has one value per
    WARC-Protocol header, e.g. ("http/1.1", "tls/1.3").
    """

    address: str = ""
    protocols: tuple[str, ...] = ("http/1.1",)
    cipher: str = ""
    certificate: bytes = b""
    """Leaf certificate, DER; empty without TLS."""
    told_by: str = ""
    """Who told us of the exchange, where it was not our own client: its heads are written anew and its body is
    decoded, so it is no copy of the wire."""


@dataclass(frozen=True, slots=True)
class Held:
    """A complete 200 capture we hold for a URL: what a conditional request and a 304 refer to."""

    capture: str
    """WARC-Record-ID of the response record, without `urn:uuid:` and brackets."""
    url: str
    at: datetime
    """Its WARC-Date, microseconds, exactly as written."""
    payload_digest: str
    """`sha256:` + lowercase hex of the entity body after de-chunking, before content-decoding."""
    payload_length: int
    etag: str = ""
    last_modified: str = ""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Before:
    """What a file gave the last time, for one that has no address to look it up by."""

    held: Held
    url: str
    """Where it was had then; another than `held.url` where the same bytes had come from elsewhere before."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a file that came in parts: `length` bytes from `start` of the entity body of `capture`."""

    capture: str
    """Id of a `response` (200, cut short, or 206), never of a revisit's own record but of the bytes' original."""
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an exchange gave no whole answer.

    `stage`: `policy`, `resolve`, `connect`, `tls`, `proxy`, `send`, `head`, `body`, `limit`, `closed`.
    `truncated` (only with a head received) is a WARC-Truncated reason: `length` (a limit of ours),
    `time` (a time limit of ours), `disconnect` (the peer or the network), `unspecified`.
    """

    stage: str
    error: str
    """One sentence that names the limit or the error."""
    retryable: bool
    truncated: Literal["", "length", "time", "disconnect", "unspecified"] = ""
    attempt: int = 1
    resolved: tuple[str, ...] = ()
    """What the resolver answered."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What became of one exchange in the archive, known when its last byte was handed over.

    `payload` holds the entity body (de-chunked, not content-decoded) of bodies kept in memory, and
    is None for bodies that went straight into a WARC of their own.
    """

    capture: str
    """WARC-Record-ID (uuid7) of the response, revisit or metadata record."""
    at: datetime
    url: str
    status: int
    """0 for `failed`."""
    payload_digest: str
    payload_length: int
    payload: bytes | None
    truncated: str = ""

    @classmethod
    def of(cls, row: CaptureRow, payload: bytes | None = None) -> Archived:
        """A capture's row as the answer to whoever fetched."""
        return cls(row.id, row.at, row.url, row.status, row.payload_digest, row.payload_length, payload, row.truncated)


class ExchangeSink(Protocol):
    """Takes the bytes of one exchange as they cross the wire. One instance per exchange, one task.

    Order of calls: `connected`?, `sent`+, `interim`*, `head`?, `data`*, then exactly one of
    `finish` or `fail`. Nothing is added, re-cased, re-ordered or joined.
    """

    def connected(self, peer: Peer) -> None: ...

    def sent(self, data: bytes) -> None:
        """Request bytes as sent (secrets already replaced by equal-length `*`)."""

    def interim(self, raw: bytes) -> None:
        """A whole 1xx head as received; kept beside the response, never inside its block."""

    def head(self, raw: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """The final response head as received, blank line included. `headers`: names and values as
        received, surrounding white space stripped, for look-ups only.
        """

    async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        """Body bytes. `raw`: as received with framing (chunk sizes, trailers); `entity`: the same
        piece de-chunked; the same object where there is no framing. Waits when the disk is slower
        than the network. The caller must not reuse the buffer.
        """

    async def finish(self) -> Archived:
        """The answer is whole. A 304 for `held` becomes a not-modified revisit, known bytes an
        identical-payload revisit.
        """

    async def fail(self, failure: Failure) -> Archived:
        """The answer is cut short (kept, WARC-Truncated) or never came (request + metadata)."""


class Recorder(Protocol):
    """Gives a sink per exchange: the archive's crawl writer, or a null one in `bench/`."""

    def begin(self, url: str, method: str, *, held: Held | None = None, attempt: int = 1) -> ExchangeSink: ...

    async def assemble(
        self,
        url: str,
        parts: Sequence[Part],
        *,
        mime: str,
        etag: str = "",
        last_modified: str = "",
        how: Literal["ranges", "segments"],
    ) -> Archived:
        """One capture of a file whose parts are archived, in order. Raises when a part cannot be read back."""


@dataclass(frozen=True, slots=True)
class CaptureRow:
    """One line of the index: an archived exchange. The same whether made while writing or by reading
    the WARC back; `archive.catalog.models.Capture` has the same columns.
    """

    id: str
    """WARC-Record-ID of the response, revisit or (kind `failed`) metadata record."""
    portal: str
    crawl: str
    kind: CaptureKind
    """`deposit`: handed in by a person, never captured from anywhere; its URL is `urn:recordwatch:deposit:`…"""
    method: str
    url: str
    surt: str
    at: datetime
    status: int
    mime: str
    """Media type of the response, lowercase, no parameters; `warc/revisit` is not used here."""
    payload_digest: str
    payload_length: int
    """Of the payload the capture stands for: a revisit has its original's."""
    etag: str
    last_modified: str
    truncated: str
    refers_to: str
    """Capture id a revisit refers to, else empty."""
    request: str
    """WARC-Record-ID of the request record."""
    address: str
    warc: str
    """Store key of the WARC."""
    offset: int
    """Byte offset of the gzip member of record `id`."""
    length: int
    """Bytes of that member."""
    location: str = ""
    """Location header of a redirect, made absolute."""
    error: str = ""
    """`failed` and truncated: what `Failure.error` said."""


@dataclass(frozen=True, slots=True)
class DerivedRow:
    """A record made from a capture: extracted fields (`metadata`), text (`conversion`), 304 heads,
    commit and verdict `resource`s are not listed here except conversions and metadata.
    """

    id: str
    portal: str
    crawl: str
    capture: str
    """Capture the record was made from."""
    kind: Literal["metadata", "conversion"]
    mime: str
    engine: str
    """Name and version of what made it, e.g. `pypdfium2 5.15`."""
    at: datetime
    warc: str
    offset: int
    length: int
    page: int = 0
    """1-based page for page text, 0 for the whole document."""


@dataclass(frozen=True, slots=True)
class SealedWarc:
    """A WARC that will never change again: its name in the spool, and what goes into the catalog."""

    path: Path
    key: str
    """Store key: `warc/<portal>/<yyyy>/<mm>/<name>.warc.gz`."""
    sha256: str
    """Lowercase hex of the whole file."""
    size: int
    sealed_at: datetime
    captures: tuple[CaptureRow, ...] = field(default=(), repr=False)
    derived: tuple[DerivedRow, ...] = field(default=(), repr=False)
