"""Connections are kept, shared, limited and let go."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from pathlib import Path

import pytest

from crawler.capture.client import WireClient
from crawler.capture.policy import NetworkPolicy
from crawler.capture.wire import ExchangeLimits, WireRequest
from tests.hostile.wire_server import Authority, Exchange, WireServer, answer, plain
from tests.unit.crawler.capture.recording import RecordingSink

LIMITS = ExchangeLimits(idle_seconds=20)
POLICY = NetworkPolicy(allows_private=lambda _: True)


async def get(client: WireClient, url: str) -> RecordingSink:
    sink = RecordingSink()
    await client.exchange(WireRequest(url), sink, LIMITS)
    return sink


@pytest.mark.parametrize("connections", [1, 3])
def test_a_host_gets_as_many_connections_as_it_may_have(connections: int) -> None:
    busy: set[int] = set()
    most = [0]
    lock = threading.Lock()
    full = threading.Event()

    def slow(sock: socket.socket, exchange: Exchange) -> bool:
        with lock:
            busy.add(id(sock))
            most[0] = max(most[0], len(busy))
            if len(busy) == connections:
                full.set()
        full.wait(30)
        with lock:
            busy.discard(id(sock))
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        return True

    async def run() -> None:
        client = WireClient(POLICY, connections_per_host=connections)
        sinks = await asyncio.gather(*(get(client, server.url(f"/{n}")) for n in range(12)))
        assert {sink.entity for sink in sinks} == {b"ok"}
        await client.close()

    with WireServer(answers={"*": [slow]}) as server:
        asyncio.run(run())
        assert (server.connections, most[0]) == (connections, connections)
        assert sorted(e.received for e in server.exchanges) == sorted(
            b"GET /%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % (n, server.port) for n in range(12)
        )


def test_connection_close_is_honoured_by_both_sides() -> None:
    async def run() -> None:
        client = WireClient(POLICY)
        for _ in range(2):
            assert (await get(client, server.url())).entity == b"ok"
        await client.close()

    with WireServer(answers={"*": [plain(headers=b"Connection: x, Close\r\n")]}) as server:
        asyncio.run(run())
        assert server.connections == 2


def test_closing_lets_kept_connections_go() -> None:
    gone = threading.Event()

    def wait_for_end(sock: socket.socket, exchange: Exchange) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        if not sock.recv(1):
            gone.set()
        return False

    async def run() -> None:
        client = WireClient(POLICY)
        await get(client, server.url())
        await client.close()
        assert await asyncio.to_thread(gone.wait, 30)

    with WireServer(answers={"*": [wait_for_end]}) as server:
        asyncio.run(run())


def test_a_kept_connection_that_spoke_unasked_is_not_used() -> None:
    said = threading.Event()

    def speak(sock: socket.socket, exchange: Exchange) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
        asked.wait(30)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
        said.set()
        return True

    asked = threading.Event()

    async def run() -> None:
        client = WireClient(POLICY)
        assert (await get(client, server.on("/first", speak))).entity == b"1"
        asked.set()
        await asyncio.to_thread(said.wait, 30)
        # Another exchange takes the loop through its selector, so that the forged answer has arrived.
        other = WireClient(POLICY)
        await get(other, server.on("/other", plain()))
        assert (await get(client, server.on("/second", plain(b"true")))).entity == b"true"
        await client.close()
        await other.close()

    with WireServer() as server:
        asyncio.run(run())
        assert server.connections == 3


def test_a_tls_stream_without_goodbye_may_end_a_body(tmp_path: Path) -> None:
    """Many servers never send close_notify. Only a reset tells that a body without length is cut."""

    def no_goodbye(sock: socket.socket, exchange: Exchange) -> bool:
        assert isinstance(sock, ssl.SSLSocket)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\nto the end")
        raw = socket.socket(fileno=sock.detach())
        raw.shutdown(socket.SHUT_WR)
        raw.recv(1000)
        raw.close()
        return False

    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem())

    async def run() -> RecordingSink:
        client = WireClient(POLICY, ca_file=str(tmp_path / "ca.pem"))
        sink = await get(client, server.url())
        await client.close()
        return sink

    with WireServer(authority.server("127.0.0.1"), answers={"*": [no_goodbye]}) as server:
        sink = asyncio.run(run())
    assert sink.entity == b"to the end"
    assert sink.peer is not None
    assert ssl.DER_cert_to_PEM_cert(sink.peer.certificate).startswith("-----BEGIN CERTIFICATE-----")


def test_many_hosts_do_not_pile_up_connections() -> None:
    async def run() -> int:
        client = WireClient(
            NetworkPolicy(lambda _: True, {f"h{n}.test": f"127.0.0.1:{server.port}" for n in range(90)})
        )
        for n in range(90):
            await get(client, f"http://h{n}.test/")
        kept = sum(len(host.idle) for host in client._pool.hosts.values())
        await client.close()
        return kept

    with WireServer(answers={"*": [plain()]}) as server:
        assert asyncio.run(run()) == 64


def test_two_answers_in_one_piece_do_not_mix() -> None:
    first = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")

    async def run() -> None:
        client = WireClient(POLICY)
        assert (await get(client, server.on("/first", first))).entity == b"1"
        assert (await get(client, server.on("/second", plain(b"true")))).entity == b"true"
        await client.close()

    with WireServer() as server:
        asyncio.run(run())
        assert server.connections == 2
