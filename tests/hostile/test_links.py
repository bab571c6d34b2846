"""Links that lead where nobody should go, or nowhere, or are longer than any index: none is followed there, none ends a crawl."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.hostile.portal_server import Canary, HostilePortal, http, page, redirect
from tests.hostile.scene import Scene

LONG = [
    "/" + "x" * 10_000 + ".pdf",
    "/" + "y" * 300_000 + ".pdf",
    "/" + "é" * 2_000 + ".pdf",
    "/p" + "a" * 9_000 + "?q=1",
]


def test_files_on_private_hosts_are_never_asked_for(scene: Scene, portal: HostilePortal, canary: Canary) -> None:
    port = canary.port
    hosts = [
        "127.0.0.1", "127.1", "localhost", "localhost.", "LOCALHOST", "2130706433", "0x7f.1",
        "0177.0.0.1", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
        "①②⑦.0.0.1", "127。0。0。1", "user:password@127.0.0.1", "portal.test@127.0.0.1", socket.gethostname(),
    ]  # fmt: skip
    links = [f"http://{host}:{port}/{number}.pdf" for number, host in enumerate(hosts)]
    links += ["http://169.254.169.254/latest/20.pdf", "http://[fd00:ec2::254]/21.pdf", "/hop.pdf"]
    portal.on("/", http(page("Some of these are ours.", [*links, "/good.pdf"])))
    portal.on("/hop.pdf", redirect(f"http://localhost:{port}/22.pdf"))
    portal.on("/good.pdf", http(b"%PDF" + b" " * 500, "application/pdf"))
    scene.watch(extra='allow_private_network = ["portal.test"]')
    done = scene.crawl()
    assert (done.result["files"], done.result["file_errors"]) == (1, len(links))
    refused = [row for row in scene.files() if row["name"] != f"link {len(links)}"]
    assert all("is not on the public internet" in row["outcome"] for row in refused), refused
    assert canary.connections == 0
    assert len(portal.asked) == 3


def test_links_that_are_no_addresses(scene: Scene, portal: HostilePortal) -> None:
    links = [
        "file:///etc/passwd", "file:///etc/passwd.pdf", "data:text/html,x.pdf", "javascript:alert(1)//.pdf",
        "ftp://portal.test/x.pdf", "gopher://portal.test/x.pdf", "//[bad/x.pdf", "http://:80/x.pdf",
        "http://portal.test:99999/x.pdf", "http://portal.test:x/x.pdf", "http://a..b/x.pdf",
        f"http://{'a' * 300}.test/x.pdf", "http://exa mple.test/x.pdf", "http://xn--/x.pdf", "\x1b", "#",
    ]  # fmt: skip
    odd = [
        "/new\nline.pdf",
        "/nul\0.pdf",
        "/\x1b[31mred.pdf",
        "/\u202egnp.pdf",
        "/\udcff.pdf",
        "/a\\b.pdf",
        "/%ff%00.pdf",
    ]
    portal.on("/", http(page("Links of all kinds.", [*links, *odd])))
    portal.on("*", http(b"%PDF" + b" " * 500, "application/pdf"))
    scene.watch(parameters='follow = ["main a"]')
    done = scene.crawl()
    assert done.verdict == "healthy"
    assert done.result["files"] == len(odd)
    assert all(row["url"].startswith("http://") for row in scene.files())
    assert len(portal.asked) == 1 + len(odd)


def long_links(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(page("Addresses of all lengths.", LONG, title="T" * 50_000)))
    portal.on("*", http(page("This was a long way to come.")))
    scene.watch(parameters='follow = ["main a"]', limits="header_bytes = 500_000")
    done = scene.crawl()
    assert (done.verdict, done.result["records"], done.result["files"]) == ("healthy", 2, 3)
    assert sum(len(path) > 9_000 for path in portal.asked) == 4
    assert scene.captures("/" + "y" * 300_000 + ".pdf")
    again = scene.crawl()
    assert (again.verdict, again.result["events"]) == ("healthy", [])


def test_addresses_longer_than_any_index(scene: Scene, portal: HostilePortal) -> None:
    long_links(scene, portal)


def test_addresses_longer_than_any_index_on_postgresql(
    tmp_path: Path, portal: HostilePortal, canary: Canary, postgres_url: str
) -> None:
    long_links(Scene(tmp_path / "home", portal, canary, database=postgres_url), portal)


def test_redirects_to_odd_places(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(page("Start.", [f"/{number}.pdf" for number in range(4)])))
    targets = ["/" + "a" * 100_000, "/\x01\x1b[31m\x85", "//[", "http://portal.test:0/"]
    for number, target in enumerate(targets):
        portal.on(f"/{number}.pdf", redirect(target))
    portal.on("*", http(b"%PDF" + b" " * 500, "application/pdf"))
    scene.watch()
    done = scene.crawl()
    assert done.result["files"] == 2
    assert done.result["file_errors"] == 2
