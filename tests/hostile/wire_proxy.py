"""A forward proxy that relays bytes as they are: CONNECT tunnels, and absolute-form requests."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading

from tests.hostile.wire_server import read_head


class WireProxy:
    """Remembers the heads it was sent. With `user`, it wants Basic credentials for each connection.

    `refuse`: a whole answer to every CONNECT instead of a tunnel.
    """

    def __init__(self, user: str = "", refuse: bytes = b"") -> None:
        self.heads: list[bytes] = []
        self.route: tuple[str, int] | None = None
        """Where everything goes, whatever was asked for."""
        self._want = b"Basic " + base64.b64encode(user.encode()) if user else b""
        self._refuse = refuse
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://{user + '@' if user else ''}127.0.0.1:{self.port}"

    def __enter__(self) -> WireProxy:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._open.add(sock)
            self._start(self._serve, sock)

    def _serve(self, client: socket.socket) -> None:
        server: socket.socket | None = None
        try:
            head = read_head(client)
            if not head:
                return
            self.heads.append(head)
            if self._want and self._want not in head:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            method, target, _ = head.split(b" ", 2)
            if method == b"CONNECT" and self._refuse:
                client.sendall(self._refuse)
                return
            place = target if method == b"CONNECT" else target.split(b"://", 1)[1].split(b"/", 1)[0]
            host, _, port = place.decode().rpartition(":")
            server = socket.create_connection(self.route or (host.strip("[]"), int(port)))
            self._open.add(server)
            if method == b"CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
            else:
                server.sendall(head)
            back = threading.Thread(target=_pipe, args=(server, client), daemon=True)
            back.start()
            _pipe(client, server)
            back.join(30)
        except OSError:
            pass
        finally:
            for sock in (client, server):
                if sock is not None:
                    self._open.discard(sock)
                    sock.close()


def _pipe(source: socket.socket, drain: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            drain.sendall(data)
    with contextlib.suppress(OSError):
        drain.shutdown(socket.SHUT_WR)
