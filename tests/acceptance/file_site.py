"""A portal of cases with files, over real sockets, that counts what it is asked and what it sends."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self

Shape = Literal["etag", "date", "bare", "ignoring"]
"""What answers say of a file's bytes: an ETag, a date, nothing; or an ETag, and no condition is heeded."""
WORDS = "The oversight office keeps this page about a case and its documents. " * 12


@dataclass(slots=True)
class Document:
    """One file."""

    body: bytes
    shape: Shape = "etag"
    changed_at: float = 1_700_000_000.0
    gone: bool = False
    """Still linked, and answered 404."""
    head: Literal["honest", "refused", "silent", "digest", "dated"] = "honest"
    """`silent`: without a length. `digest`: with a SHA-256 of the bytes. `dated`: with a date that GET does not have."""

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(slots=True)
class Asked:
    """One request: what it was answered, and how many body bytes that took."""

    method: str
    path: str
    status: int
    sent: int


@dataclass(slots=True)
class Counted:
    """The requests of one crawl."""

    asked: list[Asked] = field(default_factory=list)

    def of(self, method: str, ending: str = ".pdf") -> Counter[str]:
        """Path → how often."""
        return Counter(one.path for one in self.asked if one.method == method and one.path.endswith(ending))

    @property
    def sent(self) -> int:
        """Body bytes."""
        return sum(one.sent for one in self.asked)


class FileSite:
    """`/` links the pages of `cases`, each of which links its files; robots.txt allows all, with an ETag."""

    def __init__(self) -> None:
        self.cases: dict[str, dict[str, Document]] = {}
        self.words: dict[str, str] = {}
        """Case → words on its page."""
        self._counted = Counted()
        self._lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.answer(self)

            def do_HEAD(self) -> None:
                site.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def case(self, name: str, **documents: Document) -> None:
        """A case with files `<name>-<document>.pdf`."""
        self.cases[name] = {f"/{name}-{key}.pdf": document for key, document in documents.items()}

    def document(self, path: str) -> Document:
        return next(files[path] for files in self.cases.values() if path in files)

    def counted(self) -> Counted:
        """What was asked since the last call."""
        with self._lock:
            counted, self._counted = self._counted, Counted()
        return counted

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        document = next((files[request.path] for files in self.cases.values() if request.path in files), None)
        status, headers, body = 200, {}, b""
        if document is None:
            page = self._page(request.path)
            status, body = (404, b"none") if page is None else (200, page)
            headers = {"Content-Type": "text/html"}
            if page is not None:
                headers["ETag"] = f'"{hashlib.sha256(page).hexdigest()[:16]}"'
        elif document.gone:
            status, body = 404, b"none"
        else:
            body, headers = document.body, {"Content-Type": "application/pdf"}
            if document.shape in {"etag", "ignoring"}:
                headers["ETag"] = document.etag
            if document.shape == "date":
                headers["Last-Modified"] = formatdate(document.changed_at, usegmt=True)
        heeded = document is None or document.shape != "ignoring"
        if status == 200 and heeded and self._unchanged(request, headers):
            status, body = 304, b""
        if request.command == "HEAD":
            if document is not None and document.head == "refused":
                status, headers = 405, {"Allow": "GET"}
            elif document is not None and document.head == "digest":
                digest = hashlib.sha256(body).digest()
                headers["Repr-Digest"] = f"sha-256=:{_base64(digest)}:"
            elif document is not None and document.head == "dated":
                headers["Last-Modified"] = formatdate(document.changed_at, usegmt=True)
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        silent = request.command == "HEAD" and document is not None and document.head == "silent"
        if status != 304 and not silent:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        sent = b"" if request.command == "HEAD" else body
        with self._lock:  # before it is sent: whoever got it may ask at once what was counted
            self._counted.asked.append(Asked(request.command, request.path, status, len(sent)))
        request.wfile.write(sent)

    @staticmethod
    def _unchanged(request: BaseHTTPRequestHandler, headers: dict[str, str]) -> bool:
        pairs = (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since"))
        return any(name in headers and request.headers.get(asked) == headers[name] for name, asked in pairs)

    def _page(self, path: str) -> bytes | None:
        if path == "/robots.txt":
            return b"User-agent: *\nAllow: /\n" + b"# nothing is forbidden here\n" * 20
        if path == "/":
            links = "".join(f'<p><a class="case" href="/{name}/">{name}</a></p>' for name in self.cases)
            return _html("Cases", WORDS + links)
        name = path.strip("/")
        if name not in self.cases:
            return None
        links = "".join(f'<p><a href="{file}">{file}</a></p>' for file in self.cases[name])
        return _html(f"Case {name}", f"<p>{self.words.get(name, '')}{WORDS}</p>{links}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def pdf(name: str, size: int = 2000) -> bytes:
    """Bytes that look like a PDF's beginning, and differ by `name`."""
    return (b"%PDF-1.4 " + name.encode()).ljust(size, b" ")


def _html(title: str, body: str) -> bytes:
    return f"<!doctype html><html><head><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>".encode()


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()
