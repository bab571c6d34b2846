"""Takes one exchange from the wire: small bodies are kept, larger ones go straight to a WARC of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from archive.model import Archived, Failure, Held, Peer
from archive.warc.exchange import Exchange
from archive.warc.record import clean_url, now
from config.faults import fault

if TYPE_CHECKING:
    from archive.warc.crawl_writer import CrawlWriter
    from archive.warc.large import LargeBody


class Sink:
    """An `archive.model.ExchangeSink`. `finish` and `fail` return when the exchange is durable and
    journalled; they raise SpoolFull or SpoolFailed when it could not be made so.
    """

    def __init__(self, writer: CrawlWriter, url: str, method: str, held: Held | None, attempt: int) -> None:
        self._writer = writer
        self._exchange = Exchange(url=clean_url(url), method=method[:16], at=now(), held=held, attempt=attempt)
        self._started: datetime | None = None
        self._sent: list[bytes] = []
        self._interim: list[bytes] = []
        self._raw: list[bytes | memoryview] = []
        self._entity: list[bytes | memoryview] = []
        self._framed = False
        self._size = 0
        self._expected = 0
        self._large: LargeBody | None = None

    def connected(self, peer: Peer) -> None:
        self._start()
        self._exchange.peer = peer

    def sent(self, data: bytes) -> None:
        self._start()
        self._sent.append(bytes(data))

    def _start(self) -> None:
        if self._started is None:
            self._started = self._exchange.at = now()

    def interim(self, raw: bytes) -> None:
        self._interim.append(bytes(raw))

    def head(self, raw: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        del status  # read from the head itself, as a reader of the WARC will
        self._exchange.head = bytes(raw)
        for name, value in headers:
            if name.lower() == b"content-length" and value.isdigit() and len(value) < 19:
                self._expected = int(value)

    async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        if self._large is None:
            if raw is not entity and not self._framed:
                self._framed = True
                self._entity = list(self._raw)
            self._raw.append(raw)
            if self._framed:
                self._entity.append(entity)
            self._size += len(raw)
            if self._size > self._writer.large_bytes or self._expected > self._writer.large_bytes:
                await self._to_large()
            return
        await self._large.feed(raw, entity)

    async def _to_large(self) -> None:
        self._gather()
        raw, entity = self._raw, self._entity if self._framed else self._raw
        self._raw, self._entity = [], []
        self._large = self._writer.begin_large(self._exchange)
        if self._framed:
            await self._large.feed(b"".join(raw), b"".join(entity))
        else:
            for piece in raw:
                await self._large.feed(piece, piece)

    def _gather(self) -> None:
        self._exchange.sent = b"".join(self._sent)
        self._exchange.interim = tuple(self._interim)

    async def finish(self) -> Archived:
        return await self._end(None)

    async def fail(self, failure: Failure) -> Archived:
        return await self._end(failure)

    async def _end(self, failure: Failure | None) -> Archived:
        self._exchange.failure = failure
        fault("exchange.received")
        if self._large is not None:
            return await self._large.end(failure)
        self._gather()
        self._exchange.raw = b"".join(self._raw)
        self._exchange.entity = b"".join(self._entity) if self._framed else self._exchange.raw
        self._raw, self._entity = [], []
        return await self._writer.archive(self._exchange)
