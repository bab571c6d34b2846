"""One finished exchange, and the WARC records and index row it becomes. Pure: bytes in, records out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from archive.model import CaptureKind, CaptureRow, Failure, Held, Peer
from archive.warc.head import Head, parse_head, request_method
from archive.warc.member import worth_deflating
from archive.warc.record import (
    PAYLOAD_LENGTH,
    PAYLOAD_TYPE,
    REVISIT_IDENTICAL,
    REVISIT_NOT_MODIFIED,
    TOLD_BY,
    Fields,
    Ids,
    field_value,
    header,
    sha256,
    urn,
    warc_date,
    warc_fields,
)
from archive.warc.surt import surt


@dataclass(slots=True)
class Exchange:
    """What a sink was given. `entity` is `raw` itself where the body has no framing."""

    url: str
    method: str
    at: datetime
    held: Held | None = None
    attempt: int = 1
    peer: Peer = field(default_factory=Peer)
    sent: bytes = b""
    interim: tuple[bytes, ...] = ()
    head: bytes = b""
    raw: bytes = b""
    entity: bytes = b""
    failure: Failure | None = None

    @property
    def size(self) -> int:
        """Bytes it keeps in memory."""
        return len(self.sent) + len(self.head) + len(self.raw) + (0 if self.entity is self.raw else len(self.entity))

    @property
    def truncated(self) -> str:
        """WARC-Truncated reason, empty for a whole answer."""
        return (self.failure.truncated or "unspecified") if self.failure else ""


@dataclass(slots=True)
class Record:
    """A WARC record to be written: header bytes, the block in pieces, whether it is deflated."""

    header: bytes
    block: tuple[bytes, ...]
    deflate: bool = True


@dataclass(slots=True)
class Plan:
    """The records of one exchange in their order; `main` is the index of the one that is indexed."""

    records: list[Record]
    main: int
    row: CaptureRow
    """Offset and length are 0 until the records have a place."""


def connection_fields(peer: Peer) -> Fields:
    """What a record says of the connection."""
    yield "WARC-IP-Address", peer.address
    for protocol in peer.protocols:
        yield "WARC-Protocol", protocol
    yield "WARC-Cipher-Suite", peer.cipher
    yield TOLD_BY, peer.told_by


def request_record(exchange: Exchange, ids: Ids, request: str) -> Record:
    """The `request` record."""
    fields = (
        ("WARC-Target-URI", exchange.url),
        ("WARC-Concurrent-To", urn(ids.capture)),
        *connection_fields(exchange.peer),
        ("WARC-Block-Digest", sha256(exchange.sent)),
    )
    kind = "application/http;msgtype=request"
    return Record(header("request", request, exchange.at, fields, kind, len(exchange.sent)), (exchange.sent,))


def side_record(
    kind: str, exchange: Exchange, ids: Ids, block: bytes, content_type: str, capture: bool = False
) -> Record:
    """A `metadata` or `resource` record beside the capture; with `capture` it is the capture."""
    fields = (
        ("WARC-Target-URI", exchange.url),
        ("WARC-Concurrent-To", "" if capture else urn(ids.capture)),
        *(connection_fields(exchange.peer) if capture else ()),
        ("WARC-Block-Digest", sha256(block)),
    )
    record_id = ids.capture if capture else ids.another()
    return Record(header(kind, record_id, exchange.at, fields, content_type, len(block)), (block,))


def failure_block(exchange: Exchange) -> bytes:
    """What is known of a failed or cut exchange, as warc-fields."""
    failure = exchange.failure
    assert failure is not None
    return warc_fields(
        (
            ("method", exchange.method),
            ("stage", failure.stage),
            ("error", failure.error),
            ("retryable", "true" if failure.retryable else "false"),
            ("attempt", str(max(failure.attempt, exchange.attempt))),
            *(("resolved", address) for address in failure.resolved),
        )
    )


def side_records(exchange: Exchange, ids: Ids) -> list[Record]:
    """Interim heads, and why the answer is not whole."""
    out: list[Record] = []
    if exchange.interim:
        out.append(side_record("metadata", exchange, ids, b"".join(exchange.interim), "message/http"))
    if exchange.failure:
        out.append(side_record("metadata", exchange, ids, failure_block(exchange), "application/warc-fields"))
    return out


def shown_error(exchange: Exchange) -> str:
    """The error as the index shows it: as a reader of the metadata record finds it."""
    if exchange.failure is None:
        return ""
    return field_value(exchange.failure.error)


def refers_fields(held: Held) -> Fields:
    """WARC-Refers-To and its companions, exactly as the original has them."""
    yield "WARC-Refers-To", urn(held.capture)
    yield "WARC-Refers-To-Target-URI", held.url
    yield "WARC-Refers-To-Date", warc_date(held.at)


def response_fields(exchange: Exchange, request: str) -> list[tuple[str, str]]:
    """Fields that `response` and `revisit` records have in common."""
    return [
        ("WARC-Target-URI", exchange.url),
        ("WARC-Concurrent-To", urn(request) if request else ""),
        *connection_fields(exchange.peer),
    ]


def plan(exchange: Exchange, digest: str, known: Mapping[str, Held], portal: str, crawl: str) -> Plan:
    """Decides what an exchange is and makes its records.

    `digest`: of `exchange.entity`. `known`: originals by payload digest; used only for whole,
    non-empty entities of equal length.
    """
    ids = Ids()
    request = ids.another() if exchange.sent else ""
    records = [request_record(exchange, ids, request)] if request else []
    main = len(records)
    if not exchange.head:
        row = make_row(exchange, "failed", None, ids.capture, request, "", 0, "", portal, crawl)
        if exchange.failure is None:
            raise ValueError("an exchange without a head needs a failure")
        records.append(side_record("metadata", exchange, ids, failure_block(exchange), "application/warc-fields", True))
        if exchange.interim:
            records.append(side_record("metadata", exchange, ids, b"".join(exchange.interim), "message/http"))
        return Plan(records, main, row)
    head = parse_head(exchange.head)
    length = len(exchange.entity)
    if exchange.held and head.status == 304 and not exchange.failure:
        records += _not_modified(exchange, exchange.held, head, ids, request)
        held = exchange.held
        row = make_row(
            exchange, "revisit-not-modified", head, ids.capture, request, held.payload_digest, held.payload_length,
            held.capture, portal, crawl,
        )  # fmt: skip
        return Plan([*records, *side_records(exchange, ids)], main, row)
    original = known.get(digest) if length and not exchange.failure else None
    if original is not None and original.payload_length == length:
        records.append(identical_record(exchange, original, ids, request, digest, length))
        row = make_row(
            exchange, "revisit-identical", head, ids.capture, request, digest, length, original.capture, portal, crawl
        )
    else:
        records.append(_response(exchange, head, ids, request, digest))
        row = make_row(exchange, "response", head, ids.capture, request, digest, length, "", portal, crawl)
    return Plan([*records, *side_records(exchange, ids)], main, row)


def _response(exchange: Exchange, head: Head, ids: Ids, request: str, digest: str) -> Record:
    block = hashlib.sha256(exchange.head)
    block.update(exchange.raw)
    fields = (
        *response_fields(exchange, request),
        ("WARC-Payload-Digest", digest),
        ("WARC-Block-Digest", "sha256:" + block.hexdigest()),
        (PAYLOAD_LENGTH, "" if exchange.entity is exchange.raw else str(len(exchange.entity))),
        ("WARC-Truncated", exchange.truncated),
    )
    size = len(exchange.head) + len(exchange.raw)
    text = header("response", ids.capture, exchange.at, fields, "application/http;msgtype=response", size)
    encoding = head.first(b"content-encoding").strip().lower()
    return Record(text, (exchange.head, exchange.raw), worth_deflating(head.mime, encoding, exchange.raw))


def identical_record(exchange: Exchange, original: Held, ids: Ids, request: str, digest: str, length: int) -> Record:
    """The `revisit` of a payload of `length` bytes that `original` holds."""
    fields = (
        *response_fields(exchange, request),
        ("WARC-Profile", REVISIT_IDENTICAL),
        *refers_fields(original),
        ("WARC-Payload-Digest", digest),
        ("WARC-Block-Digest", sha256(exchange.head)),
        (PAYLOAD_LENGTH, str(length)),
    )
    kind = "application/http;msgtype=response"
    return Record(header("revisit", ids.capture, exchange.at, fields, kind, len(exchange.head)), (exchange.head,))


def _not_modified(exchange: Exchange, held: Held, head: Head, ids: Ids, request: str) -> list[Record]:
    fields = (
        *response_fields(exchange, request),
        ("WARC-Profile", REVISIT_NOT_MODIFIED),
        *refers_fields(held),
        ("WARC-Payload-Digest", held.payload_digest),
        (PAYLOAD_LENGTH, str(held.payload_length)),
        (PAYLOAD_TYPE, "" if head.mime else held.mime),
    )
    revisit = Record(header("revisit", ids.capture, exchange.at, fields, "application/http;msgtype=response", 0), ())
    wire = exchange.head + exchange.raw
    return [revisit, side_record("resource", exchange, ids, wire, "application/http;msgtype=response")]


def make_row(
    exchange: Exchange,
    kind: CaptureKind,
    head: Head | None,
    capture: str,
    request: str,
    digest: str,
    length: int,
    refers_to: str,
    portal: str,
    crawl: str,
) -> CaptureRow:
    """The index row of an exchange, without its place."""
    mime = head.mime if head else ""
    if not mime and kind == "revisit-not-modified" and exchange.held:
        mime = field_value(exchange.held.mime)
    return CaptureRow(
        id=capture,
        portal=portal,
        crawl=crawl,
        kind=kind,
        method=(request_method(exchange.sent) or "GET") if request or head else exchange.method,
        url=exchange.url,
        surt=surt(exchange.url),
        at=exchange.at,
        status=head.status if head else 0,
        mime=mime,
        payload_digest=digest,
        payload_length=length,
        etag=head.first(b"etag") if head else "",
        last_modified=head.first(b"last-modified") if head else "",
        truncated=exchange.truncated if head else "",
        refers_to=refers_to,
        request=request,
        address=field_value(exchange.peer.address),
        warc="",
        offset=0,
        length=0,
        location=head.location(exchange.url) if head else "",
        error=shown_error(exchange),
    )
