"""Through the real archive writer and back: the records' blocks are the bytes that crossed the wire."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from archive.model import SealedWarc
from archive.warc.crawl_writer import CrawlWriter
from archive.warc.index import scan
from archive.warc.reader import WarcReader
from crawler.capture.client import WireClient
from crawler.capture.policy import NetworkPolicy
from crawler.capture.wire import ExchangeFailed, WireRequest
from tests.hostile.wire_server import WireServer
from tests.unit.crawler.capture.test_wire_oddities import LIMITS, ODDITIES, UNREADABLE, Odd

APART = {"early hints", "100 continue", "empty lines first"}
"""Heads and lines before the answer: kept beside it, not in its block."""


async def archive(server: WireServer, odd: Odd, spool: Path) -> list[SealedWarc]:
    writer = CrawlWriter(spool, portal="p", crawl="c", info={"software": "test"}, known=lambda _: {})
    client = WireClient(NetworkPolicy(lambda _: True))
    url = server.on("/odd", odd.given)
    with suppress(ExchangeFailed):
        await client.exchange(WireRequest(url, odd.method, (), odd.body), writer.begin(url, odd.method), LIMITS)
    await client.close()
    sealed = await writer.seal()
    await writer.close()
    return list(sealed)


@pytest.mark.parametrize("name", ODDITIES)
def test_blocks_are_the_wire(name: str, tmp_path: Path) -> None:
    odd = ODDITIES[name]
    with WireServer() as server:
        (warc,) = asyncio.run(archive(server, odd, tmp_path))
    (exchange,) = server.exchanges
    blocks: dict[str, bytes] = {}
    with warc.path.open("rb") as file:
        for record in WarcReader(file):
            blocks[record.headers.type] = record.block.read()
    answer = exchange.sent.removesuffix(UNREADABLE.get(exchange.sent, b"") or odd.excess)
    if name in APART:
        answer = answer[answer.index(b"HTTP/1.1 200") :]
    assert blocks["request"] == exchange.received
    assert blocks["response"] == answer
    with warc.path.open("rb") as file:
        found = scan(file, warc.key)
    assert found.problems == []
    assert tuple(found.captures) == warc.captures
