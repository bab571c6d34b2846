"""A real HTTP server on loopback, an archive in memory, and a door between them."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urljoin

import msgspec

from archive.ids import uuid7
from archive.model import Archived, Failure, Held, Peer, Recorder
from config.home import Operator, Settings
from config.portal import Limits, Politeness, Portal
from crawler.capture.client import WireClient
from crawler.capture.door import Door, HeldMissing
from crawler.capture.fetch import HeldAnswer
from crawler.capture.policy import NetworkPolicy
from crawler.politeness.clock import Clock


@dataclass
class Seen:
    """One request as the server got it."""

    at: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answer = tuple[int, Sequence[tuple[str, str]], bytes]
Reply = Answer | Callable[[Seen], Answer]


class Site:
    """Serves `pages[path]`, 404 for everything else, and remembers what it was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply] = {}
        self.seen: list[Seen] = []
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                seen = Seen(time.time(), self.command, self.path, dict(self.headers.items()), body)
                with site._lock:
                    site.seen.append(seen)
                    site.at_once += 1
                    site.most_at_once = max(site.most_at_once, site.at_once)
                reply = site.pages.get(self.path) or site.pages.get(self.path.partition("?")[0]) or (404, (), b"none")
                status, headers, payload = reply(seen) if callable(reply) else reply
                out = [f"HTTP/1.1 {status} Some Reason\r\n"]
                out += [f"{name}: {value}\r\n" for name, value in headers]
                named = {name.lower() for name, _ in headers}
                if "content-length" not in named and status not in {204, 304}:
                    out.append(f"Content-Length: {len(payload)}\r\n")
                with site._lock:
                    site.at_once -= 1
                self.wfile.write(("".join(out) + "\r\n").encode("latin-1"))
                if self.command != "HEAD" and status not in {204, 304}:
                    self.wfile.write(payload)
                if any(name.lower() == "content-length" and int(value) > len(payload) for name, value in headers):
                    self.close_connection = True

            do_GET = do_POST = do_HEAD = do_PUT = handle_one

            def log_message(self, *args: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: object, client_address: object) -> None:
                return  # a client that hung up is what some tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def asked(self, path: str) -> list[Seen]:
        return [one for one in self.seen if one.path == path]

    def paths(self, *, robots: bool = False) -> list[str]:
        return [one.path for one in self.seen if robots or one.path != "/robots.txt"]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Exchange:
    """One exchange in the archive."""

    url: str
    method: str
    held: Held | None
    attempt: int
    sent: bytes = b""
    status: int = 0
    headers: Sequence[tuple[bytes, bytes]] = ()
    entity: bytearray = field(default_factory=bytearray)
    failure: Failure | None = None
    archived: Archived | None = None
    large: int = 1 << 62

    def connected(self, peer: Peer) -> None:
        return

    def sent_bytes(self, data: bytes) -> None:
        self.sent += data

    def interim(self, raw: bytes) -> None:
        return

    def head(self, raw: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.status, self.headers = status, headers

    async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        self.entity += entity

    async def finish(self) -> Archived:
        return self._archived("")

    async def fail(self, failure: Failure) -> Archived:
        self.failure = failure
        return self._archived(failure.truncated)

    def _archived(self, truncated: str) -> Archived:
        body = bytes(self.entity)
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        payload = body if len(body) < self.large else None
        self.archived = Archived(
            uuid7(), datetime.now(UTC), self.url, self.status, digest, len(body), payload, truncated
        )
        return self.archived


class _Sink:
    """`ExchangeSink.sent` is a method; the record's `sent` is bytes."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.connected, self.interim, self.head = exchange.connected, exchange.interim, exchange.head
        self.data, self.finish, self.fail = exchange.data, exchange.finish, exchange.fail
        self.sent = exchange.sent_bytes


class Memory:
    """An archive in memory: Recorder and HeldLookup."""

    def __init__(self, large: int = 1 << 62) -> None:
        self.exchanges: list[Exchange] = []
        self.lookups: list[list[str]] = []
        self.lost: set[str] = set()
        self._large = large

    def begin(self, url: str, method: str, *, held: Held | None = None, attempt: int = 1) -> _Sink:
        exchange = Exchange(url, method, held, attempt, large=self._large)
        self.exchanges.append(exchange)
        return _Sink(exchange)

    def _held(self, url: str) -> Held | None:
        for one in reversed(self.exchanges):
            if one.url == url and one.status == 200 and one.archived is not None and not one.failure:
                values = {name.lower(): value.decode("latin-1") for name, value in one.headers}
                return Held(
                    one.archived.capture, url, one.archived.at, one.archived.payload_digest,
                    one.archived.payload_length, values.get(b"etag", ""), values.get(b"last-modified", ""),
                    values.get(b"content-type", ""),
                )  # fmt: skip
        return None

    async def latest(self, url: str) -> Held | None:
        self.lookups.append([url])
        return self._held(url)

    async def latest_many(self, urls: Iterable[str]) -> Mapping[str, Held]:
        urls = list(urls)
        self.lookups.append(urls)
        found = {url: self._held(url) for url in urls}
        return {url: held for url, held in found.items() if held is not None}

    async def partly(self, urls: Iterable[str]) -> set[str]:
        return set()

    async def begun(self, url: str) -> None:
        return None

    async def led_to(self, url: str) -> str:
        """As a catalog, which knows nothing of the crawl that is under way: the newest answer does not count."""
        led = [one for one in self.exchanges if one.url == url and one.status in {301, 302, 303, 307, 308}]
        values = {name.lower(): value.decode() for name, value in led[-2].headers} if len(led) > 1 else {}
        return urljoin(url, values.get(b"location", ""))

    def _capture(self, held: Held) -> Exchange:
        if held.capture in self.lost:
            raise HeldMissing("this capture cannot be read", where=held.capture)
        return next(one for one in self.exchanges if one.archived and one.archived.capture == held.capture)

    async def answer(self, held: Held) -> HeldAnswer:
        one = self._capture(held)
        return HeldAnswer(one.status, tuple(one.headers), bytes(one.entity))


class FakeTime:
    """A clock that nobody waits for: a sleep moves it on."""

    def __init__(self) -> None:
        self.at = 1_000_000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep)


def portal(url: str, **changes: object) -> Portal:
    """A portal on loopback; `limits` and `politeness` may be given as dicts."""
    limits = msgspec.convert(changes.pop("limits", {}), Limits)
    polite = msgspec.convert(
        {"connections": 4, "robots": False, "robots_why": "a test"} | changes.pop("politeness", {}), Politeness
    )  # type: ignore[operator]
    base = Portal(
        "sample",
        "Sample",
        "Agency",
        "Place",
        url,
        "pages",
        limits=limits,
        politeness=polite,
        allow_private_network=True,
    )
    return msgspec.structs.replace(base, **changes)


@asynccontextmanager
async def open_door(
    portal: Portal, archive: Memory | None = None, *, locks: Path | None = None, clock: Clock | None = None,
    settings: Settings | None = None,
    recorder: Recorder | None = None,
):  # fmt: skip
    archive = archive if archive is not None else Memory()
    settings = settings or Settings(operator=Operator(contact="mailto:desk@example.org"))
    client = WireClient(
        NetworkPolicy(portal.allows_private, settings.resolve), connections_per_host=portal.politeness.connections
    )
    door = Door(portal, settings, client, recorder or archive, archive, locks=locks, clock=clock)
    try:
        yield door
    finally:
        await door.close()
        await client.close()
