"""Pages that mean ill, to a browser that goes on: what they try is refused, and the page after them is read."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psutil
import pytest
from selectolax.lexbor import LexborHTMLParser

from crawler.capture.browser import renderer
from crawler.capture.browser.behaviours import stage
from crawler.capture.browser.behaviours.wanted import Wanted
from crawler.capture.browser.errors import PageCrashed
from crawler.capture.limits import LimitExceeded
from tests.browser.visits import Visits, chromiums, is_first, visits
from tests.unit.crawler.door.door_site import Answer, Seen


@pytest.fixture(scope="module")
def opened() -> Iterator[Visits]:
    with visits(limits={"page_bytes": 8_000_000, "browser_seconds": 25}) as one:
        one.serve("/api/1", "{}", "application/json")
        yield one


def test_popups_dialogs_and_prints_without_end(opened: Visits):
    rendered = opened.show(
        """<p id=said>Waiting</p><script>
        addEventListener("beforeunload", event => { event.preventDefault(); event.returnValue = "Stay?"; });
        for (let n = 0; n < 200; n++) window.open("/popup-" + n);
        for (let n = 0; n < 30; n++) { alert(n); confirm("Sure?"); prompt("Name?"); }
        print();
        const file = document.createElement("a"); file.href = "data:application/zip,x"; file.download = "x.zip"; file.click();
        said.textContent = "All was said";
        </script>"""
    )
    assert b"All was said" in (rendered.document or b"")


def test_nothing_of_the_machine_is_given(opened: Visits):
    rendered = opened.show(
        """<p id=said></p><script>(async () => {
        const told = {}, tries = {
          place: () => new Promise((yes, no) => navigator.geolocation.getCurrentPosition(yes, no)),
          clipboard: () => navigator.clipboard.readText(),
          notify: async () => { if (await Notification.requestPermission() !== "granted") throw 0; },
          camera: () => navigator.mediaDevices.getUserMedia({video: true}),
          fullscreen: () => document.documentElement.requestFullscreen(),
          pointer: () => document.documentElement.requestPointerLock({unadjustedMovement: true}),
          worker: () => navigator.serviceWorker.register("/worker.js"),
          file: () => fetch("file:///etc/passwd"),
          chrome: () => fetch("chrome://version/"),
        };
        for (const [name, attempt] of Object.entries(tries))
          told[name] = await Promise.race([Promise.resolve().then(attempt).then(() => "given", () => "refused"),
            new Promise(done => setTimeout(done, 500, "no answer"))]);
        said.textContent = JSON.stringify(told);
        await fetch("/api/1");
        })();</script><iframe src="file:///etc/passwd"></iframe><iframe src="chrome://version"></iframe>"""
    )
    said = LexborHTMLParser(rendered.document or b"").css_first("#said")
    told = json.loads(said.text()) if said is not None else {}
    assert told.pop("worker")
    assert "GET /worker.js" not in opened.asked(), "whatever it is told, no service worker is had"
    assert len(told) == 8
    assert "given" not in told.values()


@contextmanager
def forbidden() -> Iterator[tuple[int, list[bytes]]]:
    """A port on another loopback address, and what came there."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.2", 0)) as server:

        def take() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    came.append(connection.recv(4096))

        threading.Thread(target=take, daemon=True).start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)


def test_no_way_leads_to_a_private_address():
    with forbidden() as (port, came), visits(allow_private_network=("127.0.0.1",)) as opened:
        there = f"http://127.0.0.2:{port}"
        rendered = opened.show(
            f"""<p id=said></p><img src="{there}/img"><iframe src="{there}/frame"></iframe>
            <video src="{there}/video" autoplay muted></video><script>(async () => {{
            window.open("{there}/popup");
            navigator.sendBeacon("{there}/beacon", "x");
            new EventSource("{there}/events").onerror = function () {{ this.close(); }};
            new WebSocket("{there.replace("http", "ws")}/socket");
            new Worker(URL.createObjectURL(new Blob(["fetch('{there}/worker')"])));
            await fetch("{there}/fetch", {{mode: "no-cors"}}).catch(() => 0);
            said.textContent = "All was tried";
            }})();</script>"""
        )
        assert b"All was tried" in (rendered.document or b"")
        assert f"{there}/fetch, which it did not get" in " ".join(rendered.notes)
        assert came == []


def test_a_document_of_a_hundred_megabytes_costs_its_page(opened: Visits):
    with pytest.raises(LimitExceeded, match="page_bytes"):
        opened.show("<p hidden></p><script>document.querySelector('p').textContent = 'x'.repeat(1e8)</script>")
    assert b"Still here" in (opened.show("<p>Still here</p>").document or b"")


def test_a_press_that_hangs_the_page_leaves_the_page_as_it_was(opened: Visits, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stage, "ANSWER_SECONDS", 2.0)
    rendered = opened.show(
        """<ul><li>One</li></ul><div role=tablist><button role=tab aria-selected=true>A</button>
        <button role=tab aria-selected=false onclick="for (;;) {}">B</button></div>"""
    )
    assert b"<li>One</li>" in (rendered.document or b"")
    assert "the page did not answer any more while it was acted on, and is kept as it was before" in rendered.notes
    assert b"Still here" in (opened.show("<p>Still here</p>").document or b"")


def test_a_browser_killed_while_it_acts_costs_one_page(opened: Visits):
    killed: list[int] = []

    def answer(seen: Seen) -> Answer:
        for process in chromiums(lambda words: "--type=" not in words):
            killed.append(process.pid)
            process.kill()
            process.wait(30)
        return 200, [], b"{}"

    opened.site.pages["/kill"] = answer
    page = "<ul></ul><button type=button onclick=\"fetch('/kill')\">Load more</button>"
    with pytest.raises(PageCrashed):
        opened.show(page, Wanted(rows="li"))
    assert killed
    assert b"Still here" in (opened.show("<p>Still here</p>").document or b"")


@pytest.mark.parametrize("what", ["stands still", "was just killed"])
def test_a_page_does_not_pay_for_the_browser_that_it_finds(opened: Visits, what: str, monkeypatch: pytest.MonkeyPatch):
    """Before the page is asked for, so it is asked for once, by the next browser."""
    monkeypatch.setattr(renderer, "_GRACE", 2.0)
    opened.show("<p>Before</p>")
    (first,) = chromiums(is_first)
    first.suspend() if what == "stands still" else first.kill()
    assert b"After" in (opened.show("<p>After</p>").document or b"")
    assert not first.is_running() or first.status() == psutil.STATUS_ZOMBIE
    assert len([seen for seen in opened.site.seen if seen.path.startswith("/page-")]) == 1


def test_only_what_pages_ask_for_reaches_a_host(opened: Visits):
    """Last: by now the browser has been started thrice, and has tried to reach its maker each time."""
    opened.show("<p>Last</p>")
    hosts = {urlsplit(one.url).hostname for one in opened.archive.exchanges}
    assert hosts == {"127.0.0.1"}
    assert "127.0.0.1" not in opened.renderer.refused
    assert sum(opened.renderer.refused.values()) > 0, "it did try, and none of it got to the door"
    (first,) = chromiums(is_first)
    lists = [word.partition("=")[2].split(",") for word in first.cmdline() if word.startswith("--disable-features=")]
    playwrights = {name for name in lists[0] if not name.startswith("ms")}  # `ms`: of Edge
    assert playwrights <= set(lists[-1]), "Chromium hears the last list alone, and ours is the last"
