"""How connections are kept from stopping the newsroom: a thread is spent on nobody who is slow to ask, to take, to go.

A process answers as many requests at once as it has threads. gunicorn gives a connection its thread as soon as it is
there, and waits for its end where it also takes new ones: eight clients that send half a head, or a few that do not hang
up, are enough to keep everybody out. So here requests are read by the loop that takes connections, all at once, and
answered when they are there as a whole; and who hangs up late is waited for by that loop, too.

A proxy in front does the same, and more (docs/howto/operate.md). This is for those who have none.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gunicorn import http, util
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn, ThreadWorker

ASKING = 20.0
"""Seconds in which a request has to come, its body included."""
TAKING = 30.0
"""Seconds in which one piece of an answer has to be taken."""
LEAVING = 2.0
"""Seconds in which the last bytes of an answer are waited for to be taken: cut off at once, they may be lost."""
MOST_HEAD = 64 * 1024
"""Bytes of a head that is waited for. gunicorn refuses most of these."""
MOST_BODY = 2 * 1024**2
"""Bytes of a body that is waited for; longer ones are refused by `web.shell.bodies` before they are read."""
MOST_OF_ALL = 64 * 1024**2
"""Bytes of all requests that are not whole yet."""
MOST_OF_ONE = 64
"""Requests of one address that are not whole yet: the oldest gives way."""
_PIECE = 64 * 1024
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


@dataclass(eq=False, slots=True)
class _Waiting:
    """A connection that no thread is spent on."""

    conn: Any
    until: float
    """On the monotonic clock."""
    leaves: bool = False
    """Its answer is sent."""
    read: bytearray = field(default_factory=bytearray)


class Patient(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker of threads."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._waiting: dict[_Waiting, None] = {}  # in the order in which they came
        self._held = 0
        self._asking: Counter[str] = Counter()

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, address = listener.accept()
        except OSError:  # it is gone again; or there are too many open: they end
            return
        self.nr_conns += 1
        one = _Waiting(TConn(self.cfg, sock, address, listener.getsockname()), time.monotonic() + ASKING)
        name = _name(one)
        if self._asking[name] >= MOST_OF_ONE:
            self._drop(next(other for other in self._waiting if not other.leaves and _name(other) == name))
        self._asking[name] += 1
        self._waits(one, self._asks)
        self._asks(one, sock)  # mostly it is there already

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Answered: connections are not kept, so it is said that nothing more comes, and the other side hangs up."""
        with suppress(Exception):
            fs.result()
        one = _Waiting(conn, time.monotonic() + LEAVING, leaves=True)
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self._waits(one, self._leaves)
        except (OSError, ValueError):
            self._gone(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        conn.sock.settimeout(TAKING)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            return False

    def murder_pending(self) -> None:
        """Called about once a second."""
        super().murder_pending()
        now = time.monotonic()
        for one in [one for one in self._waiting if one.until <= now or not (self.alive or one.leaves)]:
            self._drop(one)

    def _asks(self, one: _Waiting, _sock: object) -> None:
        try:
            piece = one.conn.sock.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            piece = b""
        one.read += piece
        self._held += len(piece)
        if not piece or self._held > MOST_OF_ALL:
            self._drop(one)
        elif _whole(one.read):
            self._no_longer(one)
            conn = one.conn
            conn.data_ready = True
            conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
            conn.parser.unreader.unread(bytes(one.read))
            self.enqueue_req(conn)

    def _leaves(self, one: _Waiting, _sock: object) -> None:
        with suppress(BlockingIOError, InterruptedError):
            try:
                if one.conn.sock.recv(_PIECE):
                    return
            except (BlockingIOError, InterruptedError):
                raise
            except OSError:
                pass
            self._drop(one)

    def _waits(self, one: _Waiting, then: Any) -> None:
        self.poller.register(one.conn.sock, selectors.EVENT_READ, partial(then, one))
        self._waiting[one] = None

    def _no_longer(self, one: _Waiting) -> None:
        del self._waiting[one]
        self.poller.unregister(one.conn.sock)
        self._held -= len(one.read)
        if not one.leaves:
            self._asking -= Counter([_name(one)])

    def _drop(self, one: _Waiting) -> None:
        if one in self._waiting:
            self._no_longer(one)
            self._gone(one.conn)

    def _gone(self, conn: Any) -> None:
        self.nr_conns -= 1
        util.close(conn.sock)


class Discreet(Logger):  # type: ignore[misc]
    """gunicorn's log, without what was asked for and by whom: it would write down addresses, with the words in them."""

    def warning(self, msg: object, *given: Any, **named: Any) -> None:
        if not str(msg).startswith("Invalid request"):
            super().warning(msg, *given, **named)

    def exception(self, msg: object, *given: Any, **named: Any) -> None:
        del given  # method and address
        super().exception(str(msg).replace("%s", "").strip(), **named)


def _name(one: _Waiting) -> str:
    client = one.conn.client
    return str(client[0]) if isinstance(client, tuple) and client else ""


def _whole(read: bytearray) -> bool:
    """Whether a request is there to be answered, or too long to be waited for. How it is read is gunicorn's part."""
    end = read.find(_END)
    if end < 0:
        return len(read) > MOST_HEAD
    found = _LENGTH.search(read, 0, end + 2)
    length = int(found[1]) if found else 0
    return length > MOST_BODY or len(read) >= end + len(_END) + length
