"""A server on a raw socket that does what it is told, and remembers each byte in and out.

Threads and blocking sockets, so that no event loop of the code under test is involved. With TLS,
what it remembers is the plain bytes.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import trustme

Then = Literal["keep", "close", "reset", "hang"]


@dataclass
class Answer:
    """What is sent for one request, piece by piece, and what becomes of the connection."""

    pieces: tuple[bytes, ...]
    then: Then = "keep"
    before_reading: bool = False
    """Send without waiting for the request's body."""


@dataclass
class Exchange:
    """One request as received and its answer as sent."""

    received: bytes
    sent: bytes = b""


def answer(*pieces: bytes, then: Then = "keep") -> Answer:
    return Answer(pieces, then)


def plain(body: bytes = b"ok", status: bytes = b"200 OK", headers: bytes = b"") -> Answer:
    """An answer with nothing odd about it."""
    return Answer((b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), headers, body),))


@dataclass
class WireServer:
    """`answers`: path → answers to the first, second, … request for it; the last one repeats.

    A path of `*` is asked for what has no answer of its own. A callable gets the connection and the
    request, and does what it likes; it returns whether the connection goes on.
    """

    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    answers: dict[str, list[Answer | Callable[[socket.socket, Exchange], bool]]] = field(default_factory=dict)
    greeting: Callable[[socket.socket], bool] | None = None
    """Called with each new connection; False ends it."""

    def __post_init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.connections = 0
        self.asked: dict[str, int] = {}
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._released = threading.Event()
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, 0), family=family, backlog=128)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> WireServer:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def url(self, path: str = "/", host: str = "") -> str:
        name = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}{path}"

    def on(self, path: str, *answers: Answer | Callable[[socket.socket, Exchange], bool]) -> str:
        """Set the answers for `path`; returns its URL."""
        self.answers[path] = list(answers)
        return self.url(path)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.add(sock)
            self.connections += 1
            self._start(self._serve, sock)

    def _serve(self, raw: socket.socket) -> None:
        sock = raw
        try:
            if self.greeting is not None and not self.greeting(raw):
                return
            if self.tls is not None:
                sock = self.tls.wrap_socket(raw, server_side=True)
                self._open.add(sock)
            while self._one(sock):
                pass
        except (OSError, ValueError):
            pass
        finally:
            self._open.discard(raw)
            self._open.discard(sock)
            with contextlib.suppress(OSError, ValueError):  # ValueError: the handshake never ended
                if isinstance(sock, ssl.SSLSocket):
                    sock.unwrap()
            sock.close()

    def _one(self, sock: socket.socket) -> bool:
        received = read_request(sock)
        if not received:
            return False
        exchange = Exchange(received)
        self.exchanges.append(exchange)
        path = request_path(received)
        given = self.answers.get(path) or self.answers.get("*") or [plain(b"nothing here", b"404 Not Found")]
        number = self.asked.get(path, 0)
        self.asked[path] = number + 1
        chosen = given[min(number, len(given) - 1)]
        if not isinstance(chosen, Answer):
            return chosen(sock, exchange)
        for piece in chosen.pieces:
            exchange.sent += piece
            sock.sendall(piece)
        if chosen.then == "reset":
            reset(sock)
        if chosen.then == "hang":
            self._released.wait(60)
        return chosen.then == "keep"


def reset(sock: socket.socket) -> None:
    """End the connection with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(sock, ssl.SSLSocket):
        # detach() keeps close() from saying goodbye in TLS first.
        sock = socket.socket(fileno=sock.detach())
    sock.close()


def read_head(sock: socket.socket) -> bytes:
    """Up to and with the blank line, byte by byte so that nothing after it is taken; b"" at the end."""
    data = bytearray()
    while not data.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            return b""
        data += byte
    return bytes(data)


def read_request(sock: socket.socket) -> bytes:
    """One request with its body; b"" when the client has gone."""
    data = read_head(sock)
    for line in data.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            left = int(value)
            while left:
                more = sock.recv(min(left, 65536))
                if not more:
                    return b""
                data += more
                left -= len(more)
    return data


def request_path(request: bytes) -> str:
    """Path and query of the request line, whether origin-form or absolute-form."""
    target = request.split(b" ", 2)[1].decode("latin-1")
    if "://" in target:
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    return target


class Authority:
    """A certificate authority of this test's own."""

    def __init__(self) -> None:
        self.ca = trustme.CA()

    def server(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*names).configure_cert(context)
        return context

    def pem(self) -> bytes:
        return self.ca.cert_pem.bytes()
