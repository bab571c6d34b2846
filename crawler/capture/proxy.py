"""A forward proxy: absolute-form for http, a CONNECT tunnel for https (RFC 9110 section 9.3.6)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import unquote

from config.errors import ConfigError
from crawler.capture.connection import Connection
from crawler.capture.errors import ProxyFailed
from crawler.capture.events import Broken, Head
from crawler.capture.http1 import ResponseParser
from crawler.capture.target import Target

_PROXY = re.compile(r"http://(?:([^@/]*)@)?(\[[0-9A-Fa-f:.]+\]|[^\[\]:@/]+)(?::(\d{1,5}))?/?")


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is, and as whom we come. `credentials` is `user:password` or empty."""

    host: str
    port: int
    credentials: str = ""

    def __repr__(self) -> str:
        return f"Proxy({self.host!r}, {self.port})"


def parse_proxy(url: str) -> Proxy:
    """Read `http://[user:password@]host:port`. Raises ConfigError for anything else."""
    match = _PROXY.fullmatch(url)
    if match is None:
        shown = re.sub(r"//[^@/]*@", "//***@", url)
        raise ConfigError(
            f"proxy = {shown!r} is not understood",
            where="recordwatch.toml",
            todo="use http://[user:password@]host:port; SOCKS and https:// proxies are not supported",
        )
    return Proxy(match[2].strip("[]"), int(match[3] or 3128), unquote(match[1] or ""))


async def open_tunnel(
    connection: Connection, proxy: Proxy, target: Target, head_bytes: int, idle: float, deadline: float
) -> None:
    """Have the proxy connect us to `target`. Raises ProxyFailed, or TimeLimit."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    place = f"{host}:{target.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.credentials:
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(proxy.credentials.encode()).decode()}")
    connection.send("\r\n".join([*lines, "", ""]).encode())
    parser = ResponseParser("CONNECT", head_bytes=head_bytes)
    while True:
        piece = await connection.receive(idle, deadline)
        events = parser.eof() if piece is None else parser.feed(piece)
        for event in events:
            if isinstance(event, Head):
                check_answer(proxy, event.status, event.reason)
                if parser.excess:
                    raise ProxyFailed(f"the proxy {proxy.host} sent bytes of its own into the tunnel")
                return
            if isinstance(event, Broken):
                raise ProxyFailed(
                    f"the proxy {proxy.host} gave no answer to CONNECT: {event.what}", retryable=event.disconnect
                )


def check_answer(proxy: Proxy, status: int, reason: bytes) -> None:
    """Raise ProxyFailed unless `status` opens the tunnel."""
    if 200 <= status < 300:
        return
    if status == 407:
        raise ProxyFailed(
            f"the proxy {proxy.host} wants a name and password (407)",
            todo="write proxy = http://user:password@host:port in recordwatch.toml",
        )
    shown = f"{status} {reason.decode('latin-1')}".strip()
    raise ProxyFailed(f"the proxy {proxy.host} answered CONNECT with {shown}", retryable=status in {429, 502, 503, 504})
