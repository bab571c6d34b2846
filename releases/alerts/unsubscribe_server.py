"""A small web server for mute links alone, behind the operator's own https server, until the newsroom answers them.

It writes no log: the paths it is asked for are secrets.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from releases.alerts.unsubscribe import MOST_BYTES, Answer, answer

AT_ONCE = 32
"""Connections; further ones are closed at once."""
SILENCE, LONGEST = 10.0, 20.0
"""Seconds a client may say nothing, and may take in all."""


class MuteServer(ThreadingHTTPServer):
    """Serves `answer`. The home's database must be open; each request uses a connection of its own."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int) -> None:
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        # Whoever sends one byte every nine seconds is cut off too.
        clock = threading.Timer(LONGEST, _cut, [request])
        clock.daemon = True
        clock.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            clock.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    timeout = SILENCE
    error_message_format = "%(code)d %(message)s\n"
    error_content_type = "text/plain; charset=utf-8"

    def do_GET(self) -> None:
        self._give(b"")

    do_HEAD = do_GET  # noqa: N815  http.server's names

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Transfer-Encoding") or not (length.isascii() and length.isdigit()):
            self.send_error(411)
        elif len(length) > 5 or int(length) > MOST_BYTES:
            self.send_error(413)
        else:
            self._give(self.rfile.read(int(length)))

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET  # noqa: N815  http.server's names

    def _give(self, body: bytes) -> None:
        from django.db import DatabaseError, connections

        try:
            given: Answer = answer(self.command, self.path.partition("?")[0], body)
        except DatabaseError:
            self.send_error(503, "try again later")
            return
        finally:
            connections.close_all()
        self.send_response(given.status)
        for name, value in given.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(given.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(given.body)

    def version_string(self) -> str:
        return "recordwatch"

    def log_message(self, *_: Any) -> None:
        """Nothing is written down: see the module."""


def _cut(request: socket.socket) -> None:
    with contextlib.suppress(OSError):
        request.shutdown(socket.SHUT_RDWR)
