"""A body too large for memory: streamed straight into a WARC of its own, by a thread of its own.

The member's header is filled in at the end, when the digests are known, so the body is written once.
Known bytes become a revisit in the crawl's open WARC, and the file goes away.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive.model import Archived, Failure
from archive.warc.channel import Channel
from archive.warc.exchange import (
    Exchange,
    Plan,
    Record,
    failure_block,
    identical_record,
    make_row,
    request_record,
    response_fields,
    side_record,
)
from archive.warc.head import parse_head
from archive.warc.large_member import LargeMember, prefix_size
from archive.warc.open_file import OpenWarc
from archive.warc.record import Ids, field_value
from archive.warc.spool_errors import spool_error
from config.errors import RecordwatchError
from config.faults import fault

if TYPE_CHECKING:
    from archive.warc.crawl_writer import CrawlWriter

QUEUE_BYTES = 8 << 20

_HASH = ThreadPoolExecutor(2, "warc-hash")


@dataclass(frozen=True, slots=True)
class _Piece:
    raw: bytes | memoryview
    entity: bytes | memoryview


@dataclass(frozen=True, slots=True)
class _End:
    failure: Failure | None


class LargeBody:
    """One exchange with a large body. `feed`, `end` and `abandon` are called on the loop."""

    def __init__(
        self, writer: CrawlWriter, exchange: Exchange, info: Mapping[str, str], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._writer = writer
        self._exchange = exchange
        self._info = info
        self._loop = loop
        self._channel: Channel[_Piece | _End] = Channel(QUEUE_BYTES)
        self._done: asyncio.Future[Archived] = loop.create_future()
        self._error: Exception | None = None
        self._ended = False
        self._last: _End | None = None
        self._thread = threading.Thread(target=self._run, name="warc-large", daemon=True)
        self._thread.start()

    async def feed(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        """Body bytes; waits when the disk is behind. Raises SpoolFull as soon as the disk is full."""
        if self._error is not None:
            raise self._error
        await self._channel.put(_Piece(raw, entity), max(len(raw), 1))

    async def end(self, failure: Failure | None) -> Archived:
        """Finishes the record; returns when it is durable, sealed and handed over."""
        self._ended = True
        await self._channel.put(_End(failure), 0)
        try:
            return await asyncio.shield(self._done)
        finally:
            self._writer.end_large(self)

    async def abandon(self) -> None:
        """The writer closes: what came so far is kept as a truncated capture."""
        with contextlib.suppress(RecordwatchError):
            if self._ended:
                await self._done
            else:
                await self.end(Failure("closed", "The crawl ended before the body did", True, "unspecified"))

    def _run(self) -> None:
        result: Archived | None = None
        try:
            result = self._write()
        except OSError as error:
            self._error = spool_error(error, self._writer.folder)
        except Exception as error:
            self._error = error
        if self._error is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._channel.open_wide)
            while self._last is None:
                self._take()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._answer, result)

    def _answer(self, result: Archived | None) -> None:
        if self._done.done():
            return
        if result is not None:
            self._done.set_result(result)
        else:
            self._done.set_exception(self._error or RuntimeError("a large body's thread ended early"))
            self._done.exception()  # seen: a caller that raised from `feed` may never await `end`

    def _take(self) -> list[_Piece]:
        items = self._channel.take(64)
        pieces = [item for item in items if isinstance(item, _Piece)]
        for item in items:
            if isinstance(item, _End):
                self._last = item
        return pieces

    def _release(self, pieces: list[_Piece]) -> None:
        size = sum(max(len(piece.raw), 1) for piece in pieces)
        if size:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._channel.release, size)

    def _write(self) -> Archived:
        writer, exchange = self._writer, self._exchange
        warc = OpenWarc(writer.folder, writer.next_name(), writer.portal, writer.crawl, self._info)
        try:
            return self._write_to(warc, exchange)
        except BaseException:
            warc.discard()
            raise

    def _write_to(self, warc: OpenWarc, exchange: Exchange) -> Archived:
        writer = self._writer
        ids = Ids()
        request = ids.another() if exchange.sent else ""
        before = [request_record(exchange, ids, request)] if request else []
        if exchange.interim:
            before.append(side_record("metadata", exchange, ids, b"".join(exchange.interim), "message/http"))
        head = parse_head(exchange.head)
        row = make_row(
            exchange, "response", head, ids.capture, request, "", 0, "", writer.portal, writer.crawl
        )  # fmt: skip
        fields = response_fields(exchange, request)
        start = warc.begin_large(before, prefix_size(ids.capture, exchange.at, fields), exchange.head, fields, row)
        member = LargeMember(warc.fd, start, prefix_size(ids.capture, exchange.at, fields))
        block, payload = hashlib.sha256(exchange.head), hashlib.sha256()
        member.write(exchange.head)
        entity_length = raw_length = 0
        framed = False
        while self._last is None:
            pieces = self._take()
            # Two digests of the same bytes: side by side they take the time of one.
            hashed = _HASH.submit(_update, payload, [piece.entity for piece in pieces])
            for piece in pieces:
                block.update(piece.raw)
                raw_length += len(piece.raw)
                entity_length += len(piece.entity)
                framed = framed or piece.raw is not piece.entity
                member.write(piece.raw)
            hashed.result()
            fault("warc.large.midway")
            self._release(pieces)
        exchange.failure = self._last.failure
        digest = "sha256:" + payload.hexdigest()
        original = None if exchange.failure else writer.original_of(digest, entity_length)
        if original is not None and entity_length:
            row = replace(row, kind="revisit-identical", payload_digest=digest, payload_length=entity_length, refers_to=original.capture)  # fmt: skip
            revisit = identical_record(exchange, original, ids, request, digest, entity_length)
            row = writer.append(Plan([*before, revisit], len(before), row))
            warc.discard()
            return Archived.of(row)
        row = replace(
            row,
            payload_digest=digest,
            payload_length=entity_length,
            truncated=exchange.truncated,
            error=field_value(exchange.failure.error) if exchange.failure else "",
        )
        after: list[Record] = []
        if exchange.failure:
            after = [side_record("metadata", exchange, ids, failure_block(exchange), "application/warc-fields")]
        header = member.header(
            ids.capture, exchange.at, fields, digest, "sha256:" + block.hexdigest(), entity_length if framed else None, exchange.truncated
        )  # fmt: skip
        length = member.finish(header)
        row = warc.end_large(row, start, length, after)
        sealed = warc.seal()
        assert sealed is not None
        writer.durable(row)
        writer.sealed(sealed)
        return Archived.of(row)


def _update(digest: hashlib._Hash, pieces: Sequence[bytes | memoryview]) -> None:
    for piece in pieces:
        digest.update(piece)
