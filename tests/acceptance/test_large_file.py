"""A 2 GiB file through the whole of a crawl: flat memory, written to disk once, every byte there."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.acceptance.newsroom import ROOT, Mailbox, Newsroom, store_table
from tests.services.swift import S3Server
from tests.services.tcp_proxy import Kind, TcpProxy

MIB = 1024**2
PAGE = b'<html><title>Videos</title><body><main><h1>Videos</h1><a href="/camera.mp4">Camera</a></main></body></html>'
PORTAL = """
slug = "huge"
name = "Huge files (FICTIONAL)"
agency = "Nobody"
place = "Nowhere"
url = "{url}"
spider = "pages"
allow_private_network = true
[politeness]
delay = 0.0
[parameters]
files = ["main a"]
"""


class VideoServer:
    """One page that links one file of `size` bytes; each MiB of it differs."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.block = os.urandom(MIB - 8)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path == "/":
                    self.reply(200, "text/html", len(PAGE))
                    self.wfile.write(PAGE)
                elif self.path == "/camera.mp4":
                    self.reply(200, "video/mp4", outer.size)
                    for piece in outer.pieces():
                        self.wfile.write(piece)
                else:
                    self.reply(404, "text/plain", 0)

            def reply(self, status: int, mime: str, length: int) -> None:
                self.send_response(status)
                self.send_header("Content-Type", mime)
                self.send_header("Content-Length", str(length))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def pieces(self) -> Iterator[bytes]:
        for number in range(self.size // MIB):
            yield number.to_bytes(8, "big") + self.block

    def digest(self) -> str:
        whole = hashlib.sha256()
        for piece in self.pieces():
            whole.update(piece)
        return f"sha256:{whole.hexdigest()}"

    def replaced(self) -> str:
        """Other bytes under the same address from now on; their digest."""
        self.block = os.urandom(MIB - 8)
        return self.digest()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.close()


def test_two_gibibytes(tmp_path: Path, mailbox: Mailbox) -> None:
    server = VideoServer(2048 * MIB)
    try:
        room = Newsroom(tmp_path / "home", mailbox)
        room.watch(PORTAL.format(url=server.url), "huge")
        costs_file = tmp_path / "costs.json"
        done = subprocess.run(
            [sys.executable, "-m", "tests.acceptance.measured", str(costs_file), "crawl", "huge", "--home", str(room.path)],
            cwd=ROOT, capture_output=True, text=True, timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        costs = json.loads(costs_file.read_text("utf-8"))
        assert costs["peak_kb"] <= 150 * 1024, f"peak RSS {costs['peak_kb'] / 1024:.0f} MB"
        assert costs["written"] <= server.size * 1.02, "the body was written more than once"
        assert held_files(room) == [(server.digest(), server.size)]
    finally:
        server.close()


def held_files(room: Newsroom) -> list[tuple[str, int]]:
    record = room.rows("record", "huge", "/")[0]
    return [(version["digest"], version["size"]) for file in record["files"] for version in file["versions"]]


def test_killed_while_a_large_file_travels(tmp_path: Path, mailbox: Mailbox, swift_server: S3Server) -> None:
    """At each point, on the way of another version; in the end all are there."""
    server = VideoServer(7 * MIB)
    try:
        room = Newsroom(tmp_path / "home", mailbox, tables=store_table(swift_server.config(part_bytes=MIB)))
        room.watch(PORTAL.format(url=server.url), "huge")
        digests = []
        for point in ("warc.large.midway", "store.part:3", "store.put:2"):
            digests.append(server.replaced())
            room.run("crawl", "huge", codes=(-signal.SIGKILL,), environment={"RECORDWATCH_FAULT": point})
            comes_to_its_end(room, room.journalled())
        assert held_files(room) == [(digest, server.size) for digest in digests]
        room.check_archive()
    finally:
        server.close()


def comes_to_its_end(room: Newsroom, journalled: set[str]) -> None:
    room.run("recover")
    assert room.crawl("huge")["verdict"] == "healthy"
    assert journalled <= set(room.captures())


@pytest.mark.parametrize(
    "kinds", [("cut_upload", "corrupt_upload", "lose_answer"), pytest.param(("hang",), marks=pytest.mark.soak)]
)
def test_the_network_fails_in_the_middle_of_a_multipart_upload(
    tmp_path: Path, mailbox: Mailbox, swift_server: S3Server, kinds: tuple[Kind, ...]
) -> None:
    """In each of these ways, on the way of another version."""
    server = VideoServer(5 * MIB)
    try:
        with TcpProxy(swift_server.port) as proxy:
            config = swift_server.config(endpoint=proxy.endpoint, part_bytes=MIB)
            room = Newsroom(tmp_path / "home", mailbox, tables=store_table(config))
            room.watch(PORTAL.format(url=server.url), "huge")
            digests = []
            for kind in kinds:
                digests.append(server.replaced())
                plan = proxy.plan(kind, rb"PUT .*partNumber=3", after=100_000, times=1)
                room.run("crawl", "huge", codes=(0, 1))
                assert plan.hits, kind
                journalled = room.journalled()
                proxy.heal()
                comes_to_its_end(room, journalled)
            assert held_files(room) == [(digest, server.size) for digest in digests]
            room.check_archive()
    finally:
        server.close()
