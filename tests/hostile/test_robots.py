"""robots.txt files that refuse, fail, never end, or ask for the impossible."""

from __future__ import annotations

import pytest

from tests.hostile.portal_server import Answer, HostilePortal, for_ever, http, page
from tests.hostile.scene import Scene

RULES = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


@pytest.mark.parametrize(
    ("robots", "verdict", "words"),
    [
        (http(b"User-agent: *\nDisallow: /", "text/plain"), "blocked", "robots.txt of this host refuses"),
        (http(b"down", "text/plain", "500 Down"), "down", "robots.txt of this host could not be had (status 500)"),
        (for_ever(RULES, b"Disallow: /x\n" * 1000), "down", "limits.page_bytes = 1_000_000"),
    ],
)
def test_robots_that_let_nobody_in(
    scene: Scene, portal: HostilePortal, robots: Answer, verdict: str, words: str
) -> None:
    portal.on("/robots.txt", robots)
    portal.on("/", http(page("Never seen.")))
    scene.watch(robots=True, limits="page_bytes = 1_000_000")
    done = scene.crawl()
    assert done.verdict == verdict
    assert words in done.reason
    assert "politeness.robots" in done.reason, "it says what to do"
    assert "/" not in portal.asked
    assert scene.captures("/robots.txt")


@pytest.mark.parametrize(
    "robots",
    [
        b"User-agent: *\n" + b"Disallow: /x*y*z$\n" * 1_000_000,
        b"User-agent: *\n" + b"Disallow: /" + b"*a" * 5_000 + b"b\n",
        b"\xff\xfe\0\0" + b"\0" * 100_000,
    ],
    ids=["a million rules", "stars", "binary"],
)
def test_robots_that_take_time_to_read(scene: Scene, portal: HostilePortal, robots: bytes) -> None:
    portal.on("/robots.txt", http(robots, "text/plain"))
    portal.on("/", http(page("Seen.", ["/" + "a" * 3_000 + ".pdf"])))
    portal.on("*", http(b"%PDF" + b" " * 500, "application/pdf"))
    scene.watch(robots=True)
    done = scene.crawl()
    assert (done.verdict, done.result["files"]) == ("healthy", 1)
