"""WARCs of pages that were visited at times of our choosing, and a browser's connection to a proxy that replays them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.ids import uuid7
from archive.warc.member import RECORD_END, deflated
from archive.warc.record import header, sha256, urn, warc_fields
from crawler.replay.files import FileShelf
from crawler.replay.proxy import ReplayingProxy
from crawler.replay.viewer import page_of
from tests.unit.crawler.browser.test_proxy import Client

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGE = "https://a.example/"


@dataclass(frozen=True)
class Seen:
    """One exchange of a crawl; `after` seconds behind NOON."""

    url: str = PAGE
    body: bytes = b""
    after: float = 0.0
    crawl: str = "first"
    method: str = "GET"
    sent: bytes = b""
    status: int = 200
    headers: tuple[str, ...] = ("Content-Type: text/html",)
    truncated: str = ""
    failed: str = ""

    @property
    def at(self) -> datetime:
        return NOON + timedelta(seconds=self.after)


def record(kind: str, ident: str, at: datetime, fields: Iterable[tuple[str, str]], block: bytes, mime: str) -> bytes:
    return deflated((header(kind, ident, at, fields, mime, len(block)), block, RECORD_END))


def write(path: Path, exchanges: Iterable[Seen]) -> Path:
    """One WARC of them all, in this order."""
    out, crawl = [], None
    for one in exchanges:
        if one.crawl != crawl:
            crawl = one.crawl
            fields = warc_fields((("portal", "a"), ("crawl", crawl)))
            out.append(record("warcinfo", uuid7(), one.at, (), fields, "application/warc-fields"))
        request, answer = uuid7(), uuid7()
        asks = f"{one.method} / HTTP/1.1\r\nUser-Agent: reader/1\r\n\r\n".encode() + one.sent
        linked = [("WARC-Target-URI", one.url), ("WARC-Concurrent-To", urn(answer))]
        out.append(record("request", request, one.at, linked, asks, "application/http;msgtype=request"))
        linked = [("WARC-Target-URI", one.url), ("WARC-Concurrent-To", urn(request))]
        if one.failed:
            block = warc_fields((("method", one.method), ("stage", "connect"), ("error", one.failed)))
            linked = linked[:1]
            out.append(record("metadata", answer, one.at, linked, block, "application/warc-fields"))
            continue
        head = "\r\n".join([f"HTTP/1.1 {one.status} Said", *one.headers, "", ""]).encode("latin-1")
        linked += [("WARC-Payload-Digest", sha256(one.body)), ("WARC-Truncated", one.truncated)]
        out.append(record("response", answer, one.at, linked, head + one.body, "application/http;msgtype=response"))
    path.write_bytes(b"".join(out))
    return path


@asynccontextmanager
async def asking(shelf: FileShelf, url: str = PAGE, at: datetime | None = None) -> AsyncIterator[Asking]:
    """A browser's connection to a proxy that replays the page at `url`."""
    async with connected(ReplayingProxy(shelf, page_of(shelf, url, at))) as browser:
        yield browser


@asynccontextmanager
async def connected(proxy: ReplayingProxy) -> AsyncIterator[Asking]:
    """A browser's connection to `proxy`, which is closed in the end."""
    await proxy.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Asking(proxy, Client(proxy, reader, writer))  # type: ignore[arg-type]
    finally:
        writer.close()
        await proxy.close()


@dataclass
class Asking:
    proxy: ReplayingProxy
    client: Client

    async def get(self, url: str, *lines: str, method: str = "GET", body: bytes = b"") -> Got:
        """What the proxy answers; https as plain text, for TLS is tried elsewhere."""
        if body:
            lines = (*lines, f"Content-Length: {len(body)}")
        wanted = [f"{method} {url} HTTP/1.1", self.client.login, *lines]
        if method == "HEAD":
            self.client.writer.write("\r\n".join([*wanted, "", ""]).encode())
            head, given = await self.client.reader.readuntil(b"\r\n\r\n"), b""
        else:
            head, given = await self.client.send(*wanted, body=body)
        first, *rest = head.decode("latin-1").strip().split("\r\n")
        return Got(int(first.split(" ")[1]), [tuple(line.split(": ", 1)) for line in rest], given)  # type: ignore[misc]


@dataclass
class Got:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def fit(self) -> str:
        return self["Recordwatch-Replay"]
