"""The browser's side of the recording proxy: requests read from one connection, plain or under TLS."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

_PIECE = 64 * 1024
_TLS_HELLO = 22
"""The first byte of a TLS client (RFC 8446 section 5.1: a handshake record)."""
MOST_HEAD = 256 * 1024
MOST_BODY = 32 * 1024**2
"""Bytes of a request that a page may send."""
_REQUEST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([!-\xff]+) HTTP/1\.[01]")
_HOP = frozenset({b"connection", b"proxy-connection", b"keep-alive", b"te", b"trailer",
                  b"transfer-encoding", b"upgrade", b"content-length"})  # fmt: skip
_BODILESS = frozenset({204, 304})


class Unreadable(Exception):
    """What came is no request of HTTP/1.1, or too large."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of the browser."""

    method: str
    target: str
    """Absolute form in plain HTTP, origin form in a tunnel, authority form for CONNECT."""
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""

    def header(self, name: bytes) -> bytes:
        """First value of the header `name` (lowercase), else empty."""
        return next((value for key, value in self.headers if key.lower() == name), b"")


class Incoming:
    """One connection. TLS is spoken over the plain streams, so that a tunnel's first byte can be looked at."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._held = bytearray()
        self._from = ssl.MemoryBIO()
        self._to = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    async def speaks_tls(self) -> bool:
        """Whether what comes next is a TLS handshake. A tunnel may hold plain HTTP too (`ws:`)."""
        return bool(self._held or await self._more()) and self._held[0] == _TLS_HELLO

    async def secure(self, context: ssl.SSLContext) -> None:
        """Be the server of the TLS session that begins. Raises ssl.SSLError, or ConnectionError."""
        self._from.write(bytes(self._held))
        self._held.clear()
        tls = context.wrap_bio(self._from, self._to, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._flush()
                if not (piece := await self._reader.read(_PIECE)):
                    raise ConnectionResetError("the browser hung up in the handshake") from None
                self._from.write(piece)
        await self._flush()
        self._tls = tls

    async def request(self) -> Asked | None:
        """The next request, whole; None when the browser has hung up. Raises Unreadable."""
        while (end := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > MOST_HEAD:
                raise Unreadable
            if not await self._more():
                return None
        first, *lines = bytes(self._held[:end]).split(b"\r\n")
        del self._held[: end + 4]
        line = _REQUEST.fullmatch(first)
        if line is None:
            raise Unreadable
        pairs = [line.partition(b":") for line in lines]
        asked = Asked(
            line[1].decode("ascii"),
            line[2].decode("latin-1"),
            tuple((name, value.strip(b" \t")) for name, _, value in pairs),
        )
        if asked.header(b"transfer-encoding"):
            raise Unreadable  # browsers send it over HTTP/2 and newer alone
        length = asked.header(b"content-length") or b"0"
        if not length.isdigit() or len(length) > 9 or int(length) > MOST_BODY:
            raise Unreadable
        while len(self._held) < int(length):
            if not await self._more():
                return None
        body = bytes(self._held[: int(length)])
        del self._held[: int(length)]
        return Asked(asked.method, asked.target, asked.headers, body)

    async def answer(
        self, status: int, reason: str, headers: Sequence[tuple[bytes, bytes]] = (), body: bytes = b"", *,
        head_only: bool = False,
    ) -> None:  # fmt: skip
        """Send an answer whose body is exactly `body`; framing and connection headers are ours."""
        lines = [f"HTTP/1.1 {status} {reason}".encode("latin-1", "replace")]
        lines += [name + b": " + value for name, value in headers if name.lower() not in _HOP]
        if head_only:
            lines += [name + b": " + value for name, value in headers if name.lower() == b"content-length"]
        elif status not in _BODILESS:
            lines.append(b"Content-Length: %d" % len(body))
        await self._send(b"\r\n".join([*lines, b"", b""]))
        if body and not head_only and status not in _BODILESS:
            await self._send(body)

    async def stream(
        self, status: int, reason: str, headers: Sequence[tuple[bytes, bytes]], length: int, body: AsyncIterator[bytes],
        *, head_only: bool = False,
    ) -> None:  # fmt: skip
        """As `answer`, with a body of `length` bytes that comes in pieces. An error in one ends the connection."""
        lines = [f"HTTP/1.1 {status} {reason}".encode("latin-1", "replace")]
        lines += [name + b": " + value for name, value in headers if name.lower() not in _HOP]
        if status not in _BODILESS:
            lines.append(b"Content-Length: %d" % length)
        await self._send(b"\r\n".join([*lines, b"", b""]))
        if head_only or status in _BODILESS:
            return
        async for piece in body:
            await self._send(piece)

    async def established(self) -> None:
        """Open the tunnel that CONNECT asked for."""
        await self._send(b"HTTP/1.1 200 Connection established\r\n\r\n")

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes, both ways and unread, until one side ends."""
        writer.write(bytes(self._held))
        self._held.clear()
        ways = {asyncio.create_task(_pump(self._reader, writer)), asyncio.create_task(_pump(reader, self._writer))}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _send(self, data: bytes) -> None:
        if self._tls is None:
            self._writer.write(data)
            await self._writer.drain()
            return
        view = memoryview(data)
        while view:
            view = view[self._tls.write(view[:_PIECE]) :]
            await self._flush()

    async def _flush(self) -> None:
        if self._to.pending:
            self._writer.write(self._to.read())
        await self._writer.drain()

    async def _more(self) -> bool:
        """Whether more bytes came; they are in `_held`."""
        while True:
            if self._tls is not None:
                try:
                    plain = self._tls.read(_PIECE)
                except ssl.SSLWantReadError:
                    await self._flush()
                except ssl.SSLError:
                    return False
                else:
                    self._held += plain
                    return bool(plain)
            piece = await self._reader.read(_PIECE)
            if not piece:
                return False
            if self._tls is None:
                self._held += piece
                return True
            self._from.write(piece)

    def close(self) -> None:
        self._writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
