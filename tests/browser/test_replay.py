"""Archived pages in a real browser that has nothing but the archive: with the portal gone, and with the network cut."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import psutil
import pytest
from PIL import Image
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.holdings import Holdings
from archive.model import CaptureRow
from config.home import open_home
from config.programs import FFMPEG
from crawler.replay.errors import NoPage
from crawler.replay.files import FileShelf
from crawler.replay.proxy import ReplayingProxy
from crawler.replay.shelf import CatalogShelf
from crawler.replay.told import Told
from crawler.replay.viewer import page_of, render, show
from releases.facts.pictures import phash
from tests.browser.scene import Scene
from tests.browser.test_hazards import chromiums, listener
from tests.portals.home import replica_home
from tests.replicas.exhibit import ASSETS, HOST, PAGE, ExhibitReplica
from tests.services.programs import needs_program
from tests.unit.cli.conftest import ROOT, Verb, command, verb
from tests.unit.crawler.replay.scene import connected

__all__ = ["verb"]  # the fixture
SLUG = "gull-bay"
PORTAL = f"""
slug = "{SLUG}"
name = "Gull Bay board"
agency = "Gull Bay Board of Review"
place = "Gull Bay, Lakeland"
url = "{PAGE}"
spider = "pages"
browser = true
behaviours = ["scroll"]
timezone = "America/Chicago"
allow_private_network = ["{HOST}", "{ASSETS}"]
"""
ALONE = """
import fcntl, os, socket, struct, sys
with socket.socket() as any:  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP: see netdevice(7)
    name, flags = struct.unpack("16sh", fcntl.ioctl(any, 0x8913, struct.pack("16sh", b"lo", 0)))
    fcntl.ioctl(any, 0x8914, struct.pack("16sh", b"lo", flags | 1))
