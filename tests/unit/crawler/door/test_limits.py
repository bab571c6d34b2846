"""Every limit of the portal file: crossed, named, and what came is archived."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest
from door_site import Memory, open_door, portal

from crawler.capture.door import Fetch
from crawler.capture.limits import LimitExceeded

BODY = b"x" * 5000


def crossed(site, path: str, archive: Memory, purpose="page", **limits) -> LimitExceeded:
    async def run():
        async with open_door(portal(site.url, limits=limits), archive) as door:
            await door.fetch(Fetch(f"{site.url}{path}", purpose=purpose))

    with pytest.raises(LimitExceeded) as caught:
        asyncio.run(run())
    assert f"limits.{caught.value.key}" in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("purpose", "key"), [("page", "page_bytes"), ("robots", "page_bytes"), ("file", "file_bytes")])
def test_bytes_of_one_body(site, purpose, key):
    site.pages["/a"] = (200, [], BODY)
    archive = Memory()
    error = crossed(site, "/a", archive, purpose, **{key: 1000})
    assert (error.key, error.limit, error.retryable) == (key, 1000, False)
    assert error.archived is archive.exchanges[0].archived
    assert error.archived.truncated == "length"
    assert len(archive.exchanges) == 1


def test_a_body_of_just_the_limit_passes(site):
    site.pages["/a"] = (200, [], BODY)

    async def run():
        async with open_door(portal(site.url, limits={"page_bytes": 5000})) as door:
            return await door.fetch(Fetch(f"{site.url}/a"))

    assert asyncio.run(run()).payload == BODY


def test_bytes_of_the_crawl(site):
    site.pages["/a"] = (200, [], BODY)
    archive = Memory()

    async def run():
        async with open_door(portal(site.url, limits={"crawl_bytes": 12_000}), archive) as door:
            errors = []
            for _ in range(4):
                try:
                    await door.fetch(Fetch(f"{site.url}/a"))
                except LimitExceeded as error:
                    errors.append(error)
            return errors

    errors = asyncio.run(run())
    assert [(error.key, error.limit) for error in errors] == [("crawl_bytes", 12_000)] * 2
    assert [one.archived.truncated for one in archive.exchanges] == ["", "", "length"]
    assert len(site.paths()) == 3, "once the bytes are used up nothing more is sent"


def test_requests_of_the_crawl_every_hop_and_attempt(site):
    site.pages["/a"] = (302, [("Location", "/b")], b"")
    site.pages["/b"] = (503, [], b"busy")
    archive = Memory()
    error = crossed(site, "/a", archive, crawl_requests=3)
    assert (error.key, error.limit, error.retryable) == ("crawl_requests", 3, False)
    assert [one.status for one in archive.exchanges] == [302, 503, 503]
    assert site.paths() == ["/a", "/b", "/b"]


def test_bytes_of_a_head(site):
    site.pages["/a"] = (200, [("X", "y" * 3000)], b"")
    assert crossed(site, "/a", Memory(), header_bytes=1000).key == "header_bytes"


class Silent:
    """A server that sends `first`, and then nothing, or `drip` for ever."""

    def __init__(self, first: bytes, drip: bytes = b"") -> None:
        self._first, self._drip = first, drip
        self._stop = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            taken, _ = self._server.accept()
            with taken:
                if self._stop.is_set():
                    return
                taken.recv(65536)
                taken.sendall(self._first)
                try:
                    while not self._stop.wait(0.02) and self._drip:
                        taken.sendall(self._drip)
                    if not self._drip:
                        taken.recv(1)
                except OSError:
                    continue

    def close(self) -> None:
        self._stop.set()
        socket.create_connection(self._server.getsockname()).close()
        self._thread.join()
        self._server.close()


@pytest.mark.parametrize(
    ("drip", "limits", "key", "retryable", "attempts"),
    [(b"", {"idle_seconds": 0.2}, "idle_seconds", True, 4),
     (b"y", {"exchange_seconds": 0.3}, "exchange_seconds", False, 1)],
)  # fmt: skip
def test_seconds(drip, limits, key, retryable, attempts):
    server, archive = Silent(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nx", drip), Memory()
    try:
        error = crossed(server, "/a", archive, **limits)
    finally:
        server.close()
    assert (error.key, error.retryable) == (key, retryable)
    assert [one.archived.truncated for one in archive.exchanges] == ["time"] * attempts


def test_the_tally_says_what_failed(site):
    site.pages["/a"] = (200, [], BODY)
    site.pages["/b"] = (200, [], b"fine")

    async def run():
        async with open_door(portal(site.url, limits={"page_bytes": 1000})) as door:
            await door.fetch(Fetch(f"{site.url}/b"))
            with pytest.raises(LimitExceeded):
                await door.fetch(Fetch(f"{site.url}/a"))
            return door.tally

    tally = asyncio.run(run())
    assert dict(tally.statuses) == {200: 1}
    assert dict(tally.errors) == {"LimitExceeded": 1}
    assert [(one.url, one.purpose) for one in tally.failures] == [(f"{site.url}/a", "page")]
