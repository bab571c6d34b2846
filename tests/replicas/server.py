"""What every replica is made of: a real server with virtual hosts, HTTP and TLS on one port, and hazards.

A replica is a subclass that says what it answers (`reply`); content is fictional, behaviour is the
platform's. `asked` has every request, so that a test can say how the portal was treated.
"""

from __future__ import annotations

import functools
import socket
import ssl
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

import msgspec
import trustme

HTML = "text/html; charset=UTF-8"
JSON = "application/json"
CHALLENGE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>"
    "<script src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'></script>"
    "<noscript>Enable JavaScript and cookies to continue</noscript></body></html>"
)
DENIED = "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY><H1>Access Denied</H1>You don't have permission to access this server. Reference #18.2d3f</BODY></HTML>"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the server saw it."""

    method: str
    scheme: str
    host: str
    """Without port, lowercase."""
    target: str
    """Path and query as sent."""
    headers: Mapping[str, str]
    """By lowercase name."""
    body: bytes = b""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def question(self) -> tuple[str, str, bytes]:
        """What is asked, whoever asks."""
        return self.method, self.url, self.body

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body or b"null")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. A body that is no bytes and no text is sent as JSON."""

    body: Any = b""
    status: int = 200
    kind: str = ""
    """Content-Type; by the body where it is empty."""
    headers: tuple[tuple[str, str], ...] = field(default=())

    def encoded(self) -> tuple[bytes, str]:
        if isinstance(self.body, bytes):
            return self.body, self.kind or "application/octet-stream"
        if isinstance(self.body, str):
            return self.body.encode(), self.kind or HTML
        return msgspec.json.encode(self.body), self.kind or JSON


NOT_FOUND = Reply("<h1>Not Found</h1>", 404)


class PlatformReplica(ABC):
    """A portal as a real server. Subclasses say `hosts` and `reply`.

    Hazards that every replica has, each a switch in `hazards`:
        challenge: every page is a CDN's "Just a moment..." with 403
        denied: every page is an "Access Denied" page with status 200
        busy: the first request of each address is answered 429 with `Retry-After: 0`
        down: every answer is 503
    """

    hosts: ClassVar[tuple[str, ...]] = ()
    start: ClassVar[str] = ""
    """The address a person would give to `recordwatch portals add`."""
    server: ClassVar[str] = "nginx"

    def __init__(self, *hazards: str, hosts: tuple[str, ...] = ()) -> None:
        self.hazards = set(hazards)
        self.asked: list[Asked] = []
        self.robots = ""
        """robots.txt; 404 while empty."""
        self.refused: set[tuple[str, str, bytes]] = set()
        """What the hazard `busy` has answered."""
        names = hosts or self.hosts
        self.authority, context, self.tls = _certified(names)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.replica, self._server.context = self, context
        self.resolve = dict.fromkeys(names, f"127.0.0.1:{self._server.server_address[1]}")
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="replica")
        self._thread.start()

    @abstractmethod
    def reply(self, asked: Asked) -> Reply:
        """The platform's own answer. May be called by several threads at once."""

    def answer(self, asked: Asked) -> Reply:
        """`reply`, or what a hazard makes of it."""
        self.asked.append(asked)
        if asked.path == "/robots.txt":
            return Reply(self.robots, kind="text/plain") if self.robots else NOT_FOUND
        if "down" in self.hazards:
            return Reply("<h1>Service Unavailable</h1>", 503)
        if "challenge" in self.hazards:
            return Reply(CHALLENGE, 403, headers=(("Server", "cloudflare"), ("cf-mitigated", "challenge")))
        if "denied" in self.hazards:
            return Reply(DENIED)
        if "busy" in self.hazards and asked.question not in self.refused:
            self.refused.add(asked.question)
            return Reply({"error": "Too many requests"}, 429, headers=(("Retry-After", "0"),))
        return self.reply(asked)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@functools.cache
def _certified(names: tuple[str, ...]) -> tuple[trustme.CA, ssl.SSLContext, ssl.SSLContext]:
    """An authority, what a server of these names speaks, and what a client speaks that trusts it alone."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert(*names).configure_cert(server)
    authority.configure_trust(client)
    return authority, server, client


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    replica: PlatformReplica
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
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        host = headers.get("host", "").partition(":")[0].lower()
        reply = self.server.replica.answer(Asked(self.command, scheme, host, self.path, headers, body))
        payload, kind = reply.encoded()
        given = {name.lower() for name, _ in reply.headers}
        self.send_response_only(reply.status)
        for name, value in (("Server", self.server.replica.server), ("Content-Type", kind)):
            if name.lower() not in given:
                self.send_header(name, value)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD" and reply.status not in {204, 304}:
            self.wfile.write(payload)

    do_HEAD = do_POST = do_OPTIONS = do_GET

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Quiet."""
