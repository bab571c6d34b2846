"""What is asked of the wire client, and what it answers. The client itself is `client.py`."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.model import Archived, Failure, Peer
from config.errors import RecordwatchError


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One HTTP/1.1 request; headers are sent in this order and case, nothing is added but framing.

    `secret_headers` (lowercase) and `secret_parameters` are masked with equal-length `*` in what the
    sink is given; the wire carries the real values.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    secret_headers: frozenset[str] = frozenset({"authorization", "proxy-authorization"})
    secret_parameters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ExchangeLimits:
    """Bytes and seconds one exchange may cost; crossing one fails with its name in the error."""

    head_bytes: int = 256 * 1024
    body_bytes: int = 64 * 1024**3
    """Most bytes of the body as it crosses the wire, chunk framing included."""
    body_key: str = "limits.file_bytes"
    """Key of the portal file that `body_bytes` comes from, for the error."""
    idle_seconds: float = 60.0
    total_seconds: float = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """A whole answer; its body is in `archived.payload`, or only in the archive when large."""

    status: int
    reason: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    archived: Archived
    peer: Peer
    interim: tuple[bytes, ...] = field(default=())
    excess: int = 0
    """Bytes that followed the end of the answer at once. They belong to no answer (RFC 9112 section 6.3)
    and are not archived; the connection is not used again.
    """

    def header(self, name: str) -> str:
        """First value of header `name` (any case) as Latin-1 text, else empty."""
        wanted = name.lower().encode()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value.decode("latin-1")
        return ""


class ExchangeFailed(RecordwatchError):
    """No whole answer came. What did come is archived (`archived`), and `failure` says why."""

    def __init__(self, url: str, failure: Failure, archived: Archived, status: int = 0) -> None:
        super().__init__(failure.error, where=url)
        self.url = url
        self.failure = failure
        self.archived = archived
        self.status = status
        self.retryable = failure.retryable
