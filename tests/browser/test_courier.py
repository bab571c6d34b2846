"""Chromium as a wire client, by hand: what the archive is told, what is refused, what may go wrong."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from config.errors import ConfigError
from crawler.capture.browser.direct.courier import Courier
from crawler.capture.client import WireClient
from crawler.capture.policy import NetworkPolicy
from crawler.capture.wire import ExchangeFailed, ExchangeLimits, WireAnswer, WireRequest
from tests.browser.test_direct import Picky
from tests.browser.visits import chromiums
from tests.replicas.server import Asked, Reply
from tests.replicas.spa import ASSETS, HOST, ODD
from tests.unit.crawler.capture.recording import RecordingSink

PAGE = b"<!DOCTYPE html><p>" + b"once more " * 100
BASE = f"https://{HOST}"


class Odd(Picky):
    """Answers that a browser would rather do something with."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], Any] = lambda: None

    def reply(self, asked: Asked) -> Reply:
        match asked.path:
            case "/zipped":
                cookies = (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
                packed = gzip.compress(PAGE, mtime=0)
                return Reply(packed, kind="text/html", headers=(("Content-Encoding", "gzip"), *cookies))
            case "/moved":
                return Reply("Moved", 302, headers=(("Location", "/zipped"),))
            case "/script":
                return Reply("<script>fetch('/never'); location = '/never'</script><img src=/never>")
            case "/file":
                return Reply(ODD, kind="application/zip", headers=(("Content-Disposition", "attachment"),))
            case "/gone":
                return Reply("Gone", 410)
            case "/closed":
                return Reply("Who are you?", 401, headers=(("WWW-Authenticate", 'Basic realm="staff"'),))
            case "/same":
                return Reply("", 304, headers=(("ETag", '"a"'),))
            case "/kill":
                self.meanwhile()
        return super().reply(asked)


class Post:
    """A courier in a loop of its own."""

    def __init__(self, runner: asyncio.Runner, site: Odd, courier: Courier, places: dict[str, str]) -> None:
        self._runner, self.site, self.courier = runner, site, courier
        self.places = places

    def ask(self, url: str, limits: ExchangeLimits | None = None, **how: Any) -> tuple[WireAnswer, RecordingSink]:
        sink = RecordingSink()
        request = WireRequest(url, **how)
        answer = self._runner.run(self.courier.exchange(request, sink, limits or ExchangeLimits()))
        return answer, sink


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with Odd() as site, asyncio.Runner() as runner:
        ca_file: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
        site.authority.cert_pem.write_to_path(ca_file)
        policy = NetworkPolicy(lambda host: False, site.resolve)
        places = cast("dict[str, str]", policy.resolve)
        courier = Courier(WireClient(policy), policy, "", str(ca_file), "")
        yield Post(runner, site, courier, places)
        runner.run(courier.close())


def test_what_was_decoded_says_so_and_what_was_not_is_left(post: Post):
    answer, sink = post.ask(f"{BASE}/zipped", headers=((b"Accept-Encoding", b"gzip"), (b"X-Mine", b"yes")))
    assert sink.entity == PAGE
    assert b"X-Archive-Orig-Content-Encoding: gzip\r\n" in sink.head_raw
    assert b"\r\nContent-Length" not in sink.head_raw
    assert sink.head_raw.startswith(b"HTTP/1.1 200 OK\r\n")
    assert [value for name, value in answer.headers if name == b"Set-Cookie"] == [b"a=1", b"b=2"]
    assert sink.request.startswith(b"GET /zipped HTTP/1.1\r\nHost: " + HOST.encode())
    assert b"X-Mine: yes\r\n" in sink.request
    assert sink.peer is not None
    assert sink.peer.told_by.startswith("Chromium ")
    assert sink.peer.address == "127.0.0.1"

    _, sink = post.ask(f"{BASE}/gone")
    assert (sink.status, sink.entity) == (410, b"Gone")
    assert b"Content-Length: 4\r\n" in sink.head_raw
    assert b"X-Archive-Orig" not in sink.head_raw


def test_nothing_is_followed_run_saved_or_remembered(post: Post):
    answer, sink = post.ask(f"{BASE}/moved")
    assert (answer.status, answer.header("location"), sink.entity) == (302, "/zipped", b"")
    post.ask(f"{BASE}/script")
    _, sink = post.ask(f"{BASE}/file")
    assert sink.entity == ODD
    post.site.asked.clear()
    post.ask(f"{BASE}/gone", headers=((b"Cookie", b"c=3"),), method="POST", body=b"a\0b")
    post.ask(f"{BASE}/gone", method="HEAD")
    assert [(asked.method, asked.path, asked.body) for asked in post.site.asked] == [
        ("POST", "/gone", b"a\0b"), ("HEAD", "/gone", b""),
    ]  # fmt: skip
    assert [asked.headers.get("cookie", "") for asked in post.site.asked] == ["c=3", ""]


def test_answers_that_a_browser_deals_with_itself_come_as_they_are(post: Post):
    answer, sink = post.ask(f"{BASE}/closed")
    assert (answer.status, sink.entity) == (401, b"Who are you?")
    answer, sink = post.ask(f"{BASE}/same", headers=((b"If-None-Match", b'"a"'),))
    assert (answer.status, answer.header("etag"), sink.entity) == (304, '"a"', b"")
    assert post.site.asked[-1].headers["if-none-match"] == '"a"'


@pytest.mark.parametrize(
    ("said", "truncated"), [(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "disconnect"), (b"", "")]
)
def test_an_answer_that_is_cut_short_is_no_answer(post: Post, said: bytes, truncated: str):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    plain, _ = server.accept()
                    with post.site.context.wrap_socket(plain, server_side=True) as secured:
                        secured.recv(65536)
                        secured.sendall(said)
                except OSError:
                    if server.fileno() < 0:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        post.places[ASSETS] = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ExchangeFailed) as caught:
            post.ask(f"https://{ASSETS}/cut")
        server.shutdown(socket.SHUT_RDWR)
    assert caught.value.failure.truncated == truncated
    assert caught.value.retryable


