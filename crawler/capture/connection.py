"""One connection: bytes out, pieces in, in order, with back-pressure and time limits. Plain or TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import cast

from archive.model import Peer
from crawler.capture.tls import TlsLayer

_PIECE = 256 * 1024
_FIRST_PIECE = 16 * 1024
_LEAST = 4 * 1024
_HIGH = 512 * 1024
"""Stop reading from the socket above this; with the piece being read, under 1 MiB is in flight."""
_LOW = 128 * 1024


class TimeLimit(Exception):
    """Nothing came for as long as was allowed. `whole`: it was the total limit, not the idle one."""

    def __init__(self, *, whole: bool) -> None:
        super().__init__(whole)
        self.whole = whole


class Connection(asyncio.BufferedProtocol):
    """Made by an event loop as a protocol; used by one task at a time.

    A buffer is never used twice: what `receive` returns stays valid for as long as it is held.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._tls: TlsLayer | None = None
        self._pieces: deque[memoryview] = deque()
        self._held = 0
        self._paused = False
        self._buffer = memoryview(bytearray(_FIRST_PIECE))
        self._next_size = _FIRST_PIECE
        self._waiter: asyncio.Future[None] | None = None
        self._patience = 0.0
        self._waits_until = 0.0
        self._deadline = 0.0
        self._unsent = 0
        self._timer: asyncio.TimerHandle | None = None
        self._ended = False
        self.error: Exception | None = None
        """What broke the connection; None when the peer closed it in order."""
        self.peer = Peer()
        self.drained = True
        """False while the system has not taken all that was sent."""

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, since uvloop's transports are not of asyncio's class.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        self.drained = False

    def resume_writing(self) -> None:
        self.drained = True

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        if len(self._buffer) < _LEAST:
            self._buffer = memoryview(bytearray(self._next_size))
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        # A reader that fills its buffer gets a larger one, so that small answers stay cheap.
        self._next_size = _PIECE if nbytes == len(self._buffer) else max(_FIRST_PIECE, self._next_size // 2)
        piece = self._buffer[:nbytes]
        tls = self._tls
        if tls is None:
            self._buffer = self._buffer[nbytes:]
            self._take(piece)
            return
        tls.receive(piece)
        if len(self._buffer) < self._next_size:
            self._buffer = memoryview(bytearray(self._next_size))
        if tls.established:
            self._decrypt(tls)
        self._wake()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self.error is None:
            self.error = exc
        self._ended = True
        self._wake()

    def _take(self, piece: memoryview) -> None:
        self._pieces.append(piece)
        self._held += len(piece)
        if self._held > _HIGH and not self._paused and self._transport is not None:
            self._transport.pause_reading()
            self._paused = True
        self._wake()

    def _decrypt(self, tls: TlsLayer) -> None:
        more = True
        while more:
            try:
                plain, ended, more = tls.decrypt()
            except ssl.SSLError as error:
                self.error, self._ended = error, True
                return
            if plain:
                self._take(plain)
            self._ended = self._ended or ended
        if (reply := tls.outgoing()) and self._transport is not None:
            self._transport.write(reply)

    # -- waiting

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def _wait(self, idle: float, deadline: float) -> None:
        """Until something happens. One timer serves many waits: it looks again when it rings early."""
        now = self._loop.time()
        self._patience, self._deadline = idle, deadline
        self._waits_until = until = min(now + idle, deadline)
        self._unsent = self.unsent
        if self._timer is None or self._timer.when() > until:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(until, self._ring)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _ring(self) -> None:
        self._timer = None
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        now = self._loop.time()
        if self.unsent < self._unsent:
            # A slow upload is no idle connection.
            self._unsent = self.unsent
            self._waits_until = min(now + self._patience, self._deadline)
        if now < self._waits_until:
            self._timer = self._loop.call_at(self._waits_until, self._ring)
            return
        waiter.set_exception(TimeLimit(whole=now >= self._deadline))

    # -- the client's side

    @property
    def unsent(self) -> int:
        """Bytes written that the system has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    @property
    def quiet(self) -> bool:
        """True when a kept connection is open and the peer has said nothing since the last answer."""
        return not (self._ended or self._pieces or self._transport is None or self._transport.is_closing())

    def send(self, data: bytes) -> None:
        """Hand `data` to the system, all of it, sooner or later."""
        assert self._transport is not None
        if self._tls is None:
            self._transport.write(data)
            return
        self._tls.encrypt(data)
        self._transport.write(self._tls.outgoing())

    async def receive(self, idle: float, deadline: float) -> memoryview | None:
        """The next piece as it came; None at the end of the stream (`error` says whether in order).

        Raises:
            TimeLimit: `idle` seconds passed, or the loop's clock passed `deadline`.
        """
        while not self._pieces:
            if self._ended:
                return None
            await self._wait(idle, deadline)
        if self._loop.time() > deadline:
            raise TimeLimit(whole=True)
        piece = self._pieces.popleft()
        self._held -= len(piece)
        if self._paused and self._held < _LOW and self._transport is not None:
            self._paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()
        return piece

    async def start_tls(self, context: ssl.SSLContext, host: str, idle: float, deadline: float) -> None:
        """Shake hands with `host`, whose name the certificate must bear.

        Raises:
            ssl.SSLError: no session, or no trust.
            ConnectionError: the peer went away.
            TimeLimit: as for `receive`.
        """
        assert self._transport is not None
        tls = self._tls = TlsLayer(context, host)
        try:
            while not tls.handshake():
                if not self._transport.is_closing():  # some hosts hang up before they were greeted
                    self._transport.write(tls.outgoing())
                if self._ended:
                    raise self.error or ConnectionResetError("the server closed the connection")
                await self._wait(idle, deadline)
        finally:
            if (last := tls.outgoing()) and not self._transport.is_closing():
                self._transport.write(last)
        self._decrypt(tls)

    def describe(self, address: str) -> None:
        """Note whom we talk to; `address` is empty through a proxy."""
        tls = self._tls
        if tls is None:
            self.peer = Peer(address)
        else:
            self.peer = Peer(address, ("http/1.1", tls.protocol()), tls.cipher(), tls.certificate())

    def close(self) -> None:
        """Say goodbye and let go; does not wait."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if self._tls is not None and not self._ended and (last := self._tls.farewell()):
            transport.write(last)
        transport.abort() if transport.get_write_buffer_size() else transport.close()
