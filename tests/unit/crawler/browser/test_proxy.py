"""The recording proxy by hand: who may use it, what it passes on, what it keeps to itself."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from archive.model import Archived, Peer
from archive.warc.record import now
from config.portal import Limits
from crawler.capture.browser.loopback import GREETING
from crawler.capture.browser.proxy import RecordingProxy
from crawler.capture.browser.visit import Visit
from crawler.capture.fetch import Fetch, Fetched
from crawler.capture.robots import RobotsRefused


class Door:
    """Answers every request with what it was asked, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[Fetch] = []
        self.headers: tuple[tuple[bytes, bytes], ...] = (
            (b"Content-Type", b"text/plain"),
            (b"Transfer-Encoding", b"chunked"),
        )
        self.status = 200
        self.body = b"\x1f\x8b whatever it is\r\n\0"
        self.refuses: Exception | None = None

    async def fetch(self, fetch: Fetch) -> Fetched:
        self.asked.append(fetch)
        if self.refuses is not None:
            raise self.refuses
        archived = Archived("c", now(), fetch.url, self.status, "", len(self.body), self.body)
        return Fetched(fetch.url, self.status, self.headers, self.body, archived, Peer(), [archived])


class Client:
    """A browser's connection."""

    def __init__(self, proxy: RecordingProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        login = base64.b64encode(f"{proxy.user}:{proxy.secret}".encode()).decode()
        self.login = f"Proxy-Authorization: Basic {login}"

    async def send(self, *lines: str, body: bytes = b"") -> tuple[bytes, bytes]:
        """Head and body of the answer."""
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
        return head, await self.reader.readexactly(length)


@asynccontextmanager
async def talking(limits: Limits | None = None) -> AsyncIterator[tuple[Door, RecordingProxy, Client]]:
    door = Door()
    proxy = RecordingProxy(door, limits or Limits())
    await proxy.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield door, proxy, Client(proxy, reader, writer)
    finally:
        writer.close()
        await proxy.close()


def awaited(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    def run() -> None:
        asyncio.run(test())

    run.__name__ = test.__name__
    return run


@awaited
async def test_nobody_without_the_secret_gets_through():
    async with talking() as (door, proxy, client):
        proxy.enter("https://a.example/")
        head, _ = await client.send("GET http://a.example/ HTTP/1.1", "Host: a.example")
        assert head.startswith(b"HTTP/1.1 407")
        head, _ = await client.send("CONNECT update.example:443 HTTP/1.1", "Host: update.example:443")
        assert head.startswith(b"HTTP/1.1 407")
        head, _ = await client.send("GET http://a.example/ HTTP/1.1", "Proxy-Authorization: Basic eDp5")
        assert head.startswith(b"HTTP/1.1 407")
        assert door.asked == []
        assert dict(proxy.refused) == {"a.example": 2, "update.example": 1}


@awaited
async def test_between_pages_nothing_gets_through():
    async with talking() as (door, _, client):
        assert (await client.send(f"GET {GREETING} HTTP/1.1", client.login))[0].startswith(b"HTTP/1.1 204")
        assert (await client.send("GET http://a.example/ HTTP/1.1", client.login))[0].startswith(b"HTTP/1.1 502")
        assert door.asked == []


@awaited
async def test_request_and_answer_pass_as_they_are():
    async with talking() as (door, proxy, client):
        proxy.enter("http://a.example/")
        door.headers = (*door.headers, (b"Set-Cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"X-Odd", b"\xff"))
        head, body = await client.send(
            "POST http://a.example:8080/x?q=%20 HTTP/1.1",
            client.login,
            "X-Case: Kept",
            "Content-Length: 3",
            body=b"a\0b",
        )
        (asked,) = door.asked
        assert (asked.method, asked.url, asked.body) == ("POST", "http://a.example:8080/x?q=%20", b"a\0b")
        assert asked.purpose == "browser"
        assert (b"X-Case", b"Kept") in asked.headers
        assert body == door.body
        assert b"Set-Cookie: a=1\r\nset-cookie: b=2\r\nX-Odd: \xff\r\n" in head
        assert b"chunked" not in head


@awaited
async def test_a_redirect_goes_back_to_the_browser():
    async with talking() as (door, proxy, client):
        proxy.enter("http://a.example/")
        door.status, door.headers = 302, ((b"Location", b"/next"),)
        head, _ = await client.send("GET http://a.example/ HTTP/1.1", client.login)
        assert head.startswith(b"HTTP/1.1 302")
        assert b"Location: /next" in head
        assert len(door.asked) == 1


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 204)])
def test_answers_without_body_have_none(method: str, status: int):
    async def talk() -> None:
        async with talking() as (door, proxy, client):
            proxy.enter("http://a.example/")
            door.status = status
            door.headers = ((b"Content-Length", b"19"),)
            client.writer.write(f"{method} http://a.example/ HTTP/1.1\r\n{client.login}\r\n\r\n".encode())
            head = await client.reader.readuntil(b"\r\n\r\n")
            assert (b"Content-Length: 19" in head) == (method == "HEAD")
            again, body = await client.send(f"GET {GREETING} HTTP/1.1", client.login)
            assert again.startswith(b"HTTP/1.1 204"), "nothing stood between the two answers"
            assert body == b""

    asyncio.run(talk())


async def _tunnelled(proxy: RecordingProxy, client: Client, place: str) -> Client:
    head, _ = await client.send(f"CONNECT {place} HTTP/1.1", client.login)
    assert head.startswith(b"HTTP/1.1 200")
    return client


@awaited
async def test_a_tunnel_is_opened_and_read():
    async with talking() as (door, proxy, client):
        proxy.enter("https://a.example/")
        await _tunnelled(proxy, client, "a.example:443")
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        await client.writer.start_tls(trusting, server_hostname="a.example")
        assert client.writer.get_extra_info("ssl_object").selected_alpn_protocol() in {None, "http/1.1"}
        for number in (1, 2):
            _, body = await client.send(f"GET /{number} HTTP/1.1", "Host: a.example")
            assert body == door.body
        assert [asked.url for asked in door.asked] == ["https://a.example/1", "https://a.example/2"]


@awaited
async def test_plain_http_in_a_tunnel_is_read_too():
    async with talking() as (door, proxy, client):
        visit = proxy.enter("https://a.example/")
        await _tunnelled(proxy, client, "a.example:8080")
        await client.send("GET /x HTTP/1.1", "Host: a.example:8080")
        assert door.asked[0].url == "http://a.example:8080/x"
        head, _ = await client.send(
            "GET /ws HTTP/1.1", "Host: a.example:8080", "Connection: Upgrade", "Upgrade: websocket"
        )
        assert head.startswith(b"HTTP/1.1 501")
        assert len(door.asked) == 1
        assert list(visit.notes) == [
            "the page opened a WebSocket to http://a.example:8080/ws, which is not archived and was refused"
        ]


@awaited
async def test_what_the_door_refuses_is_an_error_without_a_word():
    async with talking() as (door, proxy, client):
        visit = proxy.enter("https://a.example/")
        door.refuses = RobotsRefused("http://b.example/x.js")
        head, body = await client.send("GET http://b.example/x.js HTTP/1.1", client.login)
        assert head.startswith(b"HTTP/1.1 502")
        assert body == b""
        assert visit.errors == {"http://b.example/x.js": door.refuses}
        assert not visit.stopped.done()
        visit.stopped.cancel()


@awaited
async def test_a_full_disk_ends_the_visit():
    async with talking() as (door, proxy, client):
        from archive.warc.spool_errors import SpoolFull

        visit = proxy.enter("https://a.example/")
        door.refuses = SpoolFull("the disk is full", where="spool")
        await client.send("GET http://a.example/ HTTP/1.1", client.login)
        assert visit.stopped.result() is door.refuses


@awaited
async def test_requests_beyond_the_limit_do_not_reach_the_door():
    async with talking(Limits(browser_requests=2)) as (door, proxy, client):
        visit: Visit = proxy.enter("https://a.example/")
        for number in range(4):
            await client.send(f"GET http://a.example/{number} HTTP/1.1", client.login)
        assert len(door.asked) == 2
        assert "limits.browser_requests = 2" in str(visit.stopped.result())


@pytest.mark.parametrize(
    "said",
    [
        b"\0\0\0", b"GET / HTTP/3\r\n\r\n", b"GET  HTTP/1.1\r\n\r\n", b"POST http://a.example/ HTTP/1.1\r\n%s\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST http://a.example/ HTTP/1.1\r\n%s\r\nContent-Length: -1\r\n\r\n",
        b"POST http://a.example/ HTTP/1.1\r\n%s\r\nContent-Length: 99999999999\r\n\r\n",
        b"GET http://a.example/ HTTP/1.1\r\nA: " + b"b" * 300_000,
    ],
)  # fmt: skip
def test_what_is_no_request_closes_the_connection(said: bytes):
    async def talk() -> None:
        async with talking() as (door, proxy, client):
            proxy.enter("https://a.example/")
            client.writer.write(said.replace(b"%s", client.login.encode()))
            client.writer.write_eof()
            with suppress(ConnectionResetError):
                assert await client.reader.read() == b""
            assert door.asked == []

    asyncio.run(talk())
