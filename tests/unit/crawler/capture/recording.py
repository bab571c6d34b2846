"""A sink that remembers everything, and that fails when the order of calls is not the contract's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from archive.model import Archived, Failure, Peer

_AFTER = {
    "": {"connected", "sent", "fail"},
    "connected": {"sent"},
    "sent": {"sent", "interim", "head", "fail"},
    "interim": {"interim", "head", "fail"},
    "head": {"data", "finish", "fail"},
    "data": {"data", "finish", "fail"},
    "finish": set(),
    "fail": set(),
}


class RecordingSink:
    def __init__(self) -> None:
        self.last = ""
        self.calls: list[str] = []
        self.peer: Peer | None = None
        self.request = b""
        self.interims: list[bytes] = []
        self.head_raw = b""
        self.status = 0
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        self.raw = b""
        self.entity = b""
        self.failure: Failure | None = None

    @property
    def answer(self) -> bytes:
        """Everything of the answer, in order."""
        return b"".join(self.interims) + self.head_raw + self.raw

    def _call(self, name: str) -> None:
        assert name in _AFTER[self.last], f"{name} after {self.last or 'nothing'}"
        self.last = name
        self.calls.append(name)

    def connected(self, peer: Peer) -> None:
        self._call("connected")
        self.peer = peer

    def sent(self, data: bytes) -> None:
        self._call("sent")
        self.request += data

    def interim(self, raw: bytes) -> None:
        self._call("interim")
        self.interims.append(raw)

    def head(self, raw: bytes, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._call("head")
        self.head_raw, self.status, self.headers = raw, status, tuple(headers)

    async def data(self, raw: bytes | memoryview, entity: bytes | memoryview) -> None:
        self._call("data")
        self.raw += raw
        self.entity += entity

    async def finish(self) -> Archived:
        self._call("finish")
        return self._archived()

    async def fail(self, failure: Failure) -> Archived:
        self._call("fail")
        self.failure = failure
        return self._archived()

    def _archived(self) -> Archived:
        return Archived("id", datetime.now(UTC), "", self.status, "", len(self.entity), self.entity)
