"""A newsroom with a hostile portal in its archive, replay served beside it, and servers around that count who knocks."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from archive.catalog.models import Capture
from archive.catalog.operations import warc_operations
from archive.ids import uuid7
from archive.model import Failure, Part, SealedWarc
from archive.portal_lock import portal_lock
from archive.warc.crawl_writer import CrawlWriter
from tests.newsroom.inside import Newsroom
from tests.newsroom.outside.hostile import PAGE, RTC, WAYS, WITHIN, Trap
from tests.newsroom.served import Served, free_port, serving
from tests.services.replay import needs_replay
from tests.services.tcp_proxy import TcpProxy
from tests.unit.archive.warc.scene import HEAD, Wire, crawl
from tests.unit.cli.conftest import command
from tests.unit.crawler.door.door_site import Answer, Reply, Seen, Site

PORTAL = """slug = "ill"
name = "A portal that means ill"
agency = "Nobody"
place = "Nowhere"
url = "{url}/page.html"
spider = "pages"
allow_private_network = true
[parameters]
urls = [{urls}]
[politeness]
delay = 0
"""
CRAWLED = ("page.html", "frames.html", "outer.html", "child.html", "old.html", "same.html", "fixed.html", "secret.html")
WHOLE = random.Random(6).randbytes(600_000)
DRAWN = (
    b"<svg xmlns='http://www.w3.org/2000/svg'><text id='t'>still</text>"
    b"<script>document.getElementById('t').textContent = 'moved'</script></svg>"
)
_HTML = [("Content-Type", "text/html; charset=utf-8")]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where everything is."""

    served: Served
    """The newsroom, asked directly."""
    newsroom: TcpProxy
    """The same, as browsers come to it here: every request's first line is kept."""
    replay: str
    """Origin of the replay."""
    captures: dict[tuple[str, str], str]
    """By path at `ill` and kind: the newest."""
    session: str
    """An editor's."""
    ill: Site
    """Where the pages came from."""
    trap: Trap

    def opened(self, path: str, kind: str = "response") -> str:
        """The address of a capture's replay, with a ticket, as the newsroom's page frames it."""
        page = self.served.get(f"/replay/{self.captures[path, kind]}")
        return str(re.search(r'<iframe[^>]* src="([^"]+)"', page.text)[1])  # type: ignore[index]

    def replayed(self, path: str, kind: str = "response", **headers: str) -> requests.Response:
        """What a frame gets that opens this capture."""
        return requests.get(self.opened(path, kind), headers={"Sec-Fetch-Dest": "iframe"} | headers, timeout=30)

    def knocks(self) -> list[str]:
        """What the servers around were asked: the newsroom of what is hostile, the live site, the trap."""
        hostile = [line for line in self.newsroom.requests if "hostile=" in line]
        return [*hostile, *(seen.path for seen in self.ill.seen), *self.trap.knocked]


@contextmanager
def staged(folder: Path) -> Iterator[Scene]:
    """Archive the hostile portal by two real crawls, and serve it."""
    home, port = folder / "home", free_port()
    assert command("init", "--home", str(home)).returncode == 0
    needs_replay(home)
    settings = home / "recordwatch.toml"
    settings.write_text(f'{settings.read_text("utf-8")}\n[newsroom]\nreplay_listen = "127.0.0.1:{port}"\n', "utf-8")
    with closing(Site()) as ill, closing(Trap()) as trap:
        urls = ", ".join(f'"{ill.url}/{name}"' for name in CRAWLED)
        (home / "portals" / "ill.toml").write_text(PORTAL.format(url=ill.url, urls=urls), "utf-8")
        with serving(home) as served, TcpProxy(int(served.url.rpartition(":")[2])) as newsroom:
            ill.pages.update(_pages(newsroom.endpoint, ill.url, trap.port))
            said = [command("crawl", "ill", "--home", str(home)) for _ in range(2)]
            with Newsroom.over(home) as inside:
                _handed_in(inside, folder, ill.url)
                rows = Capture.objects.filter(url__startswith=ill.url).order_by("at", "id")
                captures = {(row.url.removeprefix(ill.url), row.kind): row.id for row in rows}
                session = inside.client("editor").cookies["recordwatch_session"].value
            assert ("/page.html", "response") in captures, said
            yield Scene(served, newsroom, f"http://localhost:{port}", captures, session, ill, trap)


def _pages(newsroom: str, ill: str, trap: int) -> dict[str, Reply]:
    rtc = RTC % {"trap": trap}
    page = PAGE % {"rtc": rtc, "ways": list(WAYS), "to": [newsroom, ill, f"http://127.0.0.1:{trap}"]}

    def same(asked: Seen) -> Answer:
        if asked.headers.get("If-None-Match") == '"a"':
            return 304, [("ETag", '"a"')], b""
        return 200, [*_HTML, ("ETag", '"a"')], b"<h1>The same</h1>"

    return {
        "/page.html": (200, _HTML, page.encode()),
        "/frames.html": (200, _HTML, (WITHIN % {"rtc": rtc}).encode()),
        "/outer.html": (200, _HTML, b"<!DOCTYPE html><h1 id='seen'>Out</h1><iframe src='/child.html'></iframe>"),
        "/child.html": (200, _HTML, b"<!DOCTYPE html><p id='seen'>A page within a page</p>"),
        "/old.html": (302, [("Location", "/new.html")], b""),
        "/new.html": (200, _HTML, b"<!DOCTYPE html><h1>The new one</h1>"),
        "/same.html": same,
        "/fixed.html": (200, _HTML, b"<!DOCTYPE html><h1>Nothing moves</h1>"),
        "/secret.html": (200, _HTML, b"<!DOCTYPE html><h1>Shown by mistake</h1>"),
    }


def _handed_in(inside: Newsroom, folder: Path, ill: str) -> None:
    """A film that came in two pieces, and a drawing with a script."""

    async def wires(writer: CrawlWriter) -> list[SealedWarc]:
        film = HEAD.replace(b"text/html; charset=utf-8", b"video/mp4\r\nContent-Length: 600000")
        cut = Failure("body", "the connection broke", True, "disconnect")
        one = await Wire(url=f"{ill}/film.mp4", head=film, body=WHOLE[:300_000], failure=cut).play(writer)
        partial = HEAD.replace(b"200 OK", b"206 Partial Content")
        two = await Wire(url=f"{ill}/film.mp4", head=partial, body=WHOLE[290_000:]).play(writer)
        parts = Part(one.capture, 0, 300_000), Part(two.capture, 10_000, 300_000)
        await writer.assemble(f"{ill}/film.mp4", parts, mime="video/mp4", etag='"a"', how="ranges")
        svg = HEAD.replace(b"text/html; charset=utf-8", b"image/svg+xml")
        await Wire(url=f"{ill}/drawn.svg", head=svg, body=DRAWN).play(writer)
        return await writer.seal()

    ident, holdings = uuid7(), inside.holdings
    sealed = crawl(folder / "spool", wires, portal="ill", crawl=ident, large_bytes=100_000)
    with portal_lock(holdings.home.locks, "ill"):
        holdings.committer.store_warcs(sealed)
        holdings.committer.commit("ill", "listing", warc_operations(sealed))
