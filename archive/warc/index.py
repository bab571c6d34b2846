"""Index rows from a WARC: what the writer noted while archiving, found again by reading the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, BinaryIO

import msgspec

from archive.model import CaptureKind, CaptureRow, DerivedRow
from archive.warc.head import Head, parse_head, request_method
from archive.warc.parts import PARTS, PARTS_TYPE, PartMissing, manifest_row, read_manifest
from archive.warc.reader import Problem, WarcReader, WarcRecord, read_head, response_parts
from archive.warc.record import DEPOSIT, ENGINE, PAGE, PAYLOAD_LENGTH, PAYLOAD_TYPE, bare_id, parse_date, sha256
from archive.warc.source import Damage
from archive.warc.surt import surt

Rows = tuple[list[CaptureRow], list[DerivedRow]]
_SMALL = 1 << 20
_NOT_LISTED = frozenset({"failed", "assembled"})


@dataclass(slots=True)
class Found:
    """Everything a pass over a WARC found."""

    captures: list[CaptureRow]
    derived: list[DerivedRow]
    problems: list[Problem]
    requests: dict[str, int]
    """Capture id → offset of the member of its request record."""


def rows(stream: BinaryIO, key: str) -> Rows:
    """Captures and derived records of the WARC in `stream`, in file order; `key` is its store key.

    Equal to the rows that `CrawlWriter` made. What is torn or damaged is left out: `scan` names it.
    """
    found = scan(stream, key)
    return found.captures, found.derived


def scan(stream: BinaryIO, key: str) -> Found:
    """As `rows`, with what was wrong in the file."""
    reader = WarcReader(stream)
    indexer = _Indexer(key)
    previous: WarcRecord | None = None
    for record in reader:
        if previous is not None:
            indexer.place(previous)
        try:
            indexer.take(record)
        except Damage as damage:
            reader.problems.append(Problem(damage.what, record.offset, record.headers.id))
            break
        previous = record
    if previous is not None and previous.length:
        indexer.place(previous)
    captures, derived = indexer.rows()
    return Found(captures, derived, reader.problems, indexer.requests)


class _Indexer:
    def __init__(self, key: str) -> None:
        self._key = key
        self._portal = ""
        self._crawl = ""
        self._captures: dict[str, CaptureRow] = {}
        self._derived: dict[str, DerivedRow] = {}
        self._methods: dict[str, tuple[str, str]] = {}
        self.requests: dict[str, int] = {}
        self._errors: dict[str, str] = {}
        self._lengths: dict[str, int] = {}
        self._not_modified: dict[str, Head] = {}

    def place(self, record: WarcRecord) -> None:
        """The reader has gone on: the record's length is known, it is whole."""
        self._lengths[record.headers.id] = record.length

    def take(self, record: WarcRecord) -> None:
        kind = record.headers.type
        concurrent = [bare_id(value) for value in record.headers.all("WARC-Concurrent-To")]
        if kind == "warcinfo":
            fields = _fields(record.block.read(_SMALL))
            self._portal, self._crawl = fields.get("portal", ""), fields.get("crawl", "")
        elif kind == "request":
            for capture in concurrent:
                self.requests[capture] = record.offset
                self._methods[capture] = record.headers.id, request_method(record.block.read(256))
        elif kind in {"response", "revisit"}:
            self._capture(record, kind)
        elif kind == "resource" and record.headers.url.startswith(DEPOSIT):
            digest = record.headers.get("WARC-Payload-Digest")
            self._add(record, "deposit", None, digest, record.headers.content_length)
        elif kind == "resource" and _lists_parts(record):
            self._assembled(record)
        elif kind == "resource" and concurrent:
            raw_head, _ = read_head(record.block)
            self._not_modified[concurrent[0]] = parse_head(raw_head)
        elif kind in {"metadata", "conversion"}:
            self._metadata(record, kind, concurrent)

    def _capture(self, record: WarcRecord, kind: str) -> None:
        if not record.headers.get("Content-Type").replace(" ", "").lower().startswith("application/http"):
            return
        profile = record.headers.get("WARC-Profile")
        what: CaptureKind = "response"
        if kind == "revisit":
            what = "revisit-not-modified" if "server-not-modified" in profile else "revisit-identical"
        parts = response_parts(record)
        digest = record.headers.get("WARC-Payload-Digest")
        length = _number(record.headers.get(PAYLOAD_LENGTH))
        if length < 0 and not parts.head.chunked and kind == "response":
            length = max(record.headers.content_length - len(parts.raw_head), 0)
        elif (length < 0 or not digest) and kind == "response":
            body = parts.body.read()
            length, digest = len(body), digest or sha256(body)
        self._add(record, what, parts.head, digest, max(length, 0))

    def _assembled(self, record: WarcRecord) -> None:
        try:
            manifest = read_manifest(record.block)
        except PartMissing:
            return  # nothing that stands for a file: no row
        headers = record.headers
        row = manifest_row(manifest, headers.id, _date(headers.get("WARC-Date")), self._portal, self._crawl)
        self._captures[headers.id] = replace(row, warc=self._key, offset=record.offset)

    def _add(self, record: WarcRecord, kind: CaptureKind, head: Head | None, digest: str, length: int) -> None:
        headers = record.headers
        url = headers.url
        self._captures[headers.id] = CaptureRow(
            id=headers.id,
            portal=self._portal,
            crawl=self._crawl,
            kind=kind,
            method="" if kind == "deposit" else "GET",
            url=url,
            surt=surt(url),
            at=_date(headers.get("WARC-Date")),
            status=head.status if head else 0,
            mime=headers.get("Content-Type")
            if kind == "deposit"
            else (head.mime if head else "") or headers.get(PAYLOAD_TYPE),
            payload_digest=digest,
            payload_length=length,
            etag=head.first(b"etag") if head else "",
            last_modified=head.first(b"last-modified") if head else "",
            truncated=headers.get("WARC-Truncated") if head else "",
            refers_to=bare_id(headers.get("WARC-Refers-To")),
            request="",
            address=headers.get("WARC-IP-Address"),
            warc=self._key,
            offset=record.offset,
            length=0,
            location=head.location(url) if head else "",
        )

    def _metadata(self, record: WarcRecord, kind: str, concurrent: list[str]) -> None:
        headers = record.headers
        refers_to = headers.get("WARC-Refers-To")
        if refers_to and not concurrent:
            self._derived[headers.id] = DerivedRow(
                id=headers.id,
                portal=self._portal,
                crawl=self._crawl,
                capture=bare_id(refers_to),
                kind="conversion" if kind == "conversion" else "metadata",
                mime=headers.get("Content-Type"),
                engine=headers.get(ENGINE),
                at=_date(headers.get("WARC-Date")),
                warc=self._key,
                offset=record.offset,
                length=0,
                page=max(_number(headers.get(PAGE)), 0),
            )
        elif headers.get("Content-Type") == "application/warc-fields":
            fields = _fields(record.block.read(_SMALL))
            if concurrent:
                self._errors[concurrent[0]] = fields.get("error", "")
            elif "stage" in fields:
                self._add(record, "failed", None, "", 0)
                self._errors[headers.id] = fields.get("error", "")
                self._methods.setdefault(headers.id, ("", fields.get("method", "")))

    def rows(self) -> Rows:
        captures = []
        for row in self._captures.values():
            if row.id not in self._lengths:
                continue
            request, method = self._methods.get(row.id, ("", ""))
            more: dict[str, Any] = {}
            head = self._not_modified.get(row.id)
            if head is not None and row.kind == "revisit-not-modified":
                more = {
                    "status": head.status,
                    "mime": head.mime or row.mime,
                    "etag": head.first(b"etag"),
                    "last_modified": head.first(b"last-modified"),
                }
            captures.append(
                replace(
                    row,
                    request=request,
                    method=method or row.method,
                    error=self._errors.get(row.id, ""),
                    length=self._lengths[row.id],
                    **more,
                )
            )
        derived = [
            replace(row, length=self._lengths[row.id]) for row in self._derived.values() if row.id in self._lengths
        ]
        return captures, derived


