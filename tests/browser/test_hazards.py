"""What a page may do to a browser: each costs that page at most, and is said in words; the crawl goes on."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from config.errors import RecordwatchError
from crawler.capture.browser import renderer, tab
from crawler.capture.browser.behaviours.wanted import Wanted
from crawler.capture.browser.rendered import Rendered
from crawler.capture.browser.renderer import Renderer
from tests.browser.scene import DETAIL, PORTAL, SLUG, Scene
from tests.browser.visits import chromiums, is_first, is_tab
from tests.replicas.spa import HOST, SpaReplica, some_cases
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
        replica.cases = some_cases(cases)
        return Scene(verb, tmp_path, replica, f"{PORTAL}{detail}\n[limits]\n{limits}")

    yield scene
    for replica in opened:
        replica.__exit__()


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Last part of a page's address → what was said of it: a crawl says it of the first page alone."""
    said: dict[str, str] = {}
    render = Renderer.render

    async def listening(self: Renderer, url: str, wanted: Wanted) -> Rendered:
        try:
            return await render(self, url, wanted)
        except RecordwatchError as error:
            said[url.rpartition("/")[2]] = str(error)
            raise

    monkeypatch.setattr(Renderer, "render", listening)
    return said


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


def test_what_a_page_may_not_do_is_refused_and_the_page_is_read(watch: Watch, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tab, "_POLLING", 2.0)
    with listener(socket.SOCK_STREAM) as (port, came), listener(socket.SOCK_DGRAM) as (udp, around):
        scene = watch("loopback", "webrtc", "websocket", "dialogs", "post", "endless")
        scene.replica.sentinel, scene.replica.stun = f"http://127.0.0.1:{port}/secret", f"stun:127.0.0.1:{udp}"
        said = scene.crawl()
        assert "healthy — 3 records" in said.out, "alerts, popups and downloads hold nobody up"
        (document,) = scene.resources("rendered")
        for tried in ("asked", "opened"):
            assert f'id="{tried}"'.encode() in document.body, "the page did try"
        assert f"the page asked for http://127.0.0.1:{port}/secret, which it did not get" in said.out
        assert "127.0.0.1 is at 127.0.0.1 (loopback), which is not on the public internet" in said.out
        assert came == []
        assert around == [], "no way leads around the proxy by UDP"
    assert f"the page opened a WebSocket to https://{HOST}/ws, which is not archived and was refused" in said.out
    assert "the page asks for the same again and again, and was read as it stood" in said.out
    assert [one.method for one in scene.exchanges() if one.url.endswith("/api/search")] == ["POST"]
    assert scene.exchanges() == scene.served(), "posts are archived like all else, and so is what it asks for for ever"


def test_a_body_beyond_the_limit_is_refused_and_the_page_read(watch: Watch):
    said = watch("huge", limits="page_bytes = 1_000_000").crawl()
    assert "healthy — 3 records" in said.out
    assert f"the page asked for https://{HOST}/huge, which it did not get" in said.out


def test_a_script_that_never_ends_costs_its_page(watch: Watch, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(renderer, "_ANSWERING", 2.0)
    scene = watch("hang", limits="browser_seconds = 2")
    said = scene.crawl(code=3)
    assert "(limits.browser_seconds = 2.0)" in said.out
    assert chromiums() == []


def end_all_tabs() -> None:
    (first,) = chromiums(is_first)
    first.suspend()  # until all are dead, for it has one that waits for the next page
    tabs = chromiums(is_tab)
    for process in tabs:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(tabs, timeout=30)
    first.resume()


def end_the_browser() -> None:
    (first,) = chromiums(is_first)
    first.kill()
    first.wait(30)  # the page gets its answer when it is no more


def test_each_page_that_does_harm_costs_itself_and_others_are_read_as_if_nothing_had_been(
    watch: Watch, refusals: dict[str, str]
):
    scene = watch(detail=DETAIL, cases=9, limits="browser_requests = 60\nbrowser_bytes = 1_000_000")
    harm = {2: "crash", 4: "storm", 5: "crash", 7: "huge", 8: "elsewhere"}
    scene.replica.on_case = {f"2026-00{number}": hazard for number, hazard in harm.items()}
    scene.replica.on_crash = lambda number: end_all_tabs() if number == "2026-002" else end_the_browser()
    said = scene.crawl(code=3)
    assert scene.replica.crashed == {"2026-002", "2026-005"}
    assert "5 pages could not be had, first https" in said.out
    assert "its tab crashed" in refusals["2026-002"]
    assert "its tab was closed, or the whole browser died" in refusals["2026-005"]
    assert "this page makes too many requests (limits.browser_requests = 60)" in refusals["2026-004"]
    asked = [asked.target for asked in scene.replica.asked if asked.path == "/api/poll"]
    assert len(asked) <= 60, "what it still wanted when it was closed is not had in the next page's name"
    assert "this page loads too much (limits.browser_bytes = 1_000_000)" in refusals["2026-007"]
    assert f"pages are taken from {HOST} alone" in refusals["2026-008"]
    well = [number for number in range(1, 10) if number not in harm]
    kept = [scene.record(f"/case/2026-00{number}")["versions"][-1]["fields"]["outcome"] for number in well]
    assert kept == ["Sustained" if number % 2 else "Open" for number in well]
    elsewhere = scene.run("record", SLUG, "/case/2026-008", "--json", "--home", scene.home)
    assert "outcome" not in elsewhere.out, "what stands on another host's page is not the portal's"
    assert chromiums() == []

    scene.replica.on_case = {}
    assert "healthy — 9 records, 9 files" in scene.crawl().out


def test_a_page_that_takes_all_memory_is_ended(watch: Watch):
    scene = watch("hog", "endless", limits="browser_memory = 700_000_000")
    said = scene.crawl(code=3)
    assert "this page takes too much memory (limits.browser_memory = 700_000_000)" in said.out
    assert chromiums() == []


def test_what_robots_txt_refuses_to_the_page_is_said_where_the_page_is_empty(watch: Watch):
    scene = watch()
    scene.replica.robots = "User-agent: *\nDisallow: /api/\n"
    said = scene.crawl(code=3)
    assert "broken" in said.out
    assert f"the page asked for https://{HOST}/api/cases?page=1, which it did not get: robots.txt" in said.out


@pytest.mark.soak  # test_lists_in_place has one where a browser was asked second; what the browser does is the same
def test_a_block_page_in_the_browser_is_no_page(watch: Watch, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(renderer, "CHALLENGED", 0.5)
    assert "blocked" in watch("challenge").crawl(code=3).out


def test_a_portal_that_is_down_is_down(watch: Watch):
    assert "down" in watch("down").crawl(code=3).out


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
