"""Why an exchange gave no whole answer: one type per stage of `archive.model.Failure`."""

from __future__ import annotations

from typing import Literal

from archive.model import Failure
from config.errors import RecordwatchError

Truncation = Literal["", "length", "time", "disconnect", "unspecified"]


class WireError(RecordwatchError):
    """The root of what stops an exchange. `failure()` is what the sink is told."""

    stage: str = "closed"
    truncated: Truncation = "disconnect"

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        todo: str = "",
        retryable: bool | None = None,
        truncated: Truncation | None = None,
        resolved: tuple[str, ...] = (),
    ) -> None:
        super().__init__(what, where=where, todo=todo)
        if retryable is not None:
            self.retryable = retryable
        if truncated is not None:
            self.truncated = truncated
        self.resolved = resolved

    def failure(self, *, head_received: bool, resolved: tuple[str, ...] = ()) -> Failure:
        """The same, as the archive's type; `truncated` is set only when a head was received."""
        return Failure(
            stage=self.stage,
            error=f"{self.what}. {self.todo}" if self.todo else self.what,
            retryable=self.retryable,
            truncated=self.truncated if head_received else "",
            resolved=self.resolved or resolved,
        )


class RequestRefused(WireError):
    """The request cannot be sent as it stands: no URL of ours, or it would be two requests."""

    stage = "policy"


class AddressRefused(WireError):
    """The host has no address that this portal may reach."""

    stage = "policy"


class NotResolved(WireError):
    """The resolver knows no address of the host, or did not answer."""

    stage = "resolve"


class NotConnected(WireError):
    """No address of the host took the connection."""

    stage = "connect"
    retryable = True


class TlsFailed(WireError):
    """No TLS session that we trust came about."""

    stage = "tls"


class ProxyFailed(WireError):
    """The forward proxy cannot be reached, or will not let us through."""

    stage = "proxy"


class SendFailed(WireError):
    """The connection broke before the whole request was out."""

    stage = "send"
    retryable = True


class NoAnswer(WireError):
    """The server closed the connection without one byte of an answer."""

    stage = "closed"
    retryable = True


class HeadFailed(WireError):
    """The head of the answer is cut short, or is not HTTP/1."""

    stage = "head"


class BodyFailed(WireError):
    """The body is cut short, or its framing is broken."""

    stage = "body"


class LimitCrossed(WireError):
    """A limit of the portal file was crossed; the text names its key and value."""

    stage = "limit"
