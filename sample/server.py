"""The sample portal as a real HTTP server: `python -m sample.server --day 3 --port 8766`.

with SamplePortal(day=1) as portal:
    ...crawl portal.url...
    portal.day = 2
"""

from __future__ import annotations

import argparse
import hashlib
import threading
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from sample.site import HTML, Resource, access_denied, resource
from sample.story import DAYS, FIRST_DAY, LAST, world

PORT = 8766
PORTAL_FILE = Path(__file__).with_name("portal.toml")


def portal_file(url: str) -> str:
    """The sample's portal file (TOML) for a server at `url`."""
    return PORTAL_FILE.read_text("utf-8").replace(f"http://127.0.0.1:{PORT}/", url)


class SamplePortal:
    """The portal on one day, on 127.0.0.1. `day` may be set at any time; port 0 takes a free one.

    `requests` holds "METHOD path status" of each answer given, oldest first.
    """

    def __init__(self, day: int = 1, port: int = 0) -> None:
        self.requests: list[str] = []
        self.day = day
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.portal = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="sample")
        self._thread.start()

    @property
    def day(self) -> int:
        return self._day

    @day.setter
    def day(self, day: int) -> None:
        if day not in DAYS:
            raise ValueError(f"day {day}: the story has days 1 to {LAST}")
        self._day = day

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT/`"""
        return f"http://127.0.0.1:{self.port}/"

    def close(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    portal: SamplePortal


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two sends: 40 ms each on a kept connection otherwise
    server_version = "LakeHarbor/1"
    sys_version = ""
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        portal = self.server.portal
        day = portal.day
        if DAYS[day].verdict == "blocked":
            self._send(200, Resource(access_denied(portal.url[:-1] + self.path), "text/html", day), validators=False)
            return
        parts = urlsplit(self.path)
        number = parse_qs(parts.query).get("page", ["1"])[0]
        page = int(number) if number.isascii() and number.isdigit() else 0
        found = resource(world(day), parts.path, page, broken=DAYS[day].verdict == "broken")
        if found is None:
            self._send(404, Resource(b"<!doctype html><title>Not found</title><h1>Not found</h1>\n", HTML), False)
        elif self._unchanged(found):
            self._send(304, found)
        else:
            self._send(200, found)

    do_HEAD = do_GET  # noqa: N815  the base class's name

    def _unchanged(self, found: Resource) -> bool:
        asked = self.headers.get("If-None-Match")
        if asked is not None:
            return asked.strip() == "*" or _etag(found) in [tag.strip() for tag in asked.split(",")]
        since = self.headers.get("If-Modified-Since")
        try:
            # Pages are made anew for each request: only documents have a date of their own.
            return since is not None and found.mime != HTML and parsedate_to_datetime(since) >= _modified(found)
        except ValueError:
            return False

    def _send(self, status: int, found: Resource, validators: bool = True) -> None:
        self.server.portal.requests.append(f"{self.command} {self.path} {status}")
        self.send_response(status)
        if validators:
            self.send_header("ETag", _etag(found))
            if found.mime != HTML:
                self.send_header("Last-Modified", format_datetime(_modified(found), usegmt=True))
        if status != 304:
            self.send_header("Content-Type", found.mime)
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if status != 304 and self.command != "HEAD":
            self.wfile.write(found.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Quiet: the demo's screen belongs to the story."""


def _etag(found: Resource) -> str:
    return '"' + hashlib.sha256(found.body).hexdigest()[:20] + '"'


def _modified(found: Resource) -> datetime:
    return datetime.combine(FIRST_DAY + timedelta(days=found.since - 1), time(8), UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description="The fictional Lake Harbor portal, for demonstrations.")
    parser.add_argument("--day", type=int, default=1, choices=sorted(DAYS))
    parser.add_argument("--port", type=int, default=PORT)
    arguments = parser.parse_args()
    with SamplePortal(arguments.day, arguments.port) as portal:
        print(f"{portal.url}  day {portal.day}: {DAYS[portal.day].headline}  (Ctrl-C stops)", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
