"""The relay by hand: who gets a tunnel, and where it may lead."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crawler.capture.browser.direct.relay import Relay
from crawler.capture.errors import AddressRefused, NotConnected
from crawler.capture.policy import NetworkPolicy


@asynccontextmanager
async def relaying(policy: NetworkPolicy) -> AsyncIterator[Relay]:
    relay = Relay(policy)
    await relay.start()
    try:
        yield relay
    finally:
        await relay.close()


async def connect(relay: Relay, place: str, *, known: bool = True) -> tuple[bytes, bytes]:
    """The answer to CONNECT, and what the other end says to "hello"."""
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    login = base64.b64encode(f"{relay.user}:{relay.secret}".encode()).decode() if known else "eDp5"
    writer.write(f"CONNECT {place} HTTP/1.1\r\nProxy-Authorization: Basic {login}\r\n\r\nhello".encode())
    first = await reader.readline()
    said = b""
    if b" 200 " in first:
        await reader.readuntil(b"\r\n")
        said = await reader.read()
    writer.close()
    return first, said


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write((await reader.readexactly(5)).upper())
    await writer.drain()
    writer.close()


def test_a_tunnel_leads_where_an_exchange_asks_and_nowhere_else():
    async def run() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        policy = NetworkPolicy(lambda host: False, {"portal.example": f"127.0.0.1:{port}"})
        async with server, relaying(policy) as relay:
            assert (await connect(relay, "portal.example:443"))[0].startswith(b"HTTP/1.1 502")
            with relay.open_for("portal.example", 443):
                assert (await connect(relay, "portal.example:443")) == (
                    b"HTTP/1.1 200 Connection established\r\n", b"HELLO",
                )  # fmt: skip
                assert (await connect(relay, "update.example:443"))[0].startswith(b"HTTP/1.1 502")
                assert (await connect(relay, "portal.example:443", known=False))[0].startswith(b"HTTP/1.1 407")
            assert (await connect(relay, "portal.example:443"))[0].startswith(b"HTTP/1.1 502")
            assert relay.reached == {("portal.example", 443): "127.0.0.1"}
            assert relay.refused == {"portal.example": 3, "update.example": 1}

    asyncio.run(run())


def test_the_address_is_checked_when_the_tunnel_is_opened():
    """So a name that leads elsewhere than when it was first looked up leads nowhere."""

    async def run() -> None:
        async with relaying(NetworkPolicy(lambda host: False)) as relay:
            for host in ("127.0.0.1", "localhost"):
                with relay.open_for(host, 4443):
                    assert (await connect(relay, f"{host}:4443"))[0].startswith(b"HTTP/1.1 502")
                assert isinstance(relay.errors[host, 4443], AddressRefused)
            with relay.open_for("::1", 443):
                assert (await connect(relay, "[::1]:443"))[0].startswith(b"HTTP/1.1 502")
            assert isinstance(relay.errors["::1", 443], AddressRefused)
            assert relay.reached == {}

    asyncio.run(run())


def test_what_takes_no_connection_is_said():
    async def run() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        async with relaying(NetworkPolicy(lambda host: True)) as relay:
            with relay.open_for("127.0.0.1", port):
                assert (await connect(relay, f"127.0.0.1:{port}"))[0].startswith(b"HTTP/1.1 502")
            assert isinstance(relay.errors["127.0.0.1", port], NotConnected)

    asyncio.run(run())
