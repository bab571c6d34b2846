"""What comes before and after a file's bytes: is there still time, is its head enough, what did its host do?"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from config.errors import RecordwatchError
from crawler.capture.fetch import Fetch, Fetched
from crawler.capture.limits import LimitExceeded
from crawler.capture.probe import Probe, judge
from crawler.capture.validators import conditions
from crawler.politeness.hosts import host_key
from crawler.recheck.habits import Habit, Habits


class Leave(Exception):
    """The file is left as it is, and `LaneTally` says so."""


class AskingDoor(Protocol):
    """What is asked of the door."""

    async def fetch(self, fetch: Fetch) -> Fetched: ...


def never() -> bool:
    """Nothing ends a lane early."""
    return False


@dataclass(slots=True)
class LaneTally:
    """What became of files without an outcome, and what was learnt of their hosts."""

    left: int = 0
    """Files that nothing was sent for: the crawl has used up its time or its requests."""
    postponed: int = 0
    """Files whose heads gave no reason to ask for their bytes now."""
    habits: Habits = field(default_factory=Habits)


class Asking:
    """Stands beside one file lane.

    Args:
        door: for heads.
        spent: whether the crawl may take no more files.
        tally: is filled in.
    """

    def __init__(self, door: AskingDoor, spent: Callable[[], bool], tally: LaneTally) -> None:
        self._door = door
        self._spent = spent
        self._tally = tally
        self._first: dict[str, asyncio.Lock] = {}
        """Host → held until its first head is answered: only then is it known whether others are worth asking for."""

    async def before(self, fetch: Fetch, probe: Probe | None) -> Fetched | None:
        """What the file's head proves: an answer that counts as "not modified". None: ask for its bytes.

        A host that refuses heads is asked for no more of them.

        Raises:
            Leave: not now.
        """
        if self._spent():
            self._tally.left += 1
            raise Leave
        if probe is None:
            return None
        host = host_key(fetch.url)
        habit = self._tally.habits.of(host)
        if habit.heads:
            return await self._head(fetch, probe, habit)
        async with self._first.setdefault(host, asyncio.Lock()):
            return await self._head(fetch, probe, habit)

    async def _head(self, fetch: Fetch, probe: Probe, habit: Habit) -> Fetched | None:
        if habit.heads_refused:
            self._tally.postponed += 1
            raise Leave
        looked = await self._door.fetch(dataclasses.replace(fetch, method="HEAD", conditional=False))
        finding = judge(looked, probe)
        if finding == "mute":
            habit.heads_refused += 1
            return None
        habit.heads += 1
        if finding == "perhaps":
            self._tally.postponed += 1
            raise Leave
        if finding == "other":
            return None
        looked.not_modified, looked.held = True, probe.held
        return looked

    def left_by(self, error: RecordwatchError) -> bool:
        """Whether `error` says nothing of the file, but that the crawl may send no more requests."""
        left = isinstance(error, LimitExceeded) and error.key == "crawl_requests"
        self._tally.left += left
        return left

    def after(self, fetch: Fetch, probe: Probe | None, fetched: Fetched) -> None:
        """Learn whether the host answered a condition, or a head, as it should."""
        habit = self._tally.habits.of(host_key(fetch.url))
        if fetched.not_modified:
            habit.not_modified += fetched.archived.status == 304
            return
        held = fetch.known.get(fetched.url) if fetch.known else None
        if held is None or fetched.status != 200 or fetched.archived.payload_digest != held.payload_digest:
            return
        if conditions(held):
            habit.ignored += 1
        elif probe is not None and habit.heads:  # its head said otherwise: heads say nothing of the bytes here
            habit.heads_refused += 1
