"""The answers in a portal's `pages/` as a real server: virtual hosts, HTTP and TLS on one port."""

from __future__ import annotations

import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import trustme

CONTENT_TYPE = "text/html; charset=UTF-8"
KINDS = {".csv": "text/csv", ".json": "application/json", ".xml": "application/xml", ".gz": "application/gzip"}
"""By the ending of a stored file; all others are pages."""


def pages(folder: Path) -> dict[str, bytes]:
    """URL → body. `urls.tsv` in `folder` has one `file<TAB>URL` per line."""
    return {url: (folder / name).read_bytes() for url, name in names(folder).items()}


def names(folder: Path) -> dict[str, str]:
    """URL → name of the file."""
    lines = (folder / "urls.tsv").read_text("utf-8").splitlines()
    return {url: name for name, url in (line.split("\t") for line in lines if line)}


class Replica:
    """Serves `pages(folder)`; what is not there is 404. `tls` trusts its certificates."""

    def __init__(self, folder: Path) -> None:
        self.pages = pages(folder)
        self.kinds = {url: KINDS.get(Path(name).suffix, CONTENT_TYPE) for url, name in names(folder).items()}
        hosts = sorted({urlsplit(url).hostname or "" for url in self.pages})
        authority = self.authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*hosts).configure_cert(context)
        self.tls = ssl.create_default_context()
        authority.configure_trust(self.tls)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.replica, self._server.context = self, context
        self.resolve = dict.fromkeys(hosts, f"127.0.0.1:{self._server.server_address[1]}")
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="replica")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    replica: Replica
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(30)
        try:
            if request.recv(1, socket.MSG_PEEK) != b"\x16":  # a TLS client's first byte is 22
                super().finish_request(request, client_address)
                return
            with self.context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)  # type: ignore[arg-type]
        except OSError:
            return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two sends: 40 ms each on a kept connection otherwise
    server: _Server

    def do_GET(self) -> None:
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        url = f"{scheme}://{self.headers['Host']}{self.path}"
        body = self.server.replica.pages.get(url)
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Type", self.server.replica.kinds.get(url, CONTENT_TYPE))
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Quiet."""
