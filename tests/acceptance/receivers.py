"""A real web receiver for alerts: it notes what it was sent, and misbehaves as it is told."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class WebReceiver:
    """`taken` holds webhook-id and body of every request, in order; `plan` what the next ones are answered.

    An entry of `plan` is a status, or "cut": the connection is closed after the body was read.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.plan: list[int | str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.taken.append((str(self.headers["webhook-id"]), body))
                step = receiver.plan.pop(0) if receiver.plan else 204
                if isinstance(step, str):
                    self.close_connection = True
                    return
                self.send_response(step)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
