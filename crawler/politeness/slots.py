"""When the next request to a host may start, shared by every process of one home.

One small file per host holds two times: when the next request may start, and until when the host
wants to be left alone. A process reserves its start under an flock that it holds for microseconds,
then waits on its own: nobody sleeps with the lock in hand, so a killed process blocks no one.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import struct
from pathlib import Path

from crawler.politeness.clock import Clock

LONGEST_COOL_DOWN = 600.0
"""Seconds a host may send us away for; also what bounds a time in the file that no clock explains."""

_LAYOUT = struct.Struct("<dd")
_UNSAFE = re.compile(r"[^a-z0-9.-]")
_LOCK_POLL = 0.005


def file_name(host: str) -> str:
    """A file name for `host`: itself where it is one, else escaped with a digest that keeps it apart."""
    safe = _UNSAFE.sub("_", host.lower())
    if safe == host.lower() and len(safe) <= 120:
        return f"{safe}.lock"
    return f"{safe[:80]}_{hashlib.sha256(host.encode()).hexdigest()[:16]}.lock"


class Slots:
    """The times of one host, in `path` when given, else in this process alone."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._clock = clock
        self._times = (0.0, 0.0)
        self._descriptor: int | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    async def reserve(self, delay: float) -> float:
        """The time the next request may start; the one after it starts at least `delay` seconds later."""
        await self._lock()
        try:
            free, cool = self._read(delay)
            start = max(self._clock.now(), free, cool)
            self._write(start + delay, cool)
        finally:
            self._unlock()
        return start

    async def cool(self, until: float) -> None:
        """Nobody starts a request to this host before `until`, at most LONGEST_COOL_DOWN from now."""
        await self._lock()
        try:
            free, cool = self._read(0.0)
            self._write(free, max(cool, min(until, self._clock.now() + LONGEST_COOL_DOWN)))
        finally:
            self._unlock()

    def cooling_until(self) -> float:
        """The time before which the host wants no request; in the past when it has no such wish."""
        return self._read(0.0)[1]

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self, delay: float) -> tuple[float, float]:
        """Both times. One further ahead than anything we write came from a clock set back: ignored."""
        free, cool = self._times
        if self._descriptor is not None:
            data = os.pread(self._descriptor, _LAYOUT.size, 0)
            free, cool = _LAYOUT.unpack(data) if len(data) == _LAYOUT.size else (0.0, 0.0)
        now = self._clock.now()
        if not free <= now + LONGEST_COOL_DOWN + 100 * delay:  # also when it is no number
            free = 0.0
        if not cool <= now + LONGEST_COOL_DOWN:
            cool = 0.0
        return free, cool

    def _write(self, free: float, cool: float) -> None:
        self._times = (free, cool)
        if self._descriptor is not None:
            os.pwrite(self._descriptor, _LAYOUT.pack(free, cool), 0)

    async def _lock(self) -> None:
        if self._descriptor is None:
            return
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                await self._clock.sleep(_LOCK_POLL)
            else:
                return

    def _unlock(self) -> None:
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
