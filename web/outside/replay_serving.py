"""The two HTTP servers of replay: the feed that the component asks, and the gate that browsers ask. Both with threads that
are counted; nothing that anybody asks is written down.
"""

from __future__ import annotations

import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from django.db import connections

from archive.holdings import Holdings
from config.errors import RecordwatchError
from web.outside.replay_feed import index, member
from web.outside.replay_gate import PATIENCE

MOST = 64
"""Requests answered at once by each; more wait."""


class Feed(BaseHTTPRequestHandler):
    """One question of the component's. Whoever does not know the secret of this start gets nothing."""

    holdings: ClassVar[Holdings]
    secret: ClassVar[str]
    timeout = PATIENCE

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        _, given, what, *rest = [*asked.path.split("/", 3), "", "", ""]
        if not secrets.compare_digest(given.encode(), self.secret.encode()):
            self.send_error(403)
            return
        try:
            if what == "index":
                named = {name: values[-1] for name, values in parse_qs(asked.query).items()}
                exact = named.get("matchType", "exact") == "exact"
                self._give([index(named.get("url", ""), named.get("closest", "")) if exact else b""])
            elif found := member(self.holdings, rest[0]):
                self._give([found.start], found.length)
                for piece in found.body:
                    self.wfile.write(piece)
            else:
                self.send_error(404)
        except (RecordwatchError, OSError):
            self.close_connection = True  # the component sees that it is cut short
        finally:
            connections.close_all()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class calls it so
        """Nothing is written down."""

    def _give(self, pieces: list[bytes], length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(sum(map(len, pieces)) if length is None else length))
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)


class Counted(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._free = threading.BoundedSemaphore(MOST)
        super().__init__(address, handler)

    def process_request(self, request: object, client_address: object) -> None:
        self._free.acquire()
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def process_request_thread(self, request: object, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Browsers hang up as they please; what fails is no news of theirs."""


def served(address: tuple[str, int], handler: type[BaseHTTPRequestHandler], servers: list[Counted]) -> Counted:
    server = Counted(address, handler)
    servers.append(server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
