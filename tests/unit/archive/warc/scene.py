"""Exchanges to be archived, and a crawl writer around them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from archive.model import Archived, Failure, Held, Peer, SealedWarc
from archive.warc.crawl_writer import CrawlWriter
from archive.warc.head import Dechunker
from archive.warc.reader import WarcReader

CRAWL = "019aaaaa-1234-7abc-8def-0123456789ab"
INFO = {"software": "recordwatch/0.1", "operator": "Test Desk", "robots": "obey", "configuration": "sha256:00"}
TLS = Peer("192.0.2.7", ("http/1.1", "tls/1.3"), "TLS_AES_128_GCM_SHA256")
REQUEST = b"GET /case HTTP/1.1\r\nHost: portal.example\r\nAccept: */*\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"

T = TypeVar("T")


@dataclass
class Wire:
    """One exchange as the wire client would hand it over."""

    url: str = "https://portal.example/case"
    head: bytes = HEAD
    body: bytes = b""
    request: bytes = REQUEST
    interim: tuple[bytes, ...] = ()
    peer: Peer | None = field(default_factory=lambda: TLS)
    held: Held | None = None
    failure: Failure | None = None
    chunked: bool = False
    piece: int = 65536
    method: str = "GET"

    async def play(self, writer: CrawlWriter) -> Archived:
        sink = writer.begin(self.url, self.method, held=self.held)
        if self.peer:
            sink.connected(self.peer)
        if self.request:
            sink.sent(self.request)
        for head in self.interim:
            sink.interim(head)
        if self.head:
            lines = [line.partition(b":") for line in self.head.split(b"\r\n")[1:] if b":" in line]
            sink.head(self.head, 0, [(name, value.strip()) for name, _, value in lines])
        dechunker = Dechunker()
        for at in range(0, len(self.body), self.piece):
            raw = self.body[at : at + self.piece]
            await sink.data(raw, dechunker.feed(raw) if self.chunked else raw)
        return await (sink.fail(self.failure) if self.failure else sink.finish())


def chunks(*pieces: bytes, trailer: bytes = b"") -> bytes:
    """A chunked body."""
    return b"".join(b"%x;ext=1\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n" + trailer + b"\r\n"


def crawl(spool: Path, play: Callable[[CrawlWriter], Awaitable[T]], **options: object) -> T:
    """Runs `play` with a writer in `spool` and closes it."""

    async def run() -> T:
        writer = make_writer(spool, **options)
        try:
            return await play(writer)
        finally:
            await writer.close()

    return asyncio.run(run())


def make_writer(spool: Path, **options: object) -> CrawlWriter:
    """A writer for the portal `copa` whose catalog holds nothing, unless `known` says otherwise."""
    settings: dict[str, object] = {"portal": "copa", "crawl": CRAWL, "info": INFO, "known": lambda digests: {}}
    return CrawlWriter(spool, **(settings | options))  # type: ignore[arg-type]


def archive(spool: Path, wires: Iterable[Wire], **options: object) -> tuple[list[Archived], list[SealedWarc]]:
    """Archives exchanges one after the other and seals."""

    async def play(writer: CrawlWriter) -> tuple[list[Archived], list[SealedWarc]]:
        answers = [await wire.play(writer) for wire in wires]
        return answers, await writer.seal()

    return crawl(spool, play, **options)


def records(path: Path) -> list[tuple[str, object, bytes]]:
    """(type, headers, block) of every record; fails on any damage."""
    with path.open("rb") as file:
        reader = WarcReader(file)
        out = [(record.headers.type, record.headers, record.block.read()) for record in reader]
    assert not reader.problems
    return out
