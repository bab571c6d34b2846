"""One hop of a fetch: what is sent to one URL, and how it goes on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.model import ExchangeSink, Held
from crawler.capture.identity import Headers
from crawler.capture.redirects import redirected_method, same_origin
from crawler.capture.validators import conditions

_OF_THE_BODY = frozenset({b"content-type", b"content-encoding", b"content-language", b"content-location"})


@dataclass(slots=True)
class Hop:
    """`held` is set only together with the `conditions` made from it."""

    url: str
    method: str
    headers: Headers
    body: bytes
    held: Held | None = None
    conditions: Headers = ()

    def hold(self, held: Held | None) -> None:
        """Ask only for what changed since `held`; without anything to ask by, ask for all of it."""
        self.conditions = conditions(held) if held is not None else ()
        self.held = held if self.conditions else None

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


class Kept:
    """A sink that also keeps a page's body, for spiders must read lists that the archive finds large.

    The pieces are kept as they come, without a copy; limits.page_bytes bounds them.
    """

    __slots__ = ("_pieces", "_sink", "connected", "fail", "finish", "interim", "sent")

    def __init__(self, sink: ExchangeSink) -> None:
        self._sink = sink
        self._pieces: list[bytes | memoryview] = []
        self.connected, self.sent, self.interim = sink.connected, sink.sent, sink.interim
        self.finish, self.fail = sink.finish, sink.fail

    def head(self, raw: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._pieces.clear()
        self._sink.head(raw, status, headers)

    async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        self._pieces.append(entity)
        await self._sink.data(raw, entity)

    def payload(self) -> bytes:
        """The entity body, de-chunked."""
        return b"".join(self._pieces)
