"""One request and its answer over one connection: what is told to the sink, and what went wrong."""

from __future__ import annotations

import asyncio

from archive.model import ExchangeSink, Peer
from crawler.capture.connection import Connection, TimeLimit
from crawler.capture.errors import BodyFailed, HeadFailed, LimitCrossed, NoAnswer, SendFailed, WireError
from crawler.capture.events import Broken, Data, End, Event, Head, Interim
from crawler.capture.http1 import ResponseParser
from crawler.capture.proxy import Proxy, check_answer
from crawler.capture.target import Prepared
from crawler.capture.wire import ExchangeLimits


class Transfer:
    """Carries one exchange, on a kept connection first and then perhaps on a fresh one.

    `proxy` is the one that takes this very request (http); behind a tunnel there is none.
    """

    def __init__(
        self, method: str, prepared: Prepared, sink: ExchangeSink, limits: ExchangeLimits, *, proxy: Proxy | None
    ) -> None:
        self._method = method
        self._prepared = prepared
        self._sink = sink
        self.limits = limits
        self._proxy = proxy
        self.deadline = 0.0
        self._told = False
        self.peer = Peer()
        self.resolved: tuple[str, ...] = ()
        self.head: Head | None = None
        self.interim: list[bytes] = []
        self.reusable = False
        self.excess = 0

    def start(self) -> None:
        """The clock for `limits.total_seconds` runs from here."""
        self.deadline = asyncio.get_running_loop().time() + self.limits.total_seconds

    def tell(self, connection: Connection | None = None) -> None:
        """Tell the sink, once, whom we talk to and what we asked."""
        if self._told:
            return
        self._told = True
        if connection is not None:
            self.peer = connection.peer
            self._sink.connected(connection.peer)
        self._sink.sent(self._prepared.kept)

    async def run(self, connection: Connection, *, kept: bool) -> None:
        """Send the request and hand over the answer, up to its end.

        With `kept`, nothing is told to the sink before the first byte of an answer, so that the request
        can be sent again elsewhere.

        Raises:
            NoAnswer: not one byte came.
            WireError: the other ways to fail, each its type.
        """
        if not kept:
            self.tell(connection)
        parser = ResponseParser(self._method, head_bytes=self.limits.head_bytes, body_bytes=self.limits.body_bytes)
        connection.send(self._prepared.wire)
        idle, deadline, data = self.limits.idle_seconds, self.deadline, self._sink.data
        while True:
            try:
                piece = await connection.receive(idle, deadline)
            except TimeLimit as limit:
                self.tell(connection)
                raise time_crossed(limit, self.limits) from limit
            if piece is None:
                events = self._ended(parser, connection)
            else:
                if not self._told:
                    self.tell(connection)
                events = parser.feed(piece)
            for event in events:
                if type(event) is Data:
                    await data(event.raw, event.entity)
                elif type(event) is End:
                    self.excess = parser.excess
                    self.reusable = event.keep_alive and not parser.excess and connection.drained
                    return
                else:
                    self._note(event)

    def _note(self, event: Event) -> None:
        if isinstance(event, Interim):
            self.interim.append(event.raw)
            self._sink.interim(event.raw)
        elif isinstance(event, Head):
            if self._proxy is not None and event.status == 407:
                # The proxy's own word (RFC 9110 section 15.5.8); the archive must not take it for the site's.
                check_answer(self._proxy, event.status, event.reason)
            self.head = event
            self._sink.head(event.raw, event.status, event.headers)
        elif isinstance(event, Broken):
            raise self._broken(event)

    def _broken(self, event: Broken) -> WireError:
        if event.kind == "header_bytes":
            return LimitCrossed(f"{event.what} (limits.header_bytes)", truncated="length")
        if event.kind == "body_bytes":
            return LimitCrossed(f"{event.what} ({self.limits.body_key})", truncated="length")
        kind = BodyFailed if event.kind == "body" else HeadFailed
        if event.disconnect:
            return kind(event.what, retryable=True)
        return kind(event.what + _looks_like(event.seen), truncated="unspecified")

    def _ended(self, parser: ResponseParser, connection: Connection) -> list[Event]:
        reset = connection.error
        why = f": {getattr(reset, 'strerror', None) or reset}" if reset is not None else ""
        if not parser.started:
            if not connection.drained:
                raise SendFailed(f"the connection broke before the request was sent{why}")
            raise NoAnswer(f"the server closed the connection without an answer{why}")
        if reset is None:
            return parser.eof()
        if self.head is None:
            raise HeadFailed(f"the connection broke in the middle of the head{why}", retryable=True)
        raise BodyFailed(f"the connection broke in the middle of the body{why}", retryable=True)


def time_crossed(limit: TimeLimit, limits: ExchangeLimits) -> LimitCrossed:
    """The limit on time that was crossed, by name and value."""
    if limit.whole:
        what = f"the exchange took longer than {limits.total_seconds:g} seconds (limits.exchange_seconds)"
        return LimitCrossed(what, truncated="time")
    what = f"not one byte came for {limits.idle_seconds:g} seconds (limits.idle_seconds)"
    return LimitCrossed(what, truncated="time", retryable=True)


def _looks_like(seen: bytes) -> str:
    if not seen:
        return ""
    # RFC 9113 section 3.4: a server's first frame is SETTINGS (type 4) on stream 0.
    if len(seen) >= 9 and seen[3] == 4 and seen[5:9] == b"\0\0\0\0":
        return "; the server speaks only HTTP/2, and recordwatch speaks HTTP/1.1: use a browser for this portal"
    return f"; it begins with {seen[:40]!r}"