os.execv(sys.executable, [sys.executable, "-m", "cli", *sys.argv[1:]])
"""


class Visited(NamedTuple):
    """A home whose portal is no more: it was visited twice, and had changed in between."""

    home: Path
    times: tuple[str, ...]
    documents: tuple[bytes, ...]
    """As they were when they were captured."""
    pictures: tuple[bytes, ...]


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    needs_program(FFMPEG)
    with ExhibitReplica() as replica:
        home = replica_home(tmp_path_factory.mktemp("replay") / "home", [replica])
        (home / "portals").mkdir()
        (home / "portals" / f"{SLUG}.toml").write_text(PORTAL, "utf-8")
        for replica.edition in (1, 2):
            done = command("crawl", SLUG, "--home", str(home))
            assert done.returncode == 0, done
        asked = len(replica.asked)
    scene = Scene.__new__(Scene)
    scene.home = home
    listed = command("replay", PAGE, "--list", "--json", "--home", str(home))
    times = tuple(json.loads(line)["at"] for line in listed.stdout.splitlines())
    documents, pictures = (tuple(one.body for one in scene.resources(kind)) for kind in ("rendered", "screenshot"))
    assert len(times) == len(documents) == len(pictures) == 2
    yield Visited(home, times, documents, pictures)
    assert len(replica.asked) == asked, "nobody asked the portal since"


def apart(one: bytes, other: bytes) -> int:
    """Bits in which two pictures look different, of 64."""
    hashes = [int(phash(Image.open(BytesIO(picture))), 16) for picture in (one, other)]
    return (hashes[0] ^ hashes[1]).bit_count()


def report(out: str) -> dict[str, Any]:
    return dict(json.loads(out))


def own_network() -> list[str]:
    """What gives a command a network of its own, with loopback and nothing else."""
    words = ["unshare", "--net"]
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no network of one's own can be had here: {error}")
    return [*words, sys.executable, "-c", ALONE]


def test_with_the_network_cut_the_page_is_what_it_was(visited: Visited, tmp_path: Path):
    written = ["-o", str(tmp_path / "page.png"), "--html", str(tmp_path / "page.html")]
    words = [*own_network(), "replay", PAGE, *written, "--json", "--home", str(visited.home)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = report(done.stdout)
    document = (tmp_path / "page.html").read_bytes()
    for said in (
        "cookie: board=served; seen=by-script", "items: item 0 of 2", "posted: page 2", "other page: page 3",
        "today: 10", "fresh: edition 2", "stamped: edition 2", "drawn: edition 2", "moved: 3", "across: by all",
        "gone: 404", "job: done", "frame: 120000", "film: 4 s, at 3 s", "whole film: true", "clock: true", 'id="ready"',
    ):  # fmt: skip
        assert said in document.decode(), said
    assert document == visited.documents[1]
    assert apart((tmp_path / "page.png").read_bytes(), visited.pictures[1]) <= 2
    assert told["missing"] == {}
    assert told["same_crawl"] + told["another_crawl"] + len(told["alike"]) == told["requests"] > 20
    assert told["another_crawl"] == 0
    words = [asked.partition("?")[2][:6] for asked in told["alike"]]
    assert sorted(word[:2] for word in words) == ["", "0.", "_=", "st"], (
        "the time, and a number drawn, and what was posted"
    )


def test_an_earlier_visit_gets_what_came_with_it(verb: Verb, visited: Visited, tmp_path: Path):
    said = verb(
        "replay", PAGE, "--at", visited.times[0], "--html", tmp_path / "page.html", "--json", "--home", visited.home
    )
    assert said.code == 0, said.err
    assert (tmp_path / "page.html").read_bytes() == visited.documents[0]
    assert b"item 0 of 1" in visited.documents[0]
    told = report(said.out)
    assert (told["another_crawl"], told["missing"]) == (0, {})
    assert told["at"] == visited.times[0]


def test_warcs_replay_without_a_home(verb: Verb, visited: Visited, tmp_path: Path):
    files = [word for path in (visited.home / "archive").rglob("*.warc.gz") for word in ("--warc", path)]
    said = verb("replay", f"https://{HOST}/board", *files, "--html", tmp_path / "page.html", "--json")
    assert said.code == 0, said.err
    assert (tmp_path / "page.html").read_bytes() == visited.documents[1]
    assert report(said.out)["missing"] == {}


HOSTILE = """<!DOCTYPE html><title>Hostile</title><ul id="tried"></ul>
<link rel="preconnect" href="http://127.0.0.1:%(tcp)d"><link rel="dns-prefetch" href="//live.gull-bay.example">
<link rel="prefetch" href="http://127.0.0.1:%(tcp)d/prefetch"><link rel="preload" as="script" href="http://localhost:%(tcp)d/p.js">
<img src="http://127.0.0.1:%(tcp)d/picture"><iframe src="http://[::1]:%(tcp)d/frame"></iframe>
<iframe name="post"></iframe><form id="form" method="post" target="post" action="http://127.0.0.1:%(tcp)d/form"></form>
<a id="link" href="#x" ping="http://127.0.0.1:%(tcp)d/ping">x</a>
<script>
const tried = async (name, work) => {
  const line = document.createElement("li");
  await Promise.race([work(), new Promise(done => setTimeout(done, 400))]).catch(() => 0);
  line.textContent = name; document.getElementById("tried").append(line);
};
const home = "http://127.0.0.1:%(tcp)d";
(async () => {
  await Promise.all([
    tried("fetch", () => fetch(home + "/fetch", {mode: "no-cors"})),
    tried("beacon", async () => navigator.sendBeacon(home + "/beacon", "x")),
    tried("kept alive", () => fetch(home + "/alive", {mode: "no-cors", keepalive: true, method: "POST", body: "x"})),
    tried("socket", () => new Promise(done => { const s = new WebSocket("ws://127.0.0.1:%(tcp)d/ws"); s.onerror = s.onopen = done; })),
    tried("stream", () => new Promise(done => { new EventSource(home + "/events").onerror = done; })),
    tried("transport", async () => { await new WebTransport("https://127.0.0.1:%(udp)d/").ready; }),
    tried("worker", () => new Promise(done => {
      const code = `fetch("${home}/worker", {mode: "no-cors"}).catch(() => 0).then(() => postMessage(1))`;
      new Worker(URL.createObjectURL(new Blob([code]))).onmessage = done;
    })),
    tried("webrtc", () => new Promise(done => {
      const peer = new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:%(udp)d"},
        {urls: "turn:127.0.0.1:%(tcp)d?transport=tcp", username: "x", credential: "y"}]});
      peer.createDataChannel("x");
      peer.onicegatheringstatechange = () => { if (peer.iceGatheringState === "complete") done(); };
      peer.createOffer().then(offer => peer.setLocalDescription(offer));
    })),
    tried("window", async () => window.open(home + "/window")),
    tried("form", async () => document.getElementById("form").submit()),
    tried("ping", async () => document.getElementById("link").click()),
  ]);
  document.body.id = "ready";
})();
</script>"""


def foreign(path: Path, pages: dict[str, tuple[str, bytes]]) -> Path:
    """A WARC as another tool writes it: URL → media type and body."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for url, (kind, body) in pages.items():
            head = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                url, "response", payload=BytesIO(body), length=len(body), http_headers=head
            )
            asked = StatusAndHeaders("GET / HTTP/1.1", [("User-Agent", "another tool/1.0")], is_http_request=True)
            request = writer.create_warc_record(url, "request", http_headers=asked)
            writer.write_request_response_pair(request, record)
    return path


