"""Which addresses are refused, in any disguise, and that only the address checked is connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import ConfigError
from crawler.capture.addresses import literal, why_refused
from crawler.capture.client import WireClient
from crawler.capture.errors import AddressRefused
from crawler.capture.policy import NetworkPolicy, Place, connect
from crawler.capture.wire import ExchangeFailed, ExchangeLimits, WireRequest
from tests.hostile.wire_proxy import WireProxy
from tests.hostile.wire_server import Authority, WireServer, plain
from tests.unit.crawler.capture.recording import RecordingSink

LIMITS = ExchangeLimits(idle_seconds=20)
NOBODY = NetworkPolicy(allows_private=lambda _: False)


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer(answers={"*": [plain()]}) as made:
        yield made


def ask(policy: NetworkPolicy, url: str, proxy: str = "", ca_file: str = "") -> RecordingSink:
    async def run() -> RecordingSink:
        client, sink = WireClient(policy, proxy=proxy, ca_file=ca_file), RecordingSink()
        try:
            await client.exchange(WireRequest(url), sink, LIMITS)
        finally:
            await client.close()
        return sink

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.0.3", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("10.1.2.3", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.1", "private"),
        ("169.254.0.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("168.63.129.16", "metadata"),
        ("100.64.0.1", "CGNAT"),
        ("100.100.100.200", "CGNAT"),
        ("192.0.0.192", "reserved"),
        ("198.18.0.1", "benchmarks"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fe80::1", "link-local"),
        ("fec0::1", "private"),
        ("fc00::1", "private"),
        ("fd00:ec2::254", "metadata"),
        ("ff02::1", "multicast"),
        ("2001:db8::1", "documentation"),
        ("100::1", "reserved"),
        ("4000::1", "reserved"),
        ("::ffff:127.0.0.1", "loopback 127.0.0.1 in disguise"),
        ("::ffff:a9fe:a9fe", "metadata"),
        ("::7f00:1", "loopback"),
        ("2002:7f00:1::", "loopback"),
        ("2002:a9fe:a9fe::1", "metadata"),
        ("64:ff9b::10.0.0.1", "private"),
        ("64:ff9b:1::1", "private"),
        ("2001:0:808:808:0:0:80ff:fffe", "loopback"),
        ("2600::5efe:192.168.0.1", "private"),
        ("2600::200:5efe:c0a8:1", "private"),
    ],
)
def test_refused_addresses(address: str, why: str) -> None:
    assert why in why_refused(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "100.63.255.255",
        "172.32.0.1",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "::ffff:8.8.8.8",
    ],
)
def test_public_addresses(address: str) -> None:
    assert why_refused(ipaddress.ip_address(address)) == ""


SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "127.0.0.1.",
    "127.1.",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "0",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost..",
    "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021",
    "\u2460\u2461\u2466.0.0.1",
    "user@127.0.0.1",
    "8.8.8.8@127.0.0.1",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_odd_spellings_are_refused(host: str, server: WireServer) -> None:
    with pytest.raises(ExchangeFailed) as caught:
        ask(NOBODY, f"http://{host}:{server.port}/")
    failure = caught.value.failure
    assert (failure.stage, failure.retryable) == ("policy", False)
    assert "allow_private_network" in failure.error
    assert isinstance(caught.value.__cause__, AddressRefused)
    assert server.connections == 0


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_odd_spellings_are_refused_through_a_proxy(host: str, scheme: str) -> None:
    with WireProxy() as proxy, pytest.raises(ExchangeFailed) as caught:
        ask(NOBODY, f"{scheme}://{host}:1/", proxy.url)
    assert caught.value.failure.stage == "policy"
    assert proxy.heads == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "localhost", "LocalHost.", "2130706433"])
def test_a_portal_may_allow_its_host(host: str, server: WireServer) -> None:
    asked: list[str] = []

    def allows(name: str) -> bool:
        asked.append(name)
        return True

    assert ask(NetworkPolicy(allows), f"http://{host}:{server.port}/").entity == b"ok"
    assert set(asked) == {host.lower().rstrip(".")}


def test_allowing_one_host_allows_no_other(server: WireServer) -> None:
    policy = NetworkPolicy(lambda host: host == "localhost")
    assert ask(policy, server.url(host="localhost")).entity == b"ok"
    with pytest.raises(ExchangeFailed, match=r"127\.0\.0\.1 \(loopback\)"):
        ask(policy, server.url())


@pytest.mark.parametrize(
    "url",
    [
        "http://127%2e0%2e0%2e1/",
        "http://a\\@127.0.0.1/",
        "http://127.0.0.1 /",
        "http:///path",
        "http://[::1/",
        "http://[fe80::1%25lo]/",
        "http://h:99999/",
        "http://h:0/",
        "http://h:8o/",
        "ftp://h/",
        "file:///etc/passwd",
        "http://h/\r\nX: y",
        "http://h/a\nb",
        "http://h\t.test/",
        "http://xn--\u00e4\u2024/",
    ],
)
def test_urls_that_are_no_request(url: str) -> None:
    with pytest.raises(ExchangeFailed) as caught:
        ask(NOBODY, url)
    assert (caught.value.failure.stage, caught.value.retryable) == ("policy", False)


def test_refused_answers_of_a_resolver_are_dropped() -> None:
    good: Place = (socket.AF_INET, "8.8.8.8", 80, 0)
    six: Place = (socket.AF_INET6, "2606:4700::1", 80, 0)
    bad: Place = (socket.AF_INET, "10.0.0.1", 80, 0)
    worse: Place = (socket.AF_INET6, "::ffff:127.0.0.1", 80, 0)
    assert NOBODY.check("rebound.test", [bad, good, worse, six]) == [good, six]
    with pytest.raises(AddressRefused) as caught:
        NOBODY.check("rebound.test", [bad, worse])
    assert not caught.value.retryable
    for word in ("rebound.test", "10.0.0.1 (private)", "::ffff:127.0.0.1", 'allow_private_network = ["rebound.test"]'):
        assert word in str(caught.value)
    assert caught.value.resolved == ("10.0.0.1", "::ffff:127.0.0.1")
    assert NetworkPolicy(lambda _: True).check("h", [bad, worse]) == [bad, worse]


def test_the_operator_places_hosts(server: WireServer, tmp_path: Path) -> None:
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    with WireServer(authority.server("portal.test"), answers={"*": [plain(b"secure")]}) as secure, WireProxy() as proxy:
        places = {"Portal.test": f"127.0.0.1:{server.port}", "six.test": "[::1]:1"}
        sink = ask(NetworkPolicy(lambda _: False, places), "http://portal.test/a", proxy.url)
        assert (sink.entity, sink.request) == (b"ok", b"GET /a HTTP/1.1\r\nHost: portal.test\r\n\r\n")
        assert sink.peer is not None
        assert sink.peer.address == "127.0.0.1"
        policy = NetworkPolicy(lambda _: False, {"portal.test": f"127.0.0.1:{secure.port}"})
        assert ask(policy, "https://portal.test/", proxy.url, str(tmp_path / "ca.pem")).entity == b"secure"
        assert proxy.heads == []
        with pytest.raises(ExchangeFailed, match=r"127\.1 is at 127"):
            ask(NetworkPolicy(lambda _: False, {"portal.test": "127.0.0.1:1"}), "http://127.1/")


@pytest.mark.parametrize("place", ["", ":80", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:99999"])
def test_places_that_are_none(place: str) -> None:
    if place == "127.0.0.1:":
        assert NetworkPolicy(lambda _: False, {"h": place}).override("h", 7) == ("127.0.0.1", 7)
        return
    with pytest.raises(ConfigError, match=r"resolve\.h"):
        NetworkPolicy(lambda _: False, {"h": place})


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("127.0.0.1", ("127.0.0.1", 7)),
        ("[::1]:8080", ("::1", 8080)),
        ("[::1]", ("::1", 7)),
        ("::1", ("::1", 7)),
        ("mirror:81", ("mirror", 81)),
    ],
)
def test_places_are_read(place: str, expected: tuple[str, int]) -> None:
    assert NetworkPolicy(lambda _: False, {"h": place}).override("h", 7) == expected


def test_the_first_address_that_answers_is_taken(server: WireServer) -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        # A full backlog drops what knocks: the address neither answers nor refuses.
        listener.bind(("127.0.0.2", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        silent: Place = (socket.AF_INET, "127.0.0.2", listener.getsockname()[1], 0)
        closed: Place = (socket.AF_INET, "127.0.0.3", 1, 0)
        good: Place = (socket.AF_INET, "127.0.0.1", server.port, 0)

        async def run() -> str:
            connection, address = await connect([silent, closed, good], "h")
            connection.close()
            await asyncio.sleep(0)
            return address

        assert asyncio.run(run()) == "127.0.0.1"


def test_ipv6(tmp_path: Path) -> None:
    with WireServer(host="::1", answers={"*": [plain()]}) as server:
        sink = ask(NetworkPolicy(lambda host: host == "::1"), server.url("/x"))
        assert sink.peer is not None
        assert sink.peer.address == "::1"
        assert sink.request == b"GET /x HTTP/1.1\r\nHost: [::1]:%d\r\n\r\n" % server.port


def test_literals() -> None:
    assert str(literal("0x7f.1")) == "127.0.0.1"
    assert literal("example.org") is None
    assert literal("1.2.3.4.5") is None
