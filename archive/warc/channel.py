"""From the event loop to a thread: a queue bounded by bytes, so that a slow disk slows the socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Channel(Generic[T]):
    """`put` waits on the loop while more than `limit` bytes are under way; one item always may be."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._items: SimpleQueue[T] = SimpleQueue()

    async def put(self, item: T, size: int) -> None:
        """Hands `item` over; on the loop. First come, first served."""
        while (self._held and self._held + size > self._limit) or self._waiting:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self._wake()
                else:
                    with contextlib.suppress(ValueError):
                        self._waiting.remove(place)
                raise
            if not (self._held and self._held + size > self._limit):
                break
        self._held += size
        self._items.put(item)
        if self._held < self._limit:
            self._wake()

    def put_now(self, item: T) -> None:
        """Hands over something without weight; from any thread."""
        self._items.put(item)

    def release(self, size: int) -> None:
        """`size` bytes are done with; on the loop."""
        self._held -= size
        self._wake()

    def open_wide(self) -> None:
        """Nobody waits any more: what comes is thrown away; on the loop."""
        self._limit = 1 << 62
        self._held = 0
        while self._waiting:
            self._wake()

    def _wake(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return

    def take(self, most: int) -> list[T]:
        """Waits for an item, then takes what else is there, at most `most`; in the thread."""
        out = [self._items.get()]
        with contextlib.suppress(Empty):
            while len(out) < most:
                out.append(self._items.get_nowait())
        return out
