"""Answers that are wrong on the wire: each is archived as it came, named, and harms no other page."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.hostile.portal_server import (
    Answer,
    Canary,
    HostilePortal,
    drip,
    for_ever,
    gzip_bomb,
    http,
    page,
    redirect,
    then_reset,
)
from tests.hostile.scene import Scene

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
GOOD = page("This page is as it should be.")
SMALL = "page_bytes = 200_000\nheader_bytes = 20_000\nredirects = 5\nidle_seconds = 0.4\nexchange_seconds = 1.2"


def sent_and_closed(data: bytes) -> Answer:
    return lambda sock: sock.sendall(data)


def test_what_is_not_http_harms_no_other_page(scene: Scene, portal: HostilePortal) -> None:
    hazards: dict[str, tuple[Answer, str]] = {
        "chunk-size": (sent_and_closed(CHUNKED + b"zz\r\nhello"), "no hexadecimal number"),
        "chunk-negative": (sent_and_closed(CHUNKED + b"-5\r\nhello"), "no hexadecimal number"),
        "chunk-huge": (sent_and_closed(CHUNKED + b"f" * 20 + b"\r\nhello"), "larger than any file"),
        "chunk-extension": (for_ever(CHUNKED + b"5;", b"a" * 100), "does not end"),
        "trailers": (for_ever(CHUNKED + b"5\r\nhello\r\n0\r\n", b"X: y\r\n"), "limits.header_bytes"),
        "long-length": (sent_and_closed(HEAD + b"Content-Length: 1000\r\n\r\nhello"), "before the end of the body"),
        "two-lengths": (sent_and_closed(HEAD + b"Content-Length: 5, 6\r\n\r\nhello"), "values that differ"),
        "huge-length": (
            sent_and_closed(HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nhello"),
            "limits.page_bytes",
        ),
        "reset": (then_reset(HEAD + b"Content-Length: 1000\r\n\r\nhello"), "the connection"),
        "silent-close": (sent_and_closed(b""), "without an answer"),
        "switched": (sent_and_closed(b"HTTP/1.1 101 Now\r\nUpgrade: x\r\n\r\n"), "switched to a protocol"),
        "status-099": (http(GOOD, status="099 What"), "status line"),
        "http2": (sent_and_closed(b"\0\0\x12\4\0\0\0\0\0hello"), "HTTP/2"),
        "endless-head": (for_ever(HEAD, b"X-A: " + b"a" * 100 + b"\r\n"), "limits.header_bytes"),
        "endless-hints": (for_ever(b"", b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n"), "limits.header_bytes"),
        "endless-status": (for_ever(b"HTTP/1.1 200 ", b"a" * 1000), "limits.header_bytes"),
        "endless-body": (for_ever(HEAD + b"\r\n", b"<p>hello</p>" * 1000), "limits.page_bytes"),
        "slow-body": (drip(HEAD + b"\r\n", b"a", 0.1, portal.stopping), "limits.exchange_seconds"),
        "slow-head": (drip(HEAD, b"a", 0.1, portal.stopping), "limits.exchange_seconds"),
    }
    for name, (answer, _) in hazards.items():
        portal.on(f"/{name}", answer)
    portal.on("/", http(GOOD))
    scene.watch(limits=SMALL, parameters=f"urls = {json.dumps([f'/{name}' for name in hazards])}")
    done = scene.crawl()
    assert done.verdict == "partial"
    assert done.reason.startswith(f"{len(hazards)} pages could not be had, first {portal.url}/")
    assert [record["key"] for record in scene.records()] == ["/"]
    for name, (_, words) in hazards.items():
        last = scene.captures(f"/{name}")[-1]
        assert words in last["error"], (name, last)


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (redirect("/"), "broken", "where it already was"),
        (redirect("file:///etc/passwd"), "broken", "which cannot be fetched"),
        (for_ever(HEAD + b"\r\n", b"<p>hello</p>" * 1000), "broken", "limits.page_bytes = 200_000"),
        (lambda sock: sock.recv(1), "down", "limits.idle_seconds = 0.4"),
        (http(GOOD, "text/html", "999 Request Denied"), "down", "answered 999"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", "broken", "answered 304"),
        (http(GOOD, "text/html", "404 Not Found"), "broken", "answered 404"),
        (http(b"<p>", "text/html; charset=idna"), "broken", "the main text"),
    ],
)  # fmt: skip
def test_a_portal_whose_first_page_is_bad(
    scene: Scene, portal: HostilePortal, answer: Answer, verdict: str, words: str
) -> None:
    portal.on("/", answer)
    scene.watch(limits=SMALL)
    done = scene.crawl()
    assert done.verdict == verdict
    assert words in done.reason
    assert done.reason.count("http://") <= 3, "an address is said once"
    assert scene.captures("/")


def test_redirects_that_never_end(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", redirect("/0"))
    for number in range(20):
        portal.on(f"/{number}", redirect(f"/{number + 1}"))
    scene.watch(limits="redirects = 5")
    done = scene.crawl()
    assert (done.verdict, len(portal.asked)) == ("broken", 6)
    assert "limits.redirects = 5" in done.reason


def test_no_redirect_leads_to_a_private_place(scene: Scene, portal: HostilePortal, canary: Canary) -> None:
    places = [
        f"127.0.0.1:{canary.port}", f"127.1:{canary.port}", f"localhost:{canary.port}", f"localhost.:{canary.port}",
        f"[::ffff:127.0.0.1]:{canary.port}", f"[::1]:{canary.port}", f"2130706433:{canary.port}",
        f"0x7f.1:{canary.port}", f"0177.0.0.1:{canary.port}", f"0:{canary.port}", f"[::]:{canary.port}",
        f"[64:ff9b::7f00:1]:{canary.port}", f"%31%32%37.0.0.1:{canary.port}", f"user@127.0.0.1:{canary.port}",
        f"{socket.gethostname()}:{canary.port}", "169.254.169.254", "[fd00:ec2::254]", "10.0.0.1", "192.168.1.1",
    ]  # fmt: skip
    for number, place in enumerate(places):
        portal.on(f"/{number}", redirect(f"http://{place}/latest/meta-data/"))
    portal.on("/", http(GOOD))
    # The portal's own host may be private: that says nothing of any other.
    scene.watch(
        extra='allow_private_network = ["portal.test"]\nscope = ["127.0.0.1", "localhost"]',
        parameters=f"urls = {json.dumps([f'/{number}' for number in range(len(places))])}",
    )
    done = scene.crawl()
    assert done.verdict == "partial"
    assert done.reason.startswith(f"{len(places)} pages could not be had")
    assert "not on the public internet" in done.reason
    assert len(portal.asked) == len(places) + 1
    assert canary.connections == 0


def test_codings_that_are_lies(scene: Scene, portal: HostilePortal) -> None:
    codings = ["gzip", "deflate", "br", "zstd", ", ".join(["gzip"] * 500)]
    for number, coding in enumerate(codings):
        body = b"\xff\xfe" + GOOD + b"<p>%d</p>" % number  # one body at many addresses would be a block page's sign
        portal.on(f"/{number}", http(body, "text/html", "200 OK", f"Content-Encoding: {coding}"))
    portal.on("/bomb", http(gzip_bomb(200), "text/html", "200 OK", "Content-Encoding: gzip"))
    portal.on("/", http(GOOD))
    watched = [f"/{number}" for number in range(len(codings))]
    scene.watch(limits="page_bytes = 500_000", parameters=f"urls = {json.dumps([*watched, '/bomb'])}")
    done = scene.crawl()
    assert done.verdict == "broken"
    assert done.reason.startswith(f"{len(codings)} pages could not be read")
    assert "Content-Encoding" in done.reason
    assert [record["key"] for record in scene.records()] == ["/"]
    assert all(scene.captures(path)[0]["payload_length"] for path in [*watched, "/bomb"])


def test_a_bomb_as_the_first_page(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(gzip_bomb(3000), "text/html", "200 OK", "Content-Encoding: gzip"))
    scene.watch()
    done = scene.crawl()
    assert done.verdict == "broken"
    assert "unpacks to more than" in done.reason
    assert "limits.page_bytes" in done.reason


def test_heads_full_of_rubbish(scene: Scene, portal: HostilePortal) -> None:
    portal.on(
        "/", http(page("words", ["/a", "/b", "/a.pdf"]), "text/html", "200 OK", *[f"X-{i}: {i}" for i in range(8000)])
    )
    portal.on("/a", http(GOOD, "text/html", "200 OK", *[f"Set-Cookie: c{i}={'v' * 30}" for i in range(4000)]))
    portal.on("/b", http(GOOD, "text/html;" + "x" * 60_000, "200 " + "O" * 5000, "ETag: " + "e" * 50_000))
    portal.on(
        "/a.pdf", http(b"z" * 300, "application/\x1bpdf" + "p" * 60_000, "200 OK", "Last-Modified: " + "l" * 60_000)
    )
    scene.watch(parameters='follow = ["main a"]')
    done = scene.crawl()
    assert (done.verdict, done.result["files"]) == ("healthy", 1)
    assert done.code == 0


def test_a_server_that_dies_in_the_middle(scene: Scene, portal: HostilePortal) -> None:
    def die(sock: socket.socket) -> None:
        sock.sendall(HEAD + b"Content-Length: 1000\r\n\r\nhalf")
        portal.stop()

    portal.on("/", http(page("words", ["/a", "/b", "/a.pdf"])))
    portal.on("/a", http(GOOD))
    portal.on("/b", die)
    scene.watch(parameters='follow = ["main a"]')
    done = scene.crawl()
    assert done.verdict == "partial"
    assert "could not be had" in done.reason
    assert any(row["truncated"] == "disconnect" for row in scene.captures("/b"))
    assert "takes no connection" in scene.files()[0]["outcome"]
    assert done.result["file_errors"] == 1


def test_the_portal_can_not_be_found_at_all(tmp_path: Path, portal: HostilePortal, canary: Canary) -> None:
    scene = Scene(tmp_path / "nowhere", portal, canary)
    portal.stop()
    scene.watch()
    done = scene.crawl()
    assert done.verdict == "down"
    assert "takes no connection" in done.reason
