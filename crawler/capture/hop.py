"""One hop of a fetch: what is sent to one URL, and how it goes on from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.model import Archived, ExchangeSink, Failure, Held
from config.errors import RecordwatchError
from crawler.capture.identity import Headers
from crawler.capture.limits import Budget
from crawler.capture.redirects import redirected_method, same_origin
from crawler.capture.retry import ASKED_TO_WAIT
from crawler.capture.validators import conditions

if TYPE_CHECKING:
    from crawler.capture.resume import Resume

_OF_THE_BODY = frozenset({b"content-type", b"content-encoding", b"content-language", b"content-location"})

_WITHOUT_BODY = frozenset({204, 304})

SMALL = 256 * 1024
"""Bytes of a body that may lie in memory while the archive writes, and the host's next answer comes."""


def _announced(headers: Sequence[tuple[bytes, bytes]]) -> int:
    """Content-Length; more than SMALL when there is none."""
    for name, value in headers:
        if len(name) == 14 and name.lower() == b"content-length" and value.isdigit():
            return int(value[:18])
    return SMALL + 1


@dataclass(slots=True)
class Hop:
    """`held` is set only together with the `conditions` made from it."""

    url: str
    method: str
    headers: Headers
    body: bytes
    held: Held | None = None
    conditions: Headers = ()
    resume: Resume | None = None
    """For a file that may come in parts."""

    def hold(self, held: Held | None) -> None:
        """Ask only for what changed since `held`; without anything to ask by, ask for all of it."""
        self.conditions = conditions(held) if held is not None else ()
        self.held = held if self.conditions else None

    def cut(self, error: RecordwatchError) -> bool:
        """Whether a file came in part, and the rest is to be asked for next."""
        return self.resume is not None and self.resume.cut(error)

    def watched(self, sink: ExchangeSink) -> ExchangeSink:
        """The archive's sink for the next attempt."""
        return self.resume.watch(sink) if self.resume is not None else sink

    def redirected(self, status: int, target: str, same_host_only: frozenset[bytes]) -> Hop:
        """The hop after a redirect. Headers in `same_host_only` (lowercase) do not go to another origin."""
        method, headers, body = redirected_method(self.method, status), self.headers, self.body
        dropped: frozenset[bytes] = frozenset()
        if method != self.method:
            body, dropped = b"", _OF_THE_BODY
        if not same_origin(self.url, target):
            dropped |= same_host_only
        if dropped:
            headers = tuple(pair for pair in headers if pair[0].lower() not in dropped)
        return Hop(target, method, headers, body)


class Passing:
    """The archive's sink, with two things added on the way.

    The host's turn is given on as soon as a small answer is here, for the archive takes its time to
    make it durable; behind a larger one the host waits, so that a slow disk slows the network and
    memory stays flat. And a page's body is kept, for spiders must read lists that the archive finds
    large: the pieces as they come, without a copy; limits.page_bytes bounds them. `budget` is told of
    each piece at once: the next exchange may begin before this one is archived. It learns too how fast
    large bodies come, the archive's own waits included.
    """

    __slots__ = (
        "_began", "_budget", "_came", "_keep", "_pieces", "_release", "_sink", "_size", "connected", "interim", "sent",
    )  # fmt: skip

    def __init__(self, sink: ExchangeSink, release: Callable[[], None], budget: Budget, *, keep: bool) -> None:
        self._sink = sink
        self._release: Callable[[], None] | None = release
        self._budget = budget
        self._began = 0.0
        self._came = 0
        self._keep = keep
        self._pieces: list[bytes | memoryview] = []
        self._size = 0
        self.connected, self.sent, self.interim = sink.connected, sink.sent, sink.interim

    def head(self, raw: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        if status in ASKED_TO_WAIT:
            self._release = None  # nobody else goes before this host's wish to be left alone is noted
        elif not self._keep and status not in _WITHOUT_BODY:
            self._size = _announced(headers)
            if self._size > SMALL:
                self._began = time.monotonic()
        self._sink.head(raw, status, headers)

    async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        self._budget.take(len(entity))
        self._came += len(entity)
        if self._keep:
            self._pieces.append(entity)
            self._size += len(entity)
        await self._sink.data(raw, entity)

    async def finish(self) -> Archived:
        if self._release is not None and self._size <= SMALL:
            self._release()
        if self._began and self._came > SMALL:
            self._budget.timed(self._came, time.monotonic() - self._began)
        return await self._sink.finish()

    async def fail(self, failure: Failure) -> Archived:
        return await self._sink.fail(failure)

    def payload(self) -> bytes | None:
        """The entity body, de-chunked; None when it was not to be kept."""
        return b"".join(self._pieces) if self._keep else None
