"""What a capture holds, read from its WARC record: heads as they were archived, fixity, the words of a page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from archive.catalog.models import Capture, Derived
from archive.holdings import Holdings, NotHeld
from archive.unreadable import Errors
from archive.warc.fixity import verify_record
from archive.warc.head import parse_head
from archive.warc.parts import digest_of
from archive.warc.reader import WarcReader, WarcRecord, read_head, read_member
from config.errors import RecordwatchError
from releases.access import without_names
from releases.alerts.wording import clean, web_link
from releases.diff.entity import CannotUnpack, open_body
from releases.diff.markup import Table, read_page

HEADERS = 80
"""Header lines shown of one head."""
MOST_CHECKED = 512 * 1024**2
"""Bytes that a page re-reads and re-hashes; larger ones are for `recordwatch verify --full`."""
_PAGE = 4 * 1024**2
"""Bytes of a page that are looked at."""
_WORDS = 24_000
"""Characters of its text that are shown."""
_LINKS = 60
_BESIDE = 1024**2
"""Bytes before a record in which its request is looked for."""
EXTRACTED = "application/vnd.recordwatch.extracted+json"
_LARGEST = 4 * 1024**2
_HEAD = 64 * 1024
"""Bytes behind it in which the head of a 304 is looked for."""
Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Heads:
    """Both heads of an exchange, and the header of the WARC record itself. Secrets are masked as they were archived."""

    first: str = ""
    """`HTTP/1.1 200 OK`"""
    answer: Lines = ()
    asked: str = ""
    """`GET /cases/ HTTP/1.1`"""
    request: Lines = ()
    warc: Lines = ()
    trouble: str = ""
    """Why they cannot be read now: one sentence."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the record still says what its digests say."""

    good: bool
    said: tuple[str, ...]
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Words:
    """A page as text."""

    title: str
    text: str
    links: tuple[tuple[str, str], ...]
    """(its words, its http(s) address, shown as text)"""
    cut: bool


def heads(holdings: Holdings, row: Capture) -> Heads:
    """Read from the archive; never raises for what is damaged."""
    start = _exchange_start(row)
    try:
        with holdings.store.open(row.warc, start, row.offset + row.length + _HEAD - start) as stream:
            return _heads(WarcReader(stream, offset=start), row.id)
    except (*Errors, OSError):
        return Heads(trouble=_("They cannot be read now."))


def _exchange_start(row: Capture) -> int:
    """Where its request lies: right behind what was written before this exchange."""
    before = {"warc": row.warc, "offset__lt": row.offset}
    ends = [
        offset + length
        for table in (Capture, Derived)
        for offset, length in table.objects.filter(**before).order_by("-offset").values_list("offset", "length")[:1]
    ]
    start = max((end for end in ends if end <= row.offset), default=0)
    return start if row.offset - start <= _BESIDE else row.offset


def _heads(reader: WarcReader, ident: str) -> Heads:
    made: dict[str, Any] = {}
    for record in reader:
        beside = ident in {_bare(value) for value in record.headers.all("WARC-Concurrent-To")}
        if beside and record.headers.type == "request":
            made["asked"], made["request"] = _lines(record)
        if beside and "warc" in made and record.headers.type == "resource":
            made["first"], made["answer"] = _lines(record)  # of a 304, whose revisit record has no block
        if "warc" in made:
            break
        if record.headers.id != ident:
            continue
        made["warc"] = tuple((clean(name, 80), clean(value, 1000)) for name, value in record.headers.pairs)
        if record.headers.get("Content-Type").lower().startswith("application/http"):
            made["first"], made["answer"] = _lines(record)
        if made.get("first"):
            break
    return Heads(**made)


def _lines(record: WarcRecord) -> tuple[str, Lines]:
    raw, _ = read_head(record.block)
    first = clean(raw.split(b"\n", 1)[0].decode("latin-1"), 1000)
    head = parse_head(raw)
    headers = [(clean(_text(name), 200), clean(_text(value), 2000)) for name, value in head.headers[:HEADERS]]
    return first, tuple(headers)


def _text(value: bytes | str) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bare(value: str) -> str:
    return value.strip().strip("<>").removeprefix("urn:uuid:")


def extracted_keys(holdings: Holdings, rows: Sequence[Derived]) -> list[str]:
    """Keys of the records that were read from a page, from what was written down beside it."""
    keys: list[str] = []
    for row in rows:
        try:
            with holdings.store.open(row.warc, row.offset, row.length) as stream:
                said = msgspec.json.decode(read_member(stream).block.read(_LARGEST))
            keys.append(str(said["record"]["key"]))
        except (*Errors, OSError, msgspec.DecodeError, KeyError, TypeError):
            continue
    return keys


def check(holdings: Holdings, row: Capture) -> Checked:
    """Read it whole and hash it again, now. For at most MOST_CHECKED bytes."""
    began = time.monotonic()
    if max(row.length, row.payload_length) > MOST_CHECKED:
        return Checked(
            good=False,
            said=("it is too large to be checked while you wait: `recordwatch verify --full`",),
            bytes=0,
            seconds=0,
        )
    try:
        if row.kind == "assembled":
            manifest = holdings.manifest(holdings.place(row.id))
            found = digest_of(manifest.parts, lambda part: holdings.open_at(holdings.place(part)))
            said = [] if found == row.payload_digest else [f"put together it has the digest {found}"]
        else:
            with holdings.store.open(row.warc, row.offset, row.length) as stream:
                record = read_member(stream)
                said = [problem.what for problem in verify_record(record)]
                if record.headers.id != row.id:
                    said.append("another record lies at its place")
                stored = record.headers.get("WARC-Payload-Digest")
                if (
                    stored
                    and row.payload_digest
                    and not row.kind.startswith("revisit")
                    and stored != row.payload_digest
                ):
                    said.append("its digest is not the catalog's")
    except (*Errors, NotHeld, OSError) as error:
        said = [error.what if isinstance(error, RecordwatchError) else str(error)]
    return Checked(not said, tuple(said), max(row.length, row.payload_length), time.monotonic() - began)


def words(holdings: Holdings, row: Capture) -> Words | None:
    """The page's title, text and links as text: never its markup. None of what is no page, or cannot be read."""
    try:
        with open_body(holdings, row.id) as body:
            data = body.unpacked(_PAGE)
            page = read_page(data, body.charset)
    except (*Errors, CannotUnpack, NotHeld, OSError):
        return None
    lines: list[str] = []
    length = 0
    for item in page.items:
        for line in item.lines() if isinstance(item, Table) else (item.text,):
            lines.append(line)
            length += len(line) + 1
        if length > _WORDS:
            break
    text = without_names("\n".join(lines))
    links = [(clean(link.text, 160), web_link(link.url) or clean(link.url, 400)) for link, _ in page.links[:_LINKS]]
    return Words(
        without_names(clean(page.title, 300)), text[:_WORDS], without_names(_named(links)),
        cut=length > _WORDS or len(data) >= _PAGE,
    )  # fmt: skip


def _named(links: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys(links))
