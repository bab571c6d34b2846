"""Hosts that would keep a crawl waiting for days: it ends, and says whom it gave up."""

from __future__ import annotations

import pytest

from crawler.capture.patience import MOST_IN_A_ROW
from crawler.capture.retry import ATTEMPTS
from tests.hostile.portal_server import HostilePortal, http, page
from tests.hostile.scene import Scene


@pytest.mark.parametrize(
    ("status", "value", "verdict"),
    [
        ("503 Busy", "999999999", "down"),
        ("429 Slow down", "Fri, 31 Dec 9999 23:59:59 GMT", "blocked"),
    ],
)
def test_a_portal_that_asks_to_wait_for_decades(
    scene: Scene, portal: HostilePortal, status: str, value: str, verdict: str
) -> None:
    portal.on("/", http(b"busy", "text/html", status, f"Retry-After: {value}"))
    scene.watch(parameters='urls = ["/a", "/b"]')
    done = scene.crawl()
    assert done.verdict == verdict
    assert len(portal.asked) <= 3


def test_a_thousand_files_of_a_host_that_gives_none(scene: Scene, portal: HostilePortal) -> None:
    portal.on("/", http(page("Files.", (f"/{number}.pdf" for number in range(400)))))
    portal.on("*", lambda sock: None)
    scene.watch()
    done = scene.crawl()
    assert (done.verdict, done.result["files"], done.result["file_errors"]) == ("healthy", 0, 400)
    outcomes = [row["outcome"] for row in scene.files()]
    assert sum("is not asked again in this crawl" in outcome for outcome in outcomes) > 200
    assert len(portal.asked) < 1 + ATTEMPTS * (MOST_IN_A_ROW + 100)
