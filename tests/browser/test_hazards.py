"""What a page may do to a browser: each costs that page at most, and is said in words; the crawl goes on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from crawler.capture.browser import renderer
from tests.browser.scene import DETAIL, PORTAL, Scene
from tests.browser.visits import chromiums, is_first, is_tab
from tests.replicas.spa import HOST, SpaReplica
from tests.unit.cli.conftest import Verb, verb

__all__ = ["verb"]  # the fixture
Watch = Callable[..., Scene]


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[Watch]:
    """A watched replica with hazards and, unless told, a list of one page."""
    opened: list[SpaReplica] = []

    def scene(*hazards: str, limits: str = "", detail: str = "", cases: int = 3) -> Scene:
        replica = SpaReplica(*hazards)
        opened.append(replica.__enter__())
        for key in list(replica.cases)[cases:]:
            del replica.cases[key]
        return Scene(verb, tmp_path, replica, f"{PORTAL}{detail}\n[limits]\n{limits}")

    yield scene
    for replica in opened:
        replica.__exit__()


@contextmanager
def listener(kind: socket.SocketKind) -> Iterator[tuple[int, list[bytes]]]:
    """A port on loopback, and what came there."""
    came: list[bytes] = []
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            sock.listen()

        def take() -> None:
            while True:
                try:
                    if kind == socket.SOCK_STREAM:
                        connection, _ = sock.accept()
                        with connection:
                            came.append(connection.recv(4096))
                    else:
                        came.append(sock.recv(4096))
                except OSError:
                    return

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield sock.getsockname()[1], came
        sock.shutdown(socket.SHUT_RDWR) if kind == socket.SOCK_STREAM else None


def test_a_page_cannot_reach_what_the_portal_may_not(watch: Watch):
    with listener(socket.SOCK_STREAM) as (port, came):
        scene = watch("loopback")
        scene.replica.sentinel = f"http://127.0.0.1:{port}/secret"
        said = scene.crawl()
        (document,) = scene.resources("rendered")
        assert b'id="asked"' in document.body, "the page did try"
        assert f"the page asked for http://127.0.0.1:{port}/secret, which it did not get" in said.out
        assert "127.0.0.1 is at 127.0.0.1 (loopback), which is not on the public internet" in said.out
        assert came == []


def test_a_page_cannot_go_around_the_proxy_by_udp(watch: Watch):
    with listener(socket.SOCK_DGRAM) as (port, came):
        scene = watch("webrtc")
        scene.replica.stun = f"stun:127.0.0.1:{port}"
        scene.crawl()
        assert came == []


def test_a_websocket_is_refused_and_said_so(watch: Watch):
    said = watch("websocket").crawl()
    assert f"the page opened a WebSocket to https://{HOST}/ws, which is not archived and was refused" in said.out


def test_a_page_that_polls_for_ever_is_read_as_it_stands(watch: Watch):
    scene = watch("endless")
    said = scene.crawl()
    assert "healthy — 3 records" in said.out
    assert "the page asks for the same again and again, and was read as it stood" in said.out
    assert scene.exchanges() == scene.served()


def test_alerts_popups_and_downloads_hold_nobody_up(watch: Watch):
    assert "healthy — 3 records" in watch("dialogs").crawl().out


def test_a_page_that_asks_without_end_is_stopped(watch: Watch):
    scene = watch("storm", limits="browser_requests = 60")
    said = scene.crawl(code=3)
    assert "this page makes too many requests (limits.browser_requests = 60)" in said.out
    assert len([asked for asked in scene.replica.asked if asked.path != "/robots.txt"]) <= 60


def test_a_page_that_loads_too_much_is_stopped(watch: Watch):
    said = watch("huge", limits="browser_bytes = 1_000_000").crawl(code=3)
    assert "this page loads too much (limits.browser_bytes = 1_000_000)" in said.out


def test_a_body_beyond_the_limit_is_refused_and_the_page_read(watch: Watch):
    said = watch("huge", limits="page_bytes = 1_000_000").crawl()
    assert "healthy — 3 records" in said.out
    assert f"the page asked for https://{HOST}/huge, which it did not get" in said.out


def test_a_script_that_never_ends_costs_its_page(watch: Watch):
    scene = watch("hang", limits="browser_seconds = 5")
    said = scene.crawl(code=3)
    assert "(limits.browser_seconds = 5.0)" in said.out
    assert chromiums() == []


def test_a_page_that_takes_all_memory_is_ended(watch: Watch):
    scene = watch("hog", "endless", limits="browser_memory = 700_000_000")
    said = scene.crawl(code=3)
    assert "this page takes too much memory (limits.browser_memory = 700_000_000)" in said.out
    assert chromiums() == []


@pytest.mark.parametrize("what", ["a tab", "the browser"])
def test_after_a_crash_another_page_is_read_as_if_nothing_had_been(watch: Watch, what: str):
    def crash() -> None:
        (first,) = chromiums(is_first)
        if what == "the browser":
            first.kill()
            first.wait(30)  # the page gets its answer when it is no more
            return
        first.suspend()  # until all are dead, for it has one that waits for the next page
        tabs = chromiums(is_tab)
        for process in tabs:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(tabs, timeout=30)
        first.resume()

    scene = watch("crash-detail", detail=DETAIL, cases=5)
    scene.replica.on_crash = crash
    said = scene.crawl(code=3)
    assert "crash" in said.out or "died" in said.out, said.out
    read = {asked.path for asked in scene.replica.asked if asked.path.startswith("/api/case/")}
    assert read >= {f"/api/case/2026-00{number}" for number in (1, 3, 4, 5)}
    kept = [scene.record(f"/case/2026-00{number}")["versions"][-1]["fields"] for number in (1, 3, 4, 5)]
    assert [fields["outcome"] for fields in kept] == ["Sustained", "Sustained", "Open", "Sustained"]
    assert chromiums() == []

    assert "healthy — 5 records, 5 files" in scene.crawl().out


def test_what_robots_txt_refuses_to_the_page_is_said_where_the_page_is_empty(watch: Watch):
    scene = watch()
    scene.replica.robots = "User-agent: *\nDisallow: /api/\n"
    said = scene.crawl(code=3)
    assert "broken" in said.out
    assert f"the page asked for https://{HOST}/api/cases?page=1, which it did not get: robots.txt" in said.out


def test_a_page_that_leads_to_another_host_is_not_taken_for_the_portals(watch: Watch):
    said = watch("elsewhere").crawl(code=3)
    assert "0 records" in said.out
    assert f"pages are taken from {HOST} alone" in said.out


def test_a_block_page_in_the_browser_is_no_page(watch: Watch, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(renderer, "CHALLENGED", 0.5)
    assert "blocked" in watch("challenge").crawl(code=3).out


def test_a_portal_that_is_down_is_down(watch: Watch):
    assert "down" in watch("down").crawl(code=3).out


def test_posts_of_a_page_are_archived_like_all_else(watch: Watch):
    scene = watch("post")
    scene.crawl()
    assert [one.method for one in scene.exchanges() if one.url.endswith("/api/search")] == ["POST"]
    assert scene.exchanges() == scene.served()


@pytest.mark.parametrize(
    ("browser", "said"), [("/nowhere/chromium", "there is no such program"), ("false", "does not start")]
)
def test_a_browser_that_cannot_be_had_is_one_clear_sentence(watch: Watch, browser: str, said: str):
    scene = watch()
    settings = scene.home / "recordwatch.toml"
    settings.write_text(f'browser = "{browser}"\n' + settings.read_text("utf-8"), "utf-8")
    told = scene.crawl(code=2)
    assert said in told.err
    assert "Traceback" not in told.err
    assert told.err.count("recordwatch:") == 1
