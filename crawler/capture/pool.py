"""Connections kept for the next request, and how many one host may have open."""

from __future__ import annotations

import asyncio
from types import TracebackType

from crawler.capture.connection import Connection

Key = tuple[str, str, int]
"""Scheme, host, port."""

_MOST_IDLE = 64
"""Kept connections of all hosts together; the longest unused host loses its own first."""


class _Host:
    def __init__(self, connections: int) -> None:
        self.slots = asyncio.Semaphore(connections)
        self.users = 0
        self.idle: list[Connection] = []


class Place:
    """The right to use one connection to a host; an async context manager. Leaving it closes a
    connection that was not given back.
    """

    def __init__(self, pool: Pool, key: Key) -> None:
        self._pool = pool
        self._key = key
        self._host = pool.hosts.get(key) or pool.hosts.setdefault(key, _Host(pool.connections))
        self._host.users += 1
        self._connection: Connection | None = None

    async def __aenter__(self) -> Place:
        try:
            await self._host.slots.acquire()
        except BaseException:
            self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._host.slots.release()
        self._leave()

    def _leave(self) -> None:
        self._host.users -= 1
        if not self._host.users and not self._host.idle:
            self._pool.hosts.pop(self._key, None)

    def take(self) -> Connection | None:
        """A kept connection on which the server has neither said anything nor hung up."""
        while self._host.idle:
            connection = self._host.idle.pop()
            if connection.quiet:
                self._connection = connection
                return connection
            connection.close()
        return None

    def hold(self, connection: Connection) -> None:
        """Use `connection` from now on, and close the one held so far."""
        if self._connection is not None:
            self._connection.close()
        self._connection = connection

    def keep(self) -> None:
        """The connection may serve the next request."""
        if self._connection is not None:
            self._host.idle.append(self._connection)
            self._connection = None
            self._pool.trim(self._key)


class Pool:
    """All hosts' connections."""

    def __init__(self, connections: int) -> None:
        self.connections = max(1, connections)
        self.hosts: dict[Key, _Host] = {}

    def place(self, key: Key) -> Place:
        """A place for `key`, to be entered; waits while the host's connections are all in use."""
        return Place(self, key)

    def trim(self, recent: Key) -> None:
        """Close kept connections beyond the cap."""
        if len(self.hosts) <= _MOST_IDLE:
            return
        self.hosts[recent] = self.hosts.pop(recent)
        for key, host in list(self.hosts.items())[: len(self.hosts) - _MOST_IDLE]:
            while host.idle:
                host.idle.pop().close()
            if not host.users:
                del self.hosts[key]

    def close(self) -> None:
        """Close every kept connection."""
        for host in self.hosts.values():
            while host.idle:
                host.idle.pop().close()
