"""The door of the replay origin: asks for a ticket, passes on what is archived, and shuts in whatever is shown.

The component rewrites pages so that their scripts ask the archive; nothing here relies on that. Every answer carries
policies that the browser enforces (`replay_policy`), and every document a script of ours that runs before its own
(`replay_guard`). What an archived page is sent, cookies and all, never gets here.
"""

from __future__ import annotations

import http.client
import re
import socket
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from django.db import connections

from archive.catalog.models import Capture
from config.errors import RecordwatchError
from web.outside.replay_feed import shown, stamp
from web.outside.replay_guard import START, guarded, is_document
from web.outside.replay_policy import headers
from web.outside.replay_tickets import good

PIECE = 64 * 1024
PATIENCE = 60.0
"""Seconds in which one piece has to be taken, or given."""
_CHOSEN = re.compile(r"(?:\d{4,14}(?:[a-z]{2}_)?|[a-z]{2}_)/\S+", re.ASCII)
_STATIC = re.compile(r"static/[\w./-]+(?:\?\S*)?", re.ASCII)
_CAPTURE = re.compile(r"[0-9a-f-]{36}", re.ASCII)
_TO_IT = ("Accept", "Range", "X-Requested-With")
_FROM_IT = (
    "Content-Type", "Content-Length", "Content-Encoding", "Content-Range", "Content-Disposition", "Accept-Ranges",
    "Memento-Datetime",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """Where replay is seen from a browser, and what stands behind it."""

    links: tuple[str, ...]
    """Its origins, `http://localhost:8401`; another Host is refused."""
    behind: Path
    """The component's socket."""
    shelf: str
    """What the component calls the archive: a secret of this start."""


class Gate(BaseHTTPRequestHandler):
    """One request of a browser. Nothing of it is written down."""

    origin: ClassVar[Origin]
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "recordwatch", ""
    timeout = PATIENCE

    def do_GET(self) -> None:
        self.close_connection = True
        link = self._link()
        given, _, rest = self.path[1:].partition("/")
        if link is None or not good(given):
            self._say(403, "This address is not open, or its hour is over. Open the page anew in the newsroom.")
        elif rest == "ready":
            self._ready()
        elif self.headers.get("Sec-Fetch-Dest") == "document" or "Service-Worker" in self.headers:
            self._say(403, "Archived pages are shown inside the newsroom, in a frame that shuts them in.")
        elif rest.startswith("open/"):
            self._open(link, given, rest.removeprefix("open/"))
        elif _STATIC.fullmatch(rest) or (
            rest.startswith(f"{self.origin.shelf}/") and _CHOSEN.fullmatch(rest.partition("/")[2])
        ):
            self._pass_on(link, given)
        else:
            self._say(404, "There is nothing at this address.")

    do_HEAD = do_GET  # noqa: N815  the base class calls it so

    def do_OPTIONS(self) -> None:
        """Scripts ask before they ask: a document with an origin of its own is a stranger to every address."""
        self.close_connection = True
        self.send_response(204)
        asked = self.headers.get("Access-Control-Request-Headers", "")
        if re.fullmatch(r"[\w, -]{1,500}", asked, re.ASCII):
            self.send_header("Access-Control-Allow-Headers", asked)
        self.send_header("Access-Control-Allow-Methods", "GET, HEAD")
        self._end()

    def do_POST(self) -> None:
        """What was sent is not looked up: nothing is."""
        self.close_connection = True
        self._say(405, "The archive answers what was asked for with GET.")

    do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class calls it so
        """What people look at is written down nowhere."""

    def _link(self) -> str | None:
        host = self.headers.get("Host", "").lower()
        return next((link for link in self.origin.links if urlsplit(link).netloc == host), None)

    def _ready(self) -> None:
        """Whether the component listens: the newsroom asks before it shows a frame."""
        behind = _Behind(self.origin.behind)
        try:
            behind.connect()
        except OSError:
            self._say(503, "The replay component is being started.")
        else:
            behind.close()
            self._say(200, "ready")

    def _open(self, link: str, given: str, ident: str) -> None:
        try:
            row = Capture.objects.filter(pk=ident).first() if _CAPTURE.fullmatch(ident) else None
            there = row is not None and shown(row)
        except RecordwatchError as error:
            self._say(503, f"The archive cannot be read now: {error.what}.")
            return
        finally:
            connections.close_all()
        if row is None or not there:
            self._say(404, "There is no such capture, or it is not shown.")
            return
        self.send_response(302)
        url = re.sub(r"[^!-~]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), row.url)
        self.send_header("Location", f"{link}/{given}/{self.origin.shelf}/{stamp(row.at)}mp_/{url}")
        self.send_header("Content-Length", "0")
        self._end(link, given)

    def _pass_on(self, link: str, given: str) -> None:
        behind = _Behind(self.origin.behind)
        parts = urlsplit(link)
        asked = {name: value for name in _TO_IT if (value := self.headers.get(name))}
        if is_document(self.headers):
            asked.pop("Range", None)  # the whole of it, so that its beginning is its beginning
        asked |= {"Host": parts.netloc, "SCRIPT_NAME": f"/{given}", "X-Forwarded-Proto": parts.scheme}
        asked |= {"Accept-Encoding": "identity"}
        try:
            behind.request(self.command, self.path, headers=asked)
            answer = behind.getresponse()
        except (OSError, http.client.HTTPException):
            self._say(502, "The replay component gives no answer just now. Try again in a moment.")
            behind.close()
            return
        try:
            self._answer(answer, link, given)
        except (OSError, http.client.HTTPException):
            return  # one of both is gone
        finally:
            behind.close()

    def _answer(self, answer: http.client.HTTPResponse, link: str, given: str) -> None:
        to = answer.headers.get("Location", "")
        within = to.startswith((f"{link}/{given}/", f"/{given}/"))
        if to and not within:
            self._say(404, "This leads out of the archive.")
            return
        document = is_document(self.headers)
        start = answer.read(START) if document else b""
        own = guarded(start, answer.headers) if document else None
        self.send_response(answer.status)
        for name in _FROM_IT:
            if value := answer.headers.get(name):
                grown = name == "Content-Length" and own is not None and value.isdigit()
                self.send_header(name, str(int(value) + len(own or b"") - len(start)) if grown else value)
        if to:
            self.send_header("Location", to)
        self._end(link, given, scripts=own is not None or not document)
        if self.command != "HEAD":
            self.wfile.write(start if own is None else own)
        while self.command != "HEAD" and (piece := answer.read1(PIECE)):
            self.wfile.write(piece)

    def _say(self, status: int, text: str) -> None:
        body = f"{text}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self._end()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _end(self, link: str = "", given: str = "", *, scripts: bool = False) -> None:
        for name, value in headers(f"{link}/{given}/" if given else "", scripts=scripts):
            self.send_header(name, value)
        self.end_headers()


class _Behind(http.client.HTTPConnection):
    """The component, at its socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.sock.close()
            raise
