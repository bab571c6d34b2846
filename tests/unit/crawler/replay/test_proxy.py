"""The replaying proxy by hand: what goes out, what stays in, and what it says of both."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from archive.model import Part
from crawler.capture.browser.loopback import GREETING
from crawler.replay.files import FileShelf
from tests.unit.archive.warc.scene import Wire, archive, chunks, crawl

from .scene import PAGE, Seen, asking, write

VIDEO = os.urandom(700_000)
FILM = "https://a.example/film.mp4"


def shelf(folder: Path, *exchanges: Seen) -> FileShelf:
    return FileShelf([write(folder / "one.warc.gz", [Seen(), *exchanges])])


def awaited(test: Callable[[Path], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    def run(tmp_path: Path) -> None:
        asyncio.run(test(tmp_path))

    run.__name__ = test.__name__
    return run


@awaited
async def test_an_answer_goes_out_as_it_came_in(tmp_path: Path):
    odd = (
        "content-TYPE: text/html", "Set-Cookie: a=1", "set-cookie: b=2", "Content-Encoding: gzip",
        "Strict-Transport-Security: max-age=9", "Content-Security-Policy: default-src 'self'", "X-Odd: \xe9",
        "Connection: keep-alive, X-Hop", "Keep-Alive: timeout=5", "Content-Length: 99",
    )  # fmt: skip
    one = Seen("https://a.example/x", b"\x1f\x8b whatever it is", headers=odd, status=203)
    async with asking(shelf(tmp_path, one)) as browser:
        got = await browser.get("https://a.example/x")
        assert (got.status, got.body, got.fit) == (203, one.body, "same")
        assert [f"{name}: {value}" for name, value in got.headers[:7]] == list(odd[:7])
        assert {name.lower() for name, _ in got.headers[7:]} == {"recordwatch-replay", "content-length"}
        assert got["Content-Length"] == str(len(one.body))


@awaited
async def test_nothing_is_answered_without_the_secret(tmp_path: Path):
    async with asking(shelf(tmp_path)) as browser:
        head, _ = await browser.client.send(f"GET {PAGE} HTTP/1.1", "Host: a.example")
        assert head.startswith(b"HTTP/1.1 407")
        assert browser.proxy.told.requests == 0
        assert (await browser.get(GREETING)).status == 204


@awaited
async def test_what_was_never_captured_is_an_empty_404_that_is_listed(tmp_path: Path):
    async with asking(shelf(tmp_path)) as browser:
        got = await browser.get("https://live.example/x.js")
        assert (got.status, got.body, got.fit) == (404, b"", "missing")
        assert (await browser.get("https://a.example/api", method="POST", body=b"a=1")).status == 404
        assert (await browser.get("ftp://a.example/")).status == 404
        assert (await browser.get("http://a.example/ws", "Connection: Upgrade", "Upgrade: websocket")).status == 501
        assert list(browser.proxy.told.missing) == [
            "https://live.example/x.js", "POST https://a.example/api", "ftp://a.example/",
        ]  # fmt: skip
        assert list(browser.proxy.told.notes) == [
            "the page opened a WebSocket to http://a.example/ws: what comes over one is not archived"
        ]


@awaited
async def test_a_browsers_cache_gets_the_whole_answer(tmp_path: Path):
    one = Seen("https://a.example/x", b"whole", headers=('ETag: "1"',))
    async with asking(shelf(tmp_path, one)) as browser:
        got = await browser.get("https://a.example/x", 'If-None-Match: "1"')
        assert (got.status, got.body) == (200, b"whole")


@awaited
async def test_redirects_and_heads(tmp_path: Path):
    moved = Seen("https://a.example/old", status=307, headers=("Location: /new",))
    async with asking(shelf(tmp_path, moved, Seen("https://a.example/new", b"12345"))) as browser:
        got = await browser.get("https://a.example/old")
        assert (got.status, got["Location"]) == (307, "/new")
        got = await browser.get("https://a.example/new", method="HEAD")
        assert (got.status, got["Content-Length"]) == (200, "5")
        assert (await browser.get("https://a.example/new")).body == b"12345", "nothing stood between the two"


@awaited
async def test_what_is_asked_again_is_answered_with_what_came_next(tmp_path: Path):
    job = "https://a.example/job"
    states = [Seen(job, state, after=at) for state, at in ((b"new", 1), (b"busy", 2), (b"done", 3), (b"old", 4000))]
    async with asking(shelf(tmp_path, *states)) as browser:
        assert [(await browser.get(job)).body for _ in range(5)] == [b"new", b"busy", b"done", b"done", b"done"]


@awaited
async def test_following_a_link_goes_on_from_there(tmp_path: Path):
    exchanges = [
        Seen("https://a.example/x", b"early", after=1), Seen("https://a.example/next", b"page", after=5000),
        Seen("https://a.example/x", b"late", after=5001),
    ]  # fmt: skip
    async with asking(shelf(tmp_path, *exchanges)) as browser:
        assert (await browser.get("https://a.example/x")).body == b"early"
        await browser.get("https://a.example/next", "Sec-Fetch-Dest: document")
        assert (await browser.get("https://a.example/x")).body == b"late"


STRETCHES: list[tuple[str, int, tuple[int, int]]] = [
    ("bytes=0-", 206, (0, 700_000)), ("bytes=600000-600009", 206, (600_000, 600_010)),
    ("bytes=300000-300001", 206, (300_000, 300_002)), ("bytes=299999-300000", 206, (299_999, 300_001)),
    ("bytes=699999-", 206, (699_999, 700_000)), ("bytes=-5", 206, (699_995, 700_000)),
    ("bytes=0-9999999", 206, (0, 700_000)), ("bytes=5-4", 200, (0, 700_000)),
    ("bytes=0-1,5-6", 200, (0, 700_000)), ("lines=1-2", 200, (0, 700_000)), ("bytes=-", 200, (0, 700_000)),
]  # fmt: skip


@pytest.mark.parametrize("how", ["stored", "deflated", "chunked", "parts"])
def test_any_stretch_of_a_film(tmp_path: Path, how: str):
    of = films(tmp_path, how)

    async def talk() -> None:
        async with asking(of, FILM) as browser:
            for asked, status, (start, end) in STRETCHES:
                got = await browser.get(FILM, f"Range: {asked}")
                assert (got.status, got.body == VIDEO[start:end]) == (status, True), asked
                assert got["Content-Range"] == (f"bytes {start}-{end - 1}/700000" if status == 206 else ""), asked
            got = await browser.get(FILM, "Range: bytes=700000-")
            assert (got.status, got["Content-Range"]) == (416, "bytes */700000")
            assert (await browser.get(FILM)).body == VIDEO

    asyncio.run(talk())


@awaited
async def test_pieces_that_a_player_asked_for_are_what_there_is(tmp_path: Path):
    async with asking(await asyncio.to_thread(films, tmp_path, "pieces"), FILM) as browser:
        for asked, start, end in (("0-", 0, 1000), ("100-199", 100, 200), ("650000-", 650_000, 700_000)):
            got = await browser.get(FILM, f"Range: bytes={asked}")
            assert (got.status, got.body == VIDEO[start:end]) == (206, True), asked
            assert got["Content-Range"] == f"bytes {start}-{end - 1}/700000"
        got = await browser.get(FILM, "Range: bytes=5000-6000")
        assert (got.status, got.fit) == (404, "missing")
        assert (await browser.get(FILM)).status == 404
        assert browser.proxy.told.missing == {FILM: "this part of it was never captured"}


def films(folder: Path, how: str) -> FileShelf:
    """The film in a WARC of our writer: stored, deflated, with framing, in parts, or only what a player asked for."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n%b\r\n"
    if how == "parts":

        async def play(writer: Any) -> Any:
            parts = []
            for start, end in ((0, 300_000), (300_000, 700_000)):
                ranged = head.replace(b"200 OK", b"206 Partial Content") % (
                    b"Content-Range: bytes %d-%d/700000\r\n" % (start, end - 1)
                )
                done = await Wire(FILM, ranged, VIDEO[start:end]).play(writer)
                parts.append(Part(done.capture, 0, end - start))
            await writer.assemble(FILM, parts, mime="video/mp4", how="ranges")
            return await writer.seal()

        sealed = crawl(folder, play, large_bytes=1)
    elif how == "pieces":
        pieces = [(0, 1000), (600_000, 700_000)]
        wires = [
            Wire(FILM, head.replace(b"200 OK", b"206 Partial Content") % (b"Content-Range: bytes %d-%d/700000\r\n" % (
                start, end - 1)), VIDEO[start:end]) for start, end in pieces
        ]  # fmt: skip
        _, sealed = archive(folder, wires)
    else:
        framed = how == "chunked"
        given = head % (b"Transfer-Encoding: chunked\r\n" if framed else b"")
        body = chunks(VIDEO[:123_456], VIDEO[123_456:]) if framed else VIDEO
        if how == "deflated":
            given = given.replace(b"video/mp4", b"text/plain")
            body = VIDEO
        _, sealed = archive(folder, [Wire(FILM, given, body, chunked=framed)])
    return FileShelf([one.path for one in sealed])