def test_a_hostile_page_of_another_tools_warc_reaches_nobody(verb: Verb, tmp_path: Path):
    import socket

    with listener(socket.SOCK_STREAM) as (tcp, connected), listener(socket.SOCK_DGRAM) as (udp, sent):
        page = (HOSTILE % {"tcp": tcp, "udp": udp}).encode()
        warc = foreign(tmp_path / "other.warc.gz", {"http://old.gull-bay.example/": ("text/html", page)})
        said = verb(
            "replay", "http://old.gull-bay.example/", "--warc", warc, "--html", tmp_path / "page.html", "--json"
        )
        assert said.code == 0, said.err
        document = (tmp_path / "page.html").read_text("utf-8")
        assert document.count("<li>") == 11, document
        assert (connected, sent) == ([], [])
    told = report(said.out)
    missing = " ".join(told["missing"])
    for path in ("/picture", "/fetch", "/beacon", "/alive", "/worker", "/form", "/events"):
        assert f"127.0.0.1:{tcp}{path}" in missing, path
    assert any("WebSocket" in note for note in told["notes"])


def test_what_cannot_be_shown_is_one_clear_sentence(verb: Verb, tmp_path: Path):
    pages = {
        "https://a.example/reports/2026": ("text/html", b"<p>x"),
        "https://a.example/report.zip": ("application/zip", b"PK\3\4"),
        "https://b.example/": ("text/html", b"<p>other"),
    }
    warc = foreign(tmp_path / "a.warc.gz", pages)
    said = verb("replay", "https://a.example/reports/2025", "--warc", warc)
    assert said.code == 2
    assert "this address was never captured (https://a.example/reports/2025)" in said.err
    assert "Captured were: https://a.example/reports/2026, https://a.example/report.zip" in said.err
    said = verb("replay", "https://c.example/", "--warc", warc, "--list")
    assert (said.code, "Nothing of its host was captured either" in said.err) == (2, True)
    said = verb("replay", "https://a.example/report.zip", "--warc", warc)
    assert (said.code, "this is application/zip, which is no page" in said.err) == (2, True), said.err
    (tmp_path / "empty.warc.gz").write_bytes(b"\x1f\x8b")
    assert "there is no capture of a page in here" in verb("replay", "x", "--warc", tmp_path / "empty.warc.gz").err
    assert "cannot be read" in verb("replay", "x", "--warc", tmp_path / "none.warc.gz").err
    assert "no time" in verb("replay", "x", "--warc", warc, "--at", "soon").err
    assert "no http" in verb("replay", "x", "--warc", warc).err


