"""A line between a client and a server that breaks: a TCP relay which closes connections after so many bytes."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self

_PIECE = 1 << 20


class Line:
    """Relays to `port` on loopback. The first `drops` answers that are longer than `after` bytes end there."""

    def __init__(self, port: int, after: int, drops: int) -> None:
        self._port = port
        self._after = after
        self.left = drops
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._port)) as server, contextlib.suppress(OSError):
            up = threading.Thread(target=self._up, args=(client, server), daemon=True)
            up.start()
            buffer, down = bytearray(_PIECE), 0
            while count := server.recv_into(buffer):
                client.sendall(memoryview(buffer)[:count])
                down += count
                if self.left and down >= self._after:
                    self.left -= 1
                    break
            for end in (client, server):
                end.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _up(client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                server.sendall(data)
