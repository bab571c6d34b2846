"""Records made from a capture, and facts of the crawl, before they have a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archive.ids import uuid7
from archive.model import DerivedRow
from archive.warc.exchange import Record
from archive.warc.record import ENGINE, PAGE, clean_url, field_value, header, now, sha256, urn


@dataclass(frozen=True, slots=True)
class Made:
    """A record to be written; `row` is None for a `resource`, which no index lists."""

    record: Record
    ident: str
    digest: str
    row: DerivedRow | None = None


def derived(
    kind: Literal["metadata", "conversion"],
    portal: str,
    crawl: str,
    capture: str,
    url: str,
    payload: bytes,
    mime: str,
    engine: str,
    page: int = 0,
) -> Made:
    """What was extracted from a capture (`metadata`), or its text (`conversion`); of a page of it, from 1, or all."""
    at, ident = now(), uuid7()
    mime, engine = field_value(mime)[:255], field_value(engine)[:64]
    fields = (
        ("WARC-Target-URI", clean_url(url)), ("WARC-Refers-To", urn(capture)), (ENGINE, engine),
        (PAGE, str(page) if page else ""),
    )  # fmt: skip
    row = DerivedRow(ident, portal, crawl, capture, kind, mime, engine, at, "", 0, 0, page)
    return _made(kind, ident, at, fields, payload, mime, row)


def resource(uri: str, payload: bytes, mime: str, engine: str = "") -> Made:
    """A fact of the crawl, made by `engine`."""
    fields = (("WARC-Target-URI", clean_url(uri)), (ENGINE, field_value(engine)[:64]))
    return _made("resource", uuid7(), now(), fields, payload, mime, None)


def _made(
    kind: str,
    ident: str,
    at: datetime,
    fields: Sequence[tuple[str, str]],
    payload: bytes,
    mime: str,
    row: DerivedRow | None,
) -> Made:
    digest = sha256(payload)
    text = header(kind, ident, at, (*fields, ("WARC-Block-Digest", digest)), mime, len(payload))
    return Made(Record(text, (payload,)), ident, digest, row)
