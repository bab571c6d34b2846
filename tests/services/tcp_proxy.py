"""A real TCP proxy that can misbehave, request by request.

    with TcpProxy(server_port) as proxy:
        proxy.plan("cut_upload", rb"PUT .*partNumber=2", after=500_000)

It looks at the first line of each request (clients here do not pipeline) and applies the first plan
that matches it and is not used up.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
from dataclasses import dataclass, field
from typing import Literal, Self

Kind = Literal["reset", "status_500", "hang", "cut_upload", "corrupt_upload", "cut_download", "lose_answer", "trickle"]

_LINE = re.compile(rb"[A-Z]+ \S+ HTTP/1\.[01]\r\n")
_500 = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Plan:
    """What to do to requests whose first line matches; `hits` counts them."""

    kind: Kind
    match: re.Pattern[bytes]
    after: int
    left: int
    hits: int = 0


@dataclass
class _Link:
    client: socket.socket
    server: socket.socket
    plan: Plan | None = None
    up: int = 0
    down: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self) -> None:
        for end in (self.client, self.server):
            try:
                # Linger 0: the other side gets a reset, as from a dying machine.
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.close()

    def close(self) -> None:
        for end in (self.client, self.server):
            end.close()


class TcpProxy:
    """Forwards to `target` on loopback; with `context`, clients speak TLS."""

    def __init__(self, target: int, *, context: ssl.SSLContext | None = None) -> None:
        self._target = target
        self._context = context
        self._plans: list[Plan] = []
        self._links: list[_Link] = []
        self._threads: list[threading.Thread] = []
        self._closing = False
        self.requests: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.endpoint = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"

    def plan(self, kind: Kind, match: bytes = b"", *, after: int = 0, times: int = 1) -> Plan:
        """Do `kind` to the next `times` requests whose first line matches; `after` bytes where it counts."""
        plan = Plan(kind, re.compile(match), after, times)
        self._plans.append(plan)
        return plan

    def heal(self) -> None:
        """Forget every plan."""
        self._plans.clear()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._links:
            link.reset()
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closing:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._connect, client)

    def _connect(self, client: socket.socket) -> None:
        try:
            if self._context:
                client = self._context.wrap_socket(client, server_side=True)
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        link = _Link(client, server)
        self._links.append(link)
        self._start(self._downwards, link)
        self._upwards(link)

    def _take(self, line: bytes) -> Plan | None:
        self.requests.append(line.decode("latin-1").strip())
        for plan in self._plans:
            if plan.left > 0 and plan.match.match(line):
                plan.left -= 1
                plan.hits += 1
                return plan
        return None

    def _upwards(self, link: _Link) -> None:
        try:
            while data := link.client.recv(65536):
                if line := _LINE.match(data):
                    link.plan, link.up, link.down = self._take(line[0]), 0, 0
                kind = link.plan.kind if link.plan else ""
                if kind == "reset":
                    break
                if kind == "status_500":
                    link.client.sendall(_500)
                    break
                if kind == "hang":
                    continue
                after = link.plan.after if link.plan else 0
                if kind == "cut_upload" and link.up + len(data) > after:
                    link.server.sendall(data[: max(0, after - link.up)])
                    break
                if kind == "corrupt_upload" and link.up <= after < link.up + len(data):
                    at = after - link.up
                    data = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
                link.up += len(data)
                link.server.sendall(data)
        except OSError:
            pass
        link.reset()

    def _downwards(self, link: _Link) -> None:
        try:
            while data := link.server.recv(65536):
                kind = link.plan.kind if link.plan else ""
                if kind == "lose_answer" and not data.startswith(b"HTTP/1.1 100"):
                    break
                after = link.plan.after if link.plan else 0
                if kind == "cut_download" and link.down + len(data) > after:
                    link.client.sendall(data[: max(0, after - link.down)])
                    break
                link.down += len(data)
                if kind == "trickle":
                    for at in range(0, len(data), 1000):
                        link.client.sendall(data[at : at + 1000])
                else:
                    link.client.sendall(data)
        except OSError:
            pass
        link.reset()
