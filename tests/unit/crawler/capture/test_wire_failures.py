"""Each way to fail says its stage, whether a retry can help, what limit was crossed, and is archived."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.errors import ConfigError
from crawler.capture.client import WireClient
from crawler.capture.policy import NetworkPolicy
from crawler.capture.wire import ExchangeFailed, ExchangeLimits, WireRequest
from tests.hostile.wire_proxy import WireProxy
from tests.hostile.wire_server import Answer, Authority, Exchange, WireServer, answer, plain, reset
from tests.unit.crawler.capture.recording import RecordingSink

LIMITS = ExchangeLimits(idle_seconds=20)
SHORT = ExchangeLimits(idle_seconds=0.2)
POLICY = NetworkPolicy(allows_private=lambda _: True)


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer() as made:
        yield made


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def ca_file(authority: Authority, tmp_path: Path) -> str:
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    return str(tmp_path / "ca.pem")


def fails(
    url: str, limits: ExchangeLimits = LIMITS, *, ca_file: str = "", proxy: str = "", request: WireRequest | None = None
) -> tuple[RecordingSink, ExchangeFailed]:
    async def run() -> tuple[RecordingSink, ExchangeFailed]:
        sink = RecordingSink()
        client = WireClient(POLICY, ca_file=ca_file, proxy=proxy)
        with pytest.raises(ExchangeFailed) as caught:
            await client.exchange(request or WireRequest(url), sink, limits)
        await client.close()
        assert sink.last == "fail"
        assert sink.failure == caught.value.failure
        assert caught.value.retryable == caught.value.failure.retryable
        return sink, caught.value

    return asyncio.run(run())


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("given", "limits", "stage", "truncated", "retryable", "words"),
    [
        (answer(then="close"), LIMITS, "closed", "", True, "without an answer"),
        (answer(then="reset"), LIMITS, "closed", "", True, "Connection reset"),
        (answer(b"HTTP/1.1 200 OK\r\nConte", then="close"), LIMITS, "head", "", True, "middle of the head"),
        (answer(b"SSH-2.0-OpenSSH\r\n\r\n"), LIMITS, "head", "", False, "SSH-2.0"),
        (answer(b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"), LIMITS, "head", "", False, "HTTP/2"),
        (answer(HEAD + b"half", then="close"), LIMITS, "body", "disconnect", True, "6 bytes before the end"),
        (answer(CHUNKED + b"zz\r\n"), LIMITS, "body", "unspecified", False, "chunk size"),
        (answer(then="hang"), SHORT, "limit", "", True, "0.2 seconds (limits.idle_seconds)"),
        (answer(b"HTTP/1.1 2", then="hang"), SHORT, "limit", "", True, "limits.idle_seconds"),
        (answer(HEAD + b"half", then="hang"), SHORT, "limit", "time", True, "limits.idle_seconds"),
        (
            answer(HEAD + b"half", then="hang"),
            ExchangeLimits(total_seconds=0.2),
            "limit",
            "time",
            False,
            "0.2 seconds (limits.exchange_seconds)",
        ),
        (
            answer(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200),
            ExchangeLimits(head_bytes=1000),
            "limit",
            "",
            False,
            "1000 bytes (limits.header_bytes)",
        ),
        (plain(b"x" * 101), ExchangeLimits(body_bytes=100), "limit", "length", False, "100 (limits.file_bytes)"),
        (
            answer(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101, then="hang"),
            ExchangeLimits(body_bytes=100, body_key="limits.page_bytes"),
            "limit",
            "length",
            False,
            "100 bytes (limits.page_bytes)",
        ),
    ],
)
def test_answers_that_fail(
    server: WireServer, given: Answer, limits: ExchangeLimits, stage: str, truncated: str, retryable: bool, words: str
) -> None:
    sink, error = fails(server.on("/", given), limits)
    failure = error.failure
    assert words in failure.error
    assert (failure.stage, failure.truncated, failure.retryable) == (stage, truncated, retryable)
    assert bool(sink.head_raw) == bool(truncated)
    assert error.status == (200 if truncated else 0)
    assert given.pieces == () or sink.answer == b"".join(given.pieces)[: len(sink.answer)]
    assert failure.resolved == ("127.0.0.1",)
    assert sink.request == server.exchanges[0].received


def test_a_body_over_its_limit_is_kept_up_to_the_limit(server: WireServer) -> None:
    url = server.on("/", answer(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, then="hang"))
    sink, _ = fails(url, ExchangeLimits(body_bytes=3000))
    assert sink.raw == b"x" * 3000


@pytest.mark.parametrize("pieces", [b"", b"half"])
def test_a_reset_in_the_body_is_no_end(server: WireServer, pieces: bytes) -> None:
    got = threading.Event()

    def reset_later(sock: socket.socket, exchange: Exchange) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + pieces)
        got.wait(30)
        reset(sock)
        return False

    class Sink(RecordingSink):
        def head(self, *args: object) -> None:
            super().head(*args)  # type: ignore[arg-type]
            got.set()

    async def run() -> None:
        client, sink = WireClient(POLICY), Sink()
        with pytest.raises(ExchangeFailed) as caught:
            await client.exchange(WireRequest(server.on("/", reset_later)), sink, LIMITS)
        failure = caught.value.failure
        assert (failure.stage, failure.truncated, failure.retryable) == ("body", "disconnect", True)
        await client.close()

    asyncio.run(run())


def test_nobody_listens() -> None:
    port = free_port()
    sink, error = fails(f"http://127.0.0.1:{port}/")
    assert (error.failure.stage, error.retryable) == ("connect", True)
    assert f"127.0.0.1 port {port}: Connection refused" in error.failure.error
    assert error.failure.resolved == ("127.0.0.1",)
    assert sink.calls == ["sent", "fail"]


def test_a_connection_that_is_never_taken() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with socket.socket() as first, socket.socket() as second:
            for filler in (first, second):
                filler.setblocking(False)
                filler.connect_ex(listener.getsockname())
            _, error = fails(f"http://127.0.0.1:{listener.getsockname()[1]}/", SHORT)
    assert (error.failure.stage, error.retryable) == ("connect", True)
    assert "limits.idle_seconds" in error.failure.error


def test_a_name_without_address() -> None:
    sink, error = fails("http://" + "x" * 64 + ".invalid/")
    assert error.failure.stage == "resolve"
    assert error.failure.resolved == ()
    assert sink.calls == ["sent", "fail"]


def test_certificates_that_are_not_trusted(authority: Authority, ca_file: str) -> None:
    with WireServer(authority.server("elsewhere.test", "127.0.0.2")) as server:
        _, error = fails(server.url())
        assert (error.failure.stage, error.retryable) == ("tls", False)
        assert "is not trusted" in error.failure.error
        assert "ca_file" in error.failure.error
        _, error = fails(server.url(), ca_file=ca_file)
        assert "mismatch" in error.failure.error
        assert server.exchanges == []


def test_tls_where_there_is_none(server: WireServer) -> None:
    server.greeting = lambda sock: (
        bool(sock.recv(1)) and sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3) is not None
    )
    _, error = fails(f"https://127.0.0.1:{server.port}/")
    assert (error.failure.stage, error.retryable) == ("tls", False)
    assert "does not speak TLS" in error.failure.error


@pytest.mark.parametrize(
    ("greet", "limits", "words"),
    [
        (lambda _: False, LIMITS, "broke while TLS"),
        (lambda sock: bool(sock.recv(9) and sock.recv(99999) and sock.recv(1)), SHORT, "limits.idle_seconds"),
    ],
)
def test_tls_that_never_comes_about(
    server: WireServer, greet: Callable[[socket.socket], bool], limits: ExchangeLimits, words: str
) -> None:
    server.greeting = greet
    _, error = fails(f"https://127.0.0.1:{server.port}/", limits)
    assert (error.failure.stage, error.retryable) == ("tls", True)
    assert words in error.failure.error


@pytest.mark.parametrize(
    ("status", "retryable"), [(b"403 Forbidden", False), (b"502 Bad Gateway", True), (b"407 Who", False)]
)
def test_a_proxy_that_refuses(status: bytes, retryable: bool) -> None:
    with WireProxy(refuse=b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % status) as proxy:
        sink, error = fails("https://127.0.0.1:1/", proxy=proxy.url)
    assert (error.failure.stage, error.retryable) == ("proxy", retryable)
    assert status[:3].decode() in error.failure.error
    assert sink.calls == ["sent", "fail"]


def test_a_proxy_that_hangs_up_or_is_not_there() -> None:
    with WireProxy(refuse=b"HTTP/1.1 20") as proxy:
        assert fails("https://127.0.0.1:1/", proxy=proxy.url)[1].failure.stage == "proxy"
    _, error = fails("http://127.0.0.1:1/", proxy=f"http://127.0.0.1:{free_port()}")
    assert (error.failure.stage, error.retryable) == ("proxy", True)


def test_proxy_credentials_are_sent_and_masked(server: WireServer, authority: Authority, ca_file: str) -> None:
    server.on("/", plain())

    async def run(proxy: WireProxy, url: str) -> RecordingSink:
        client, sink = WireClient(POLICY, proxy=proxy.url, ca_file=ca_file), RecordingSink()
        await client.exchange(WireRequest(url), sink, LIMITS)
        await client.close()
        return sink

    token = b"dXNlcjpwYXNz"
    with WireProxy("user:pass") as proxy, WireServer(authority.server("127.0.0.1")) as secure:
        secure.on("/", plain())
        sink = asyncio.run(run(proxy, server.url()))
        assert b"Proxy-Authorization: Basic " + token in server.exchanges[0].received
        assert token not in sink.request
        assert b"Proxy-Authorization: " + b"*" * len(b"Basic " + token) in sink.request
        assert len(sink.request) == len(server.exchanges[0].received)
        sink = asyncio.run(run(proxy, secure.url()))
        assert token in proxy.heads[1]
        assert sink.request == secure.exchanges[0].received
        assert b"Proxy-Authorization" not in sink.request


def test_a_proxy_that_wants_credentials_is_not_taken_for_the_site(server: WireServer) -> None:
    with WireProxy("user:pass") as proxy:
        sink, error = fails(server.url(), proxy=proxy.url.replace("user:pass", "user:wrong"))
        assert (error.failure.stage, error.retryable, error.status) == ("proxy", False, 0)
        assert "proxy = http://user:password@host:port" in error.failure.error
        assert sink.calls == ["connected", "sent", "fail"]
        assert fails("https://127.0.0.1:1/", proxy=f"http://127.0.0.1:{proxy.port}")[1].failure.stage == "proxy"
    assert server.exchanges == []


def test_a_host_that_no_certificate_can_be_for() -> None:
    with WireServer() as server, WireProxy() as proxy:
        proxy.route = ("127.0.0.1", server.port)
        _, error = fails("https://" + "x" * 64 + ".test/", proxy=proxy.url)
    assert (error.failure.stage, error.retryable) == ("tls", False)


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "https://u:secret@proxy:1", "proxy:3128", "http://"])
def test_proxies_that_are_not_understood(proxy: str) -> None:
    with pytest.raises(ConfigError) as caught:
        WireClient(POLICY, proxy=proxy)
    assert "secret" not in str(caught.value)


def test_a_ca_file_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match="ca_file"):
        WireClient(POLICY, ca_file="/nowhere.pem")


@pytest.mark.parametrize("given", [answer(then="hang"), answer(HEAD + b"half", then="hang")])
def test_cancelling_closes_the_story(server: WireServer, given: Answer) -> None:
    begun = bool(given.pieces)

    async def run() -> RecordingSink:
        arrived = asyncio.Event()

        class Sink(RecordingSink):
            def sent(self, data: bytes) -> None:
                super().sent(data)
                if not begun:
                    arrived.set()

            async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
                await super().data(raw, entity)
                arrived.set()

        client, sink = WireClient(POLICY), Sink()
        task = asyncio.create_task(client.exchange(WireRequest(server.on("/", given)), sink, LIMITS))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Its place is free again.
        await client.exchange(WireRequest(server.on("/next", plain())), RecordingSink(), LIMITS)
        await client.close()
        return sink

    sink = asyncio.run(run())
    assert sink.last == "fail"
    assert sink.failure is not None
    assert (sink.failure.stage, sink.failure.retryable) == ("closed", True)
    assert sink.failure.truncated == ("unspecified" if begun else "")


@pytest.mark.parametrize("method", ["head", "data"])
def test_what_a_sink_raises_comes_through(server: WireServer, method: str) -> None:
    class Full(RecordingSink):
        def head(self, *args: object) -> None:
            super().head(*args)  # type: ignore[arg-type]
            if method == "head":
                raise OSError(28, "No space left on device")

        async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
            raise OSError(28, "No space left on device")

    async def run() -> RecordingSink:
        client, sink = WireClient(POLICY), Full()
        with pytest.raises(OSError, match="No space"):
            await client.exchange(WireRequest(server.on("/", plain())), sink, LIMITS)
        await client.close()
        return sink

    sink = asyncio.run(run())
    assert sink.last == "fail"
    assert sink.failure is not None
    assert "No space" in sink.failure.error


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("uv", [False, True])
def test_a_slow_sink_slows_the_server(tls: bool, uv: bool, authority: Authority, ca_file: str) -> None:
    import uvloop

    total = 96 * 1024**2
    stalled = threading.Event()
    progress = [0, 0]

    def flood(sock: socket.socket, exchange: Exchange) -> bool:
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
        block = bytes(range(256)) * 256
        sock.settimeout(1)
        while progress[0] < total:
            try:
                progress[0] += sock.send(block[: total - progress[0]])
            except TimeoutError:
                progress[1] = progress[0]
                stalled.set()
                sock.settimeout(60)
        return True

    class Slow(RecordingSink):
        held = 0

        async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
            if not stalled.is_set():
                await asyncio.to_thread(stalled.wait, 60)
            Slow.held += len(entity)

    async def run() -> None:
        client = WireClient(POLICY, ca_file=ca_file)
        await client.exchange(WireRequest(server.url()), Slow(), LIMITS)
        await client.close()

    with WireServer(authority.server("127.0.0.1") if tls else None) as server:
        server.on("/", flood)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop if uv else None) as runner:
            runner.run(run())
    assert stalled.is_set()
    assert 0 < progress[1] < total / 2
    assert Slow.held == total


def test_a_pending_answer_is_read_although_the_request_is_not_taken(server: WireServer) -> None:
    def early(sock: socket.socket) -> bool:
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        done.wait(30)
        return False

    done = threading.Event()
    server.greeting = early

    async def run() -> None:
        client, sink = WireClient(POLICY), RecordingSink()
        got = await client.exchange(WireRequest(server.url(), "POST", (), b"x" * 50_000_000), sink, LIMITS)
        assert (got.status, sink.entity) == (413, b"big")
        done.set()
        await client.close()

    asyncio.run(run())