def _lists_parts(record: WarcRecord) -> bool:
    return record.headers.get("Content-Type") == PARTS_TYPE and record.headers.url.startswith(PARTS)


def _fields(block: bytes) -> dict[str, str]:
    out: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            out.setdefault(name.strip().lower(), value.strip(" \t"))
    return out


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1


def _date(text: str) -> datetime:
    try:
        return parse_date(text)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def cdxj(row: CaptureRow) -> str:
    """One CDXJ line, without line end: `<surt> <14-digit time> <JSON>`; the digest has its algorithm.

    Lines are sorted bytewise. Failed exchanges have no line in a CDX index, nor have lists of parts, which other
    tools would show in place of the file: ValueError.
    """
    if row.kind in _NOT_LISTED:
        raise ValueError(f"a capture of the kind {row.kind!r} is not part of a CDX index")
    fields = {
        "url": row.url,
        "mime": "warc/revisit" if row.kind.startswith("revisit") else row.mime or "unk",
        "status": str(row.status or "-"),
        "digest": row.payload_digest,
        "length": str(row.length),
        "offset": str(row.offset),
        "filename": row.warc.rpartition("/")[2],
    }
    return f"{row.surt} {row.at:%Y%m%d%H%M%S} {msgspec.json.encode(fields).decode()}"


def cdxj_lines(captures: list[CaptureRow]) -> list[str]:
    """The sorted CDXJ index of `captures`, without those that have no line."""
    return sorted((cdxj(row) for row in captures if row.kind not in _NOT_LISTED), key=str.encode)
