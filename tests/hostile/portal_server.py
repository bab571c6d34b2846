"""A portal that misbehaves: a raw socket behind real crawls, each hazard an answer to one path.

Threads and blocking sockets; nothing of the code under test is involved. An answer is either bytes,
sent as they are, or a function that gets the socket and does as it likes; after a function the
connection is closed.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

HOST = "portal.test"
"""What the portal is called; `[resolve]` says where it lives, so that loopback itself stays forbidden."""

Misbehaviour = Callable[[socket.socket], None]
Answer = bytes | Misbehaviour


def http(body: bytes, kind: str = "text/html; charset=utf-8", status: str = "200 OK", *headers: str) -> bytes:
    """A whole, honest answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + body


def page(words: str, links: Iterable[str] = (), title: str = "A page") -> bytes:
    """A page that a spider can read, with links as they are: nothing is escaped."""
    anchors = "".join(f'<p><a href="{link}">link {number}</a></p>' for number, link in enumerate(links))
    return (
        f"<!doctype html><html><head><title>{title}</title></head><body><main><h1>{title}</h1>"
        f"<p>{words}</p>{anchors}</main></body></html>"
    ).encode("utf-8", "surrogateescape")


def redirect(to: str, status: str = "302 Found") -> bytes:
    return http(b"", "text/html", status, f"Location: {to}")


def for_ever(start: bytes, piece: bytes) -> Misbehaviour:
    """`start`, then `piece` until the other side has had enough."""

    def send(sock: socket.socket) -> None:
        sock.sendall(start)
        while True:
            sock.sendall(piece)

    return send


def drip(start: bytes, byte: bytes, pause: float, stop: threading.Event) -> Misbehaviour:
    """`start`, then one `byte` every `pause` seconds (slow loris)."""

    def send(sock: socket.socket) -> None:
        sock.sendall(start)
        while not stop.wait(pause):
            sock.sendall(byte)

    return send


def then_reset(start: bytes) -> Misbehaviour:
    """`start`, then the connection is torn down."""

    def send(sock: socket.socket) -> None:
        sock.sendall(start)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return send


def gzip_bomb(megabytes: int) -> bytes:
    """About a thousandth of that size, as gzip."""
    member = gzip.compress(b"a" * 1024**2, mtime=0)
    return member * megabytes


class Listener:
    """Accepts connections in threads of its own and counts them; what is done with one is the subclass's."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.stopping = threading.Event()
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._socket = socket.create_server((host, 0), backlog=256)
        self.port: int = self._socket.getsockname()[1]
        self._thread(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for thread in self._threads:
            thread.join(10)

    def stop(self) -> None:
        """No more connections, and those there are end now: the server dies."""
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def serve(self, sock: socket.socket) -> None:
        """Do something with one connection; it is closed afterwards."""

    def _thread(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(sock)
            self._thread(self._run, sock)

    def _run(self, sock: socket.socket) -> None:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.serve(sock)
        except OSError:
            pass
        finally:
            self._open.discard(sock)
            sock.close()


class Canary(Listener):
    """Sits where nobody may come: `connections` must stay 0."""


class HostilePortal(Listener):
    """`answers`: path → what the first, second, … request for it gets; the last one repeats. `*` is for the rest."""

    def __init__(self) -> None:
        self.answers: dict[str, Sequence[Answer]] = {}
        self.asked: list[str] = []
        """Paths in the order they were asked for."""
        self.otherwise: Callable[[str], Answer | None] = lambda path: None
        """Makes up answers for paths that `answers` does not have."""
        super().__init__()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def on(self, path: str, *answers: Answer) -> str:
        """What `path` answers; returns its address."""
        self.answers[path] = answers
        return self.url + path

    def serve(self, sock: socket.socket) -> None:
        with sock.makefile("rb") as stream:
            while line := stream.readline(1_000_000):
                path = line.split(b" ")[1].decode("latin-1")
                while stream.readline(1_000_000) not in {b"\r\n", b"\n", b""}:
                    pass
                answer = self._answer(path)
                if not isinstance(answer, bytes):
                    answer(sock)
                    return
                sock.sendall(answer)

    def _answer(self, path: str) -> Answer:
        number = self.asked.count(path)
        self.asked.append(path)
        given = self.answers.get(path) or (self.answers.get("*") if path != "/robots.txt" else None)
        if not given:
            return self.otherwise(path) or http(b"<p>nothing here", status="404 Not Found")
        return given[min(number, len(given) - 1)]