@awaited
async def test_a_revisit_gives_its_originals_bytes_with_its_own_head(tmp_path: Path):
    page = b"<p>the same</p>" * 10
    wires = [Wire(body=page), Wire("https://portal.example/other", b"HTTP/1.1 200 OK\r\nX-Own: 1\r\n\r\n", page)]
    _, (sealed,) = await asyncio.to_thread(archive, tmp_path, wires)
    assert [row.kind for row in sealed.captures] == ["response", "revisit-identical"]
    async with asking(FileShelf([sealed.path]), "https://portal.example/case") as browser:
        got = await browser.get("https://portal.example/other")
        assert (got.body, got["X-Own"]) == (page, "1")


@awaited
async def test_a_revisit_without_its_original_is_missing_and_says_so(tmp_path: Path):
    wires = [Wire(body=b"<p>x"), Wire("https://portal.example/other", b"HTTP/1.1 200 OK\r\n\r\n", b"<p>x")]
    _, (sealed,) = await asyncio.to_thread(archive, tmp_path, wires)
    first, second = sealed.captures
    warc = sealed.path.read_bytes()
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(warc[: first.offset] + warc[first.offset + first.length :])
    async with asking(FileShelf([cut]), second.url) as browser:
        assert (await browser.get(second.url)).status == 404
        assert "the original that this capture refers to is not here" in browser.proxy.told.missing[second.url]


@awaited
async def test_a_body_that_is_torn_ends_the_connection(tmp_path: Path):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n"
    _, (sealed,) = await asyncio.to_thread(archive, tmp_path, [Wire(FILM, head, VIDEO)])
    of = FileShelf([sealed.path])
    os.truncate(sealed.path, 400_000)
    async with asking(of, FILM) as browser:
        with pytest.raises(asyncio.IncompleteReadError):
            await browser.get(FILM)
        assert [note.partition(":")[0] for note in browser.proxy.told.notes] == ["https"]


@awaited
async def test_https_is_spoken_in_a_tunnel(tmp_path: Path):
    async with asking(shelf(tmp_path, Seen("https://b.example/x", b"secured"))) as browser:
        head, _ = await browser.client.send("CONNECT b.example:443 HTTP/1.1", browser.client.login)
        assert head.startswith(b"HTTP/1.1 200")
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        await browser.client.writer.start_tls(trusting, server_hostname="b.example")
        _, body = await browser.client.send("GET /x HTTP/1.1", "Host: b.example")
        assert body == b"secured"
