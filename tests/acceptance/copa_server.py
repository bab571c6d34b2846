"""COPA's case portal as a real HTTP server, showing dated real lists in COPA's own markup.

    with CopaServer(tls=context) as server:
        server.show(lists()[0])
        ...crawl with [resolve] server.resolve and portal file server.portal_file()...

One port speaks HTTP and (given a context) TLS, because `[resolve]` has one address per host. It serves
the host that the shown list links to; every other known host redirects there, as after a move. What
is not in the lists is synthetic: pagination, page furniture, and from which list on which layout is
shown. Cases no longer listed answer 404.
"""

from __future__ import annotations

import socket
import ssl
import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

from tests.acceptance import copa_truth

ROOT = Path(__file__).resolve().parents[2]
HOSTS = ("www.iprachicago.org", "www.chicagocopa.org")
LISTING = "/data-cases/case-portal/"
Layout = Literal[5, 7]


class CopaServer:
    """The portal. `requests` holds "scheme://host/path status" of each answer, oldest first."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, per_page: int = 30) -> None:
        self.requests: list[str] = []
        self.tls = tls
        self._per_page = per_page
        self._rows: list[dict[str, str]] = []
        self._layout: Layout = 5
        self.origin = f"http://{HOSTS[0]}"
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.portal = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="copa")
        self._thread.start()

    def show(self, path: Path, layout: Layout = 5) -> None:
        """Show the list in `path` from now on, case pages with 5 or 7 columns."""
        rows = copa_truth.rows(path)
        parts = urlsplit(rows[0]["url"])
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._rows, self._layout = rows, layout

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`"""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def resolve(self) -> dict[str, str]:
        """For `[resolve]` in recordwatch.toml."""
        return dict.fromkeys(HOSTS, self.address)

    def portal_file(self) -> str:
        """The shipped portal file, allowed to reach this server, without delay; http and the newest
        host, which redirect to wherever the list is.
        """
        text = (ROOT / "spiders" / "portals" / "copa.toml").read_text("utf-8")
        for old, new in (
            ('\nurl = "https://', '\nallow_private_network = true\nurl = "http://'),
            ("delay = 1.0", "delay = 0.0"),
        ):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text

    def answer(self, scheme: str, host: str, path: str) -> tuple[int, dict[str, str], str]:
        """Status, headers and body for a request."""
        origin, parts = f"{scheme}://{host}", urlsplit(path)
        if host not in HOSTS:
            return 404, {}, "no such site"
        if origin != self.origin:
            return 301, {"Location": self.origin + path}, "moved"
        if parts.path == LISTING:
            page = int(parse_qs(parts.query).get("sf_paged", ["1"])[0])
            return 200, {}, self._listing(page)
        if parts.path.startswith("/case/"):
            for row in self._rows:
                if urlsplit(row["url"]).path == parts.path:
                    return 200, {}, self._frame(row["log"], self._case(row))
        return 404, {}, self._frame("Page not found", "<p>It looks like nothing was found at this location.</p>")

    def _listing(self, page: int) -> str:
        pages = -(-len(self._rows) // self._per_page)
        shown = self._rows[(page - 1) * self._per_page : page * self._per_page]
        lines = "".join(
            f'<tr>\n<th>\n<a href="{escape(row["url"])}" rel="bookmark">{escape(row["log"])}</a>\n</th>\n'
            f"<td>{escape(row['types'])}</td><td>{escape(row['notified'])}</td>"
            f"<td>{escape(row['incident'])}</td><td>{escape(row['district'])}</td>\n</tr>\n"
            for row in shown
        )
        target = f"{self.origin}{LISTING}?sort_order=title+desc&amp;sf_paged={page + 1}"
        following = f'<a href="{target}">Next</a>' if page < pages else ""
        return self._frame(
            "Case Portal",
            '<div class="search-filter-results">\n<div class="table-responsive">\n'
            '<table class="table table-striped display wrap" id="ipra-case-search-data-table">\n'
            f"<tbody>\n{lines}</tbody>\n</table>\n</div>\n"
            f'<div class="pagination">\n<div class="nav-previous"></div>\n<div> Page {page} of {pages}</div>\n'
            f'<div class="nav-next">{following}</div>\n</div>\n</div>',
        )

    def _case(self, row: dict[str, str]) -> str:
        if self._layout == 5:
            columns = {
                "Log#": row["log"],
                "Incident Type(s)": row["types"],
                row["notified_header"]: row["notified"],
                "Incident Date & Time": row["incident"],
                "District of Occurrence": row["district"],
            }
        else:
            columns = {
                "Log#": row["log"],
                "Incident Date & Time": row["incident"],
                "District of Occurrence": row["district"],
                "COPA Notification Date": row["notified"],
                "Transparency Release Date": "-",
                "Closed Date": "-",
                "FSR/Memo Posted Date": "-",
            }
        heads = "".join(f'<th scope="col">{escape(name)}</th>\n' for name in columns)
        first, *others = columns.values()
        values = f'<th scope="row">\n{escape(first)}\n</th>\n' + "".join(f"<td>\n{escape(v)}\n</td>\n" for v in others)
        return (
            '<div class="entry-content">\n<div class="table-responsive hidden-sm hidden-xs">\n'
            f'<table class="table table-striped">\n<thead>\n<tr>\n{heads}</tr>\n</thead>\n'
            f"<tbody>\n<tr>\n{values}</tr>\n</tbody>\n</table>\n</div>\n"
            '<div class="table-responsive hidden-xs hidden-md stack-table">\n<table>\n</table>\n</div>\n</div>'
        )

    def _frame(self, title: str, body: str) -> str:
        # The menu links to a case, too: a spider must not take it for a listed one.
        featured = self._rows[0]["url"] if self._rows else "#"
        return (
            f"<!DOCTYPE html>\n<html><head><title>{escape(title)}</title></head>\n<body>\n"
            f'<nav class="navbar"><ul class="menu"><li><a href="{LISTING}">Case Portal</a></li>'
            f'<li><a href="{featured}">Featured case</a></li></ul></nav>\n'
            f'<main id="main">\n<h1 class="entry-title">{escape(title)}</h1>\n{body}\n</main>\n'
            "<footer><p>Independent. Integrity. Transparency.</p></footer>\n</body></html>\n"
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    portal: CopaServer

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS or not: a TLS client's first byte is 22."""
        request.settimeout(30)
        try:
            if request.recv(1, socket.MSG_PEEK) != b"\x16":
                super().finish_request(request, client_address)
            elif self.portal.tls is not None:
                with self.portal.tls.wrap_socket(request, server_side=True) as secured:
                    super().finish_request(secured, client_address)  # type: ignore[arg-type]
        except (OSError, ssl.SSLError):
            return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two sends: 40 ms each on a kept connection otherwise
    server: _Server

    def do_GET(self) -> None:
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        host = (self.headers.get("Host") or "").split(":", 1)[0].lower()
        status, headers, text = self.server.portal.answer(scheme, host, self.path)
        self.server.portal.requests.append(f"{scheme}://{host}{self.path} {status}")
        body = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Quiet."""
