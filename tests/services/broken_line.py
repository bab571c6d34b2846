"""A real HTTP server of one endless-looking file: it makes the bytes as it sends them, and breaks off where it is told.

Every MiB of the file differs and is known from its number, so nothing of it is ever stored. It counts what it sent,
and answers Range and If-Range as RFC 9110 says, unless `lie` names a way not to.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MIB = 1 << 20
PIECE = 1 << 16
MODIFIED = "Sun, 22 Nov 2026 08:00:00 GMT"
_SEEDS = itertools.count(1)
DATE = "Sun, 22 Nov 2026 09:00:00 GMT"


@dataclass
class Asked:
    """One request for the file, and what was sent for it."""

    first: int
    status: int = 200
    sent: int = 0
    conditions: dict[str, str] = field(default_factory=dict)


class LineServer:
    """`size` bytes at `/camera.mp4`, linked from `/`.

    `seed`: another one, other bytes; left out, no other server has them.
    `drops`: bytes of a body after which the connection is closed, one for each of the next answers.
    `lie`: a way to answer Range otherwise than right; see `_lying`.
    """

    def __init__(self, size: int, *, page: bytes = b"", seed: int | None = None) -> None:
        self.size = size
        self.version = 1
        self.etag: str | None = '"version-1"'
        self.modified: str | None = MODIFIED
        self.drops: list[int] = []
        self.links = 0
        self.dropped = 0
        """How often that has happened."""
        self.lie = ""
        self.chunked = False
        self.extra: list[tuple[str, str]] = []
        self.asked: list[Asked] = []
        self.then: tuple[int, Callable[[], None]] | None = None
        """Called, once, when that many bytes of bodies were sent: at that very moment, by the thread that sends."""
        self._seed = next(_SEEDS) if seed is None else seed
        self._blocks: dict[int, bytes] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path == "/signed":  # a link that is another one each time
                    outer.links += 1
                    outer._head(
                        self, 302, [("Location", f"/camera.mp4?signature={outer.links}"), ("Content-Length", "0")]
                    )
                    return
                if self.path.partition("?")[0] != "/camera.mp4":
                    body = page if self.path == "/" else b""
                    self.send_response_only(200 if body else 404)
                    self.send_header("Content-Type", "text/html")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    return
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                return  # a client that was killed is what the tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self.file = f"{self.url}camera.mp4"

    @property
    def served(self) -> int:
        """Bytes of bodies that were sent, whether they arrived or not."""
        return sum(one.sent for one in self.asked)

    def pieces(self, first: int = 0, end: int | None = None, version: int | None = None) -> Iterator[memoryview]:
        """The bytes from `first` to `end` (exclusive)."""
        at, end = first, self.size if end is None else end
        version = version or self.version
        if version not in self._blocks:
            self._blocks[version] = random.Random(f"{self._seed} {version}").randbytes(MIB - 8)
        while at < end:
            number = at // MIB
            block = memoryview(number.to_bytes(8, "big") + self._blocks[version])
            start = at - number * MIB
            stop = min(MIB, start + PIECE, start + end - at)
            yield block[start:stop]
            at += stop - start

    def bytes(self, version: int | None = None) -> bytes:
        """All of it: for small files."""
        return b"".join(self.pieces(version=version))

    def digest(self) -> str:
        whole = hashlib.sha256()
        for piece in self.pieces():
            whole.update(piece)
        return f"sha256:{whole.hexdigest()}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        found = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range") or "")
        named = handler.headers.get("If-Range")
        first = int(found[1]) if found and named in {None, self.etag, self.modified} else 0
        part = found is not None and (named in {None, self.etag, self.modified} or self.lie == "ignores If-Range")
        if self.lie == "ignores If-Range" and found:
            first = int(found[1])
        if self.lie == "ignores Range":
            part, first = False, 0
        one = Asked(first, 206 if part else 200)
        one.conditions = {name: handler.headers[name] for name in ("Range", "If-Range", "If-None-Match") if name in handler.headers}  # fmt: skip
        self.asked.append(one)
        if one.conditions.get("If-None-Match") == self.etag and self.etag:
            one.status = 304
            self._head(handler, 304, [("ETag", self.etag)])
            return
        if part and first >= self.size:
            one.status = 416
            self._head(handler, 416, [("Content-Range", f"bytes */{self.size}"), ("Content-Length", "0")])
            return
        self._body(handler, one, part=part)

    def _body(self, handler: BaseHTTPRequestHandler, one: Asked, *, part: bool) -> None:
        first, end, version = one.first, self.size, self.version
        headers = [("Content-Type", "video/mp4"), ("Date", DATE), *self.extra]
        headers += [("ETag", self.etag)] if self.etag else []
        headers += [("Last-Modified", self.modified)] if self.modified else []
        lie = self.lie if part else ("unasked" if self.lie == "unasked" else "")
        if lie == "earlier":
            first = max(first - 100_000, 0)
        if lie == "in stretches":
            end = min(first + 3 * MIB, end)
        said = f"bytes {first}-{end - 1}/{self.size}"
        said, first, version = self._lying(lie, said, first, version, headers)
        drop = self.drops.pop(0) if self.drops else self.size + 1
        if part or lie == "unasked":
            headers.append(("Content-Range", said))
        if self.chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        else:
            headers.append(("Content-Length", str(end - first + (5 if lie == "other length" else 0))))
        self._head(handler, 206 if part or lie == "unasked" else 200, headers)
        for whole in self.pieces(first, end, version):
            piece = whole[: drop - one.sent]
            if piece:  # a chunk without bytes would be the last
                handler.wfile.write(b"%x\r\n%b\r\n" % (len(piece), bytes(piece)) if self.chunked else piece)
            one.sent += len(piece)
            if self.then is not None and self.served >= self.then[0]:
                (_, call), self.then = self.then, None
                call()
            if one.sent >= drop:
                self.dropped += 1
                handler.close_connection = True
                return
        if self.chunked:
            handler.wfile.write(b"0\r\n\r\n")

    def _lying(
        self, lie: str, said: str, first: int, version: int, headers: list[tuple[str, str]]
    ) -> tuple[str, int, int]:
        if lie == "other bytes":
            version += 1
        elif lie == "other etag":
            headers[:] = [(name, '"other"' if name == "ETag" else value) for name, value in headers]
        elif lie == "no etag":
            headers[:] = [(name, value) for name, value in headers if name != "ETag"]
        elif lie == "other total":
            said = said.replace(f"/{self.size}", f"/{self.size + 1}")
        elif lie == "unknown total":
            said = said.replace(f"/{self.size}", "/*")
        elif lie == "garbled":
            said = "bytes=all"
        elif lie == "starts later":
            said = f"bytes {first + 1}-{self.size - 1}/{self.size}"
            first += 1
        elif lie == "says one, sends another":
            first = max(first - 4096, 0) if first else 0
            said = f"bytes {first + 4096}-{self.size - 1}/{self.size}"
        elif lie == "coded":
            headers.append(("Content-Encoding", "gzip"))
        elif lie == "many":
            headers[0] = ("Content-Type", "multipart/byteranges; boundary=x")
        elif lie == "unasked":
            said = f"bytes 0-{self.size - 1}/{self.size}"
        return said, first, version

    def _head(self, handler: BaseHTTPRequestHandler, status: int, headers: list[tuple[str, str]]) -> None:
        handler.send_response_only(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
