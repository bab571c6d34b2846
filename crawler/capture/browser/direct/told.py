"""What Chromium tells of one exchange, as the bytes that the archive keeps.

The body is as Chromium gives it: de-chunked and decoded. Headers that would lie about that keep their value under
`X-Archive-Orig-…`, as other browser-based archives write it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

from crawler.capture.errors import HeadFailed, NotConnected, TlsFailed, WireError
from crawler.capture.identity import Headers
from crawler.capture.target import Target, prepare
from crawler.capture.wire import WireRequest

RENAMED = b"X-Archive-Orig-"
_STATUS = re.compile(r"HTTP/1\.[01] (\d{3})(?: .*)?")
_NEVER = frozenset({b"host", b"content-length", b"connection", b"transfer-encoding"})
_BODILESS = frozenset({204, 304})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class ToldHead:
    """The head of an answer."""

    raw: bytes
    status: int
    reason: bytes
    headers: Headers
    length: int | None
    """Bytes that the body must have; None where nobody can tell."""
    protocol: str
    """`http/1.1` or `h2`."""


def head(status: int, shown: Sequence[Mapping[str, str]], text: str, method: str) -> ToldHead:
    """Of the headers `shown`, or of the `text` of the head, which Chromium has for HTTP/1.1 alone.

    Raises:
        HeadFailed: it is none.
    """
    lines = text.split("\r\n") if text else []
    first = lines[0] if lines else ""
    pairs = [line.partition(":")[::2] for line in lines[1:] if line] if first else []
    if not first:
        first = f"HTTP/1.1 {status} {_reason(status)}"
        pairs = [(one["name"], value) for one in shown for value in one["value"].split("\n")]
    if _STATUS.fullmatch(first) is None:
        raise HeadFailed(f"the answer does not begin like one: {first[:80]!r}")
    given = [
        (name.encode("latin-1", "replace"), value.strip(" \t").encode("utf-8", "replace")) for name, value in pairs
    ]
    said = {name.lower(): value for name, value in given}
    decoded = said.get(b"content-encoding", b"identity").strip().lower() not in {b"", b"identity"}
    without = method == "HEAD" or status in _BODILESS
    dropped = status in _REDIRECTS and b"location" in said  # Chromium gives no body of a redirect
    lies = {b"transfer-encoding"}
    if (decoded or dropped) and not without:
        lies |= {b"content-encoding", b"content-length"}
    headers = tuple((RENAMED + name if name.lower() in lies else name, value) for name, value in given)
    raw = b"\r\n".join(
        [first.encode("latin-1", "replace"), *(name + b": " + value for name, value in headers), b"", b""]
    )
    length = said.get(b"content-length", b"")
    exact = length.isdigit() and len(length) < 16 and not decoded and not dropped and not without
    reason = first.split(" ", 2)[2].encode("latin-1", "replace") if first.count(" ") > 1 else b""
    return ToldHead(raw, status, reason, headers, int(length) if exact else None, "http/1.1" if text else "h2")


def sent(request: WireRequest, target: Target, told: Mapping[str, str]) -> bytes:
    """The request as it left Chromium, secrets masked; as it was asked for where Chromium does not tell."""
    asked = tuple(
        (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in told.items()
        if not name.startswith(":") and name.lower().encode("latin-1", "replace") not in _NEVER
    )
    try:
        return prepare(replace(request, headers=asked) if asked else request, target).kept
    except WireError:
        return prepare(request, target).kept


def overrides(request: WireRequest) -> list[dict[str, str]]:
    """The headers that Chromium is to send."""
    return [
        {"name": name.decode("latin-1"), "value": value.decode("latin-1")}
        for name, value in request.headers
        if name.lower() not in _NEVER
    ]


def bodiless(told: ToldHead, method: str) -> bool:
    """Whether there is no body that could be asked for."""
    names = {name.lower() for name, _ in told.headers}
    return method == "HEAD" or told.status in _BODILESS or (told.status in _REDIRECTS and b"location" in names)


def problem(error: str, target: Target) -> WireError:
    """Chromium's word for why nothing came (`net::ERR_…`), as ours."""
    word = error.removeprefix("net::")
    if word.startswith(("ERR_SSL", "ERR_CERT", "ERR_BAD_SSL")):
        return TlsFailed(f"no TLS session of Chromium's with {target.host}: {word}")
    return NotConnected(f"{target.host} gave Chromium no answer: {word}")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
