"""What servers really send, over http and https, direct and through a proxy, on a fresh and on a kept
connection: the sink gets the bytes that crossed the wire, both ways, and a normal page never fails.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
import uvloop

from archive.model import Peer
from crawler.capture.client import WireClient
from crawler.capture.policy import NetworkPolicy
from crawler.capture.wire import ExchangeFailed, ExchangeLimits, WireRequest
from tests.hostile.wire_proxy import WireProxy
from tests.hostile.wire_server import Answer, Authority, WireServer, answer, plain
from tests.unit.crawler.capture.recording import RecordingSink

T = TypeVar("T")


@dataclass
class Road:
    server: WireServer
    ca_file: str
    proxy: str
    uvloop: bool

    def run(self, main: Coroutine[None, None, T]) -> T:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop if self.uvloop else None) as runner:
            return runner.run(main)

    def client(self, connections: int = 1) -> WireClient:
        policy = NetworkPolicy(allows_private=lambda host: host == "127.0.0.1")
        return WireClient(policy, ca_file=self.ca_file, proxy=self.proxy, connections_per_host=connections)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Path]:
    made = Authority()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    file.write_bytes(made.pem())
    return made, file


@pytest.fixture(
    params=[
        "http direct asyncio",
        "https direct asyncio",
        "http proxy asyncio",
        "https proxy asyncio",
        "http direct uvloop",
        "https proxy uvloop",
    ]
)
def road(request: pytest.FixtureRequest, authority: tuple[Authority, Path]) -> Iterator[Road]:
    scheme, way, loop = request.param.split()
    made, file = authority
    with WireServer(made.server("127.0.0.1") if scheme == "https" else None) as server, WireProxy() as proxy:
        ca_file = str(file) if scheme == "https" else ""
        yield Road(server, ca_file, proxy.url if way == "proxy" else "", uvloop=loop == "uvloop")


GZIPPED = gzip.compress(b"zipped body " * 50)
BINARY = bytes(range(256)) * 40


@dataclass
class Odd:
    """An answer; `entity` is the body after de-chunking, or None when no whole answer can come of it."""

    given: Answer
    entity: bytes | None
    method: str = "GET"
    body: bytes = b""
    status: int = 200
    excess: bytes = b""
    retried: bool = False


ODDITIES = {
    "header case and order": Odd(
        answer(b"HTTP/1.1 200 OK\r\nx-ZULU: 1\r\nCONTENT-length: 2\r\naLPHA: 2\r\nX-zulu: 3\r\n\r\nhi"), b"hi"
    ),
    "duplicate cookies with 0xFF": Odd(
        answer(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: a=\xff\xfe\r\nSet-Cookie: a=\xff\xfe\r\nset-cookie: b=2\r\n"
            b"Content-Length: 2\r\n\r\nhi"
        ),
        b"hi",
    ),
    "chunks with extensions and zeros": Odd(
        answer(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            b'0005;name="a;b"\r\nhello\r\n00000006 ;x\r\n world\r\n1\r\n!\r\n000;last\r\n\r\n'
        ),
        b"hello world!",
    ),
    "trailers": Odd(
        answer(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nTrailer: X-Sum\r\n\r\n"
            b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-Other:2\r\n\r\n"
        ),
        b"hello",
    ),
    "chunks with LF only": Odd(
        answer(b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n"),
        b"hello",
    ),
    "binary chunks in small pieces": Odd(
        answer(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2",
            b"800\r",
            b"\n" + BINARY,
            b"\r",
            b"\n0\r\n\r",
            b"\n",
        ),
        BINARY,
    ),
    "gzip kept as it is": Odd(
        answer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(GZIPPED), GZIPPED),
        GZIPPED,
    ),
    "gzip in chunks": Odd(
        answer(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(GZIPPED),
            GZIPPED + b"\r\n0\r\n\r\n",
        ),
        GZIPPED,
    ),
    "ends with the connection": Odd(
        answer(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\nup to", b" the end", then="close"), b"up to the end"
    ),
    "HTTP/1.0": Odd(answer(b"HTTP/1.0 200 OK\r\n\r\nold", then="close"), b"old"),
    "HTTP/1.0 kept alive": Odd(
        answer(b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 3\r\n\r\nold"), b"old"
    ),
    "a line without a colon": Odd(
        answer(b"HTTP/1.1 200 OK\r\nthis is no header\r\n: neither\r\nContent-Length: 2\r\n\r\nhi"), b"hi"
    ),
    "folded lines": Odd(
        answer(b"HTTP/1.1 200 OK\r\nX-Long: one\r\n two\r\n\tthree\r\nContent-Length: 2\r\n\r\nhi"), b"hi"
    ),
    "LF-only lines": Odd(answer(b"HTTP/1.1 200 OK\nContent-Length: 2\nX: y\n\nhi"), b"hi"),
    "mixed line ends": Odd(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\nX: y\r\n\nhi"), b"hi"),
    "no reason phrase": Odd(answer(b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nhi"), b"hi"),
    "no reason phrase nor space": Odd(answer(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi"), b"hi"),
    "odd status line": Odd(answer(b"http/1.1  299   Weird \xe9 \r\nContent-Length: 2\r\n\r\nhi"), b"hi", status=299),
    "early hints": Odd(
        answer(
            b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
            b"HTTP/1.1 103 Early Hints\r\nLink: </b.css>; rel=preload\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        ),
        b"hi",
    ),
    "100 continue": Odd(
        answer(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
        b"hi",
        method="POST",
        body=b"a=1",
    ),
    "redirect": Odd(
        answer(b"HTTP/1.1 302 Found\r\nLocation: /else\r\nContent-Length: 4\r\n\r\nmove"), b"move", status=302
    ),
    "304": Odd(answer(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 400\r\n\r\n'), b"", status=304),
    "304 with a body": Odd(
        answer(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nbody"), b"", status=304, excess=b"body"
    ),
    "204": Odd(answer(b"HTTP/1.1 204 No Content\r\n\r\n"), b"", status=204),
    "204 with a body": Odd(answer(b"HTTP/1.1 204 No Content\r\n\r\n0\r\n\r\n"), b"", status=204, excess=b"0\r\n\r\n"),
    "HEAD": Odd(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000000000\r\n\r\n"), b"", method="HEAD"),
    "HEAD with chunks": Odd(answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), b"", method="HEAD"),
    "HEAD with a body": Odd(
        answer(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"), b"", method="HEAD", excess=b"body"
    ),
    "POST": Odd(
        answer(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nhi"), b"hi", method="POST", body=BINARY, status=201
    ),
    "empty POST": Odd(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), b"", method="POST"),
    "space before the colon": Odd(answer(b"HTTP/1.1 200 OK\r\nX-After : v\r\nContent-Length : 2\r\n\r\nhi"), b"hi"),
    "bytes after the end": Odd(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi more"), b"hi", excess=b" more"),
    "bytes after the last chunk": Odd(
        answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nmore"), b"hi", excess=b"more"
    ),
    "length and chunks together": Odd(
        answer(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
        b"hello",
    ),
    "the same length twice": Odd(
        answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2, 2\r\n\r\nhi"), b"hi"
    ),
    "a length that is no number": Odd(
        answer(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nhi", then="close"), b"hi"
    ),
    "identity coding": Odd(
        answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi"), b"hi"
    ),
    "a coding that is not chunked": Odd(
        answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", GZIPPED, then="close"),
        GZIPPED,
    ),
    "no last line after the last chunk": Odd(
        answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", then="close"), b"hi"
    ),
    "empty lines first": Odd(answer(b"\r\n\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), b"hi"),
    "empty body": Odd(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), b""),
    "server error": Odd(
        answer(b"HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nContent-Length: 4\r\n\r\nbusy"), b"busy", status=503
    ),
    "truncated": Odd(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", then="close"), None, retried=True),
    "truncated in a chunk": Odd(
        answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", then="close"), None, retried=True
    ),
    "different lengths": Odd(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n"), None),
    "empty chunk size": Odd(answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n\r\n"), None),
    "garbage for a chunk size": Odd(
        answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n;x\r\n"), None
    ),
}
UNREADABLE = {
    ODDITIES["empty chunk size"].given.pieces[0]: b"\r\n",
    ODDITIES["garbage for a chunk size"].given.pieces[0]: b";x\r\n",
}
"""The line of framing that makes an answer unreadable, which is not kept with it."""
TWO_FRAMINGS = {"length and chunks together", "identity coding"}
"""Not used again: the next reader on the way may have split the stream elsewhere (RFC 9112 section 6.1)."""
LIMITS = ExchangeLimits(idle_seconds=20)


async def ask(client: WireClient, url: str, odd: Odd) -> RecordingSink:
    sink = RecordingSink()
    request = WireRequest(url, odd.method, ((b"user-AGENT", b"recordwatch"), (b"X-Odd", b"\xff")), odd.body)
    if odd.entity is None:
        with pytest.raises(ExchangeFailed) as caught:
            await client.exchange(request, sink, LIMITS)
        assert sink.failure is caught.value.failure
        assert caught.value.retryable == odd.retried
        assert caught.value.status == odd.status
    else:
        result = await client.exchange(request, sink, LIMITS)
        assert sink.last == "finish"
        assert (result.status, sink.entity, result.excess > 0) == (odd.status, odd.entity, bool(odd.excess))
    return sink


@pytest.mark.parametrize("name", ODDITIES)
def test_sink_gets_the_wire(name: str, road: Road) -> None:
    odd = ODDITIES[name]
    odd_url, plain_url = road.server.on("/odd", odd.given), road.server.on("/plain", plain())

    async def run() -> list[RecordingSink]:
        client = road.client()
        normal = Odd(plain(), b"ok")
        try:
            return [
                await ask(client, url, one)
                for url, one in ((odd_url, odd), (plain_url, normal), (odd_url, odd), (plain_url, normal))
            ]
        finally:
            await client.close()

    sinks = road.run(run())
    exchanges = road.server.exchanges
    assert len(sinks) == len(exchanges) == 4
    for sink, exchange, excess in zip(sinks, exchanges, [odd.excess, b""] * 2, strict=True):
        assert sink.request == exchange.received
        whole = exchange.sent.removesuffix(UNREADABLE.get(exchange.sent, b""))
        assert sink.answer + excess == whole
        assert sink.peer is not None
        assert sink.peer.address == ("" if road.proxy else "127.0.0.1")
        assert (sink.peer.cipher != "", sink.peer.certificate != b"") == ((road.server.tls is not None,) * 2)
        assert sink.peer.protocols == (("http/1.1", "tls/1.3") if road.server.tls else ("http/1.1",))
    failed = odd.entity is None
    for sink in sinks[::2]:
        assert (sink.failure is not None) == failed
        assert sink.failure is None or sink.failure.truncated == ("disconnect" if odd.retried else "unspecified")
    # A connection that may be used again is: the plain request after it came on the same one.
    broken = failed or odd.excess or odd.given.then == "close" or name in TWO_FRAMINGS
    assert road.server.connections == (3 if broken else 1)


def test_silent_close_of_a_kept_connection_is_retried_once(road: Road) -> None:
    road.server.on("/first", plain())
    road.server.on("/second", answer(then="close"), plain(b"second"))
    asked_before: list[int] = []

    class Sink(RecordingSink):
        def connected(self, peer: Peer) -> None:
            super().connected(peer)
            asked_before.append(road.server.asked.get("/second", 0))

    async def run() -> RecordingSink:
        client = road.client()
        await client.exchange(WireRequest(road.server.url("/first")), RecordingSink(), LIMITS)
        sink = Sink()
        await client.exchange(WireRequest(road.server.url("/second")), sink, LIMITS)
        await client.close()
        return sink

    sink = road.run(run())
    assert road.server.asked["/second"] == 2
    assert asked_before == [1], "the sink is told of the connection that answered, not of the closed one"
    assert sink.entity == b"second"
    assert sink.calls.count("sent") == 1
    assert sink.request == road.server.exchanges[-1].received


def test_silent_close_is_not_retried_twice_nor_for_a_post(road: Road) -> None:
    road.server.on("/first", plain())
    road.server.on("/never", answer(then="close"))

    async def run(method: str) -> tuple[RecordingSink, ExchangeFailed]:
        client = road.client()
        await client.exchange(WireRequest(road.server.url("/first")), RecordingSink(), LIMITS)
        sink = RecordingSink()
        with pytest.raises(ExchangeFailed) as caught:
            await client.exchange(WireRequest(road.server.url("/never"), method), sink, LIMITS)
        await client.close()
        return sink, caught.value

    sink, failed = road.run(run("POST"))
    assert road.server.asked["/never"] == 1
    assert (failed.failure.stage, failed.retryable, failed.failure.truncated) == ("closed", True, "")
    assert sink.calls == ["connected", "sent", "fail"]
    sink, failed = road.run(run("GET"))
    assert road.server.asked["/never"] == 3
    assert sink.calls == ["connected", "sent", "fail"]