def test_secrets_are_masked_in_what_is_kept(post: Post):
    how = {"headers": ((b"Authorization", b"Bearer 123"),), "secret_parameters": frozenset({"key"})}
    _, sink = post.ask(f"{BASE}/gone?key=abc", **how)
    assert post.site.asked[-1].headers["authorization"] == "Bearer 123"
    assert b"Authorization: **********\r\n" in sink.request
    assert b"GET /gone?key=*** HTTP/1.1" in sink.request
    assert b"123" not in sink.request


def test_where_the_policy_does_not_let_us_no_tunnel_leads(post: Post):
    for url in ("https://127.0.0.1:1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/"):
        with pytest.raises(ExchangeFailed) as caught:
            post.ask(url)
        assert caught.value.failure.stage == "policy", caught.value
    with pytest.raises(ExchangeFailed) as caught:
        post.ask("https://nowhere.invalid/")
    assert caught.value.failure.stage == "resolve"


def test_a_body_over_the_limit_is_cut_and_named(post: Post):
    with pytest.raises(ExchangeFailed, match=r"limits\.page_bytes") as caught:
        post.ask(f"{BASE}/file", ExchangeLimits(body_bytes=1_500_000, body_key="limits.page_bytes"))
    assert caught.value.failure.truncated == "length"
    assert post.ask(f"{BASE}/gone")[0].status == 410


def test_a_killed_browser_costs_one_exchange(post: Post):
    def kill() -> None:
        for process in chromiums(lambda words: "--type=" not in words):
            process.kill()
            psutil.wait_procs([process], timeout=30)

    post.site.meanwhile = kill
    with pytest.raises(ExchangeFailed) as caught:
        post.ask(f"{BASE}/kill")
    assert caught.value.retryable
    assert post.ask(f"{BASE}/gone")[0].status == 410


def test_chromiums_own_calls_lead_nowhere(post: Post):
    """Last: by now it has tried. Whom a tunnel led to is whom an exchange asked for."""
    relay = post.courier.relay
    assert relay is not None
    assert {host for host, _ in relay.reached} == {HOST, ASSETS}
    assert HOST not in relay.refused


def test_a_proxy_of_the_home_is_not_gone_around():
    policy = NetworkPolicy(lambda host: False)
    with pytest.raises(ConfigError, match="direct"):
        Courier(WireClient(policy), policy, "", "", "http://proxy.example:3128")