def test_a_window_needs_a_screen(verb: Verb, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    said = verb("replay", "https://a.example/", "--open", "--warc", tmp_path / "x.warc.gz")
    assert (said.code, "there is no screen here" in said.err) == (2, True)


class Watched(FileShelf):
    """Tells when something is taken from it."""

    taken = False

    def open_record(self, row: CaptureRow) -> BinaryIO:
        self.taken = True
        return super().open_record(row)


def test_a_window_is_over_when_its_browser_is_gone(tmp_path: Path):
    # With a picture of its own the page is not asked for one: a browser does that now and then.
    page = b'<link rel="icon" href="data:,"><p>x'
    shelf = Watched([foreign(tmp_path / "a.warc.gz", {"https://a.example/": ("text/html", page)})])

    async def closed() -> Told:
        shown = asyncio.create_task(show(shelf, page_of(shelf, "https://a.example/", None), "", window=False))
        while not shelf.taken and not shown.done():
            await asyncio.sleep(0.05)
        for one in chromiums():
            with suppress(psutil.Error):
                one.kill()
        async with asyncio.timeout(60):
            return await shown

    assert asyncio.run(closed()).missing == {}


def test_a_page_that_takes_the_browser_down_is_said_so(tmp_path: Path):
    shelf = Watched([foreign(tmp_path / "a.warc.gz", {"https://a.example/": ("text/html", b"<p>x")})])

    async def killed() -> None:
        rendering = asyncio.create_task(render(shelf, page_of(shelf, "https://a.example/", None), ""))
        while not shelf.taken and not rendering.done():
            await asyncio.sleep(0.05)
        for one in chromiums():
            with suppress(psutil.Error):
                one.kill()
        await rendering

    with pytest.raises(NoPage, match="this page took the browser down"):
        asyncio.run(killed())


def got(home: Path, page: str, url: str) -> tuple[int, str, list[str]]:
    """What the newest visit of `page` gets for `url`: status, fit, what was held back."""
    shelf = CatalogShelf(Holdings(open_home(str(home))))

    async def ask(row: CaptureRow) -> tuple[int, str, list[str]]:
        async with connected(ReplayingProxy(shelf, row)) as browser:
            answer = await browser.get(url)
            return answer.status, answer.fit, list(browser.proxy.told.held_back)

    return asyncio.run(ask(page_of(shelf, page, None)))


def test_restricted_pages_are_shown_to_nobody(verb: Verb, visited: Visited):
    listed = verb("replay", PAGE, "--list", "--json", "--home", visited.home)
    capture = json.loads(listed.out.splitlines()[0])["capture"]
    why = ("--by", "an editor", "--why", "a test", "--home", visited.home)
    assert verb("restrict", "capture", capture, *why).code == 0
    said = verb("replay", PAGE, "--at", visited.times[0], "--with-quarantined", "--home", visited.home)
    assert (said.code, "this page is shown to nobody" in said.err) == (2, True), said.err
    assert got(visited.home, PAGE, "https://design.webware.example/frame.html") == (200, "same", [])
    frame = verb("replay", "https://design.webware.example/frame.html", "--list", "--json", "--home", visited.home)
    assert verb("restrict", "capture", json.loads(frame.out.splitlines()[0])["capture"], *why).code == 0
    held = ["https://design.webware.example/frame.html"]
    assert got(visited.home, PAGE, held[0]) == (403, "held-back", held), "and none of its revisits are"
    for line in verb("restrict", "list", "--json", "--home", visited.home).out.splitlines():
        assert verb("restrict", "lift", json.loads(line)["id"], *why).code == 0
