"""Compares beside the requests that ask for it: one at a time in each process, each pair once, and within bounds."""

from __future__ import annotations

import fcntl
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRuns
from contextlib import suppress
from typing import Literal

from django.db import connections

from archive.holdings import Holdings
from config.errors import RecordwatchError, RetryableError
from releases.diff.clauses_sides import clauses_of
from releases.diff.payload import payload_diff
from releases.diff.reading import PayloadReader
from releases.diff.sides import side_of
from releases.models import FileFacts
from web.diffs.results import Result, Wanted, folder, name_of, read, write

PATIENCE = 2.0
"""Seconds that a request waits for a comparison before it says that it is being made."""
PROCESSOR = 60
"""Seconds of processor time that reading one document may take."""
LARGEST = 300 * 1000**2
"""Bytes of a document that has to be read anew for a comparison."""
MOST_WAITING = 12
_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None
_running: dict[str, Future[Result]] = {}


class Busy(RetryableError):
    """Too many comparisons are being made."""


def compared(holdings: Holdings, wanted: Wanted) -> Result | Literal["running"]:
    """The result, kept or made now; `running` where it takes longer: ask again.

    Raises:
        Busy, and the database's errors.
    """
    name = name_of(wanted)
    if (kept := read(holdings.home, name)) is not None:
        return kept
    key = f"{holdings.home.path}\0{name}"
    future = _started(holdings, wanted, key, name)
    try:
        result = future.result(timeout=PATIENCE)
    except StillRuns:
        return "running"
    if result.trouble:  # told once; whoever asks again has it tried again
        with _lock:
            _running.pop(key, None)
    return result


def _started(holdings: Holdings, wanted: Wanted, key: str, name: str) -> Future[Result]:
    global _pool  # noqa: PLW0603  made after the server has forked
    with _lock:
        future = _running.get(key)
        if future is not None and not (future.done() and future.exception()):
            return future
        for ended in [one for one, job in _running.items() if job.done()]:
            del _running[ended]
        if len(_running) >= MOST_WAITING:
            raise Busy("too many comparisons are being made", todo="try again in a minute")
        if _pool is None:
            _pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="comparing")
        future = _running[key] = _pool.submit(_job, holdings, wanted, name)
        return future


def _job(holdings: Holdings, wanted: Wanted, name: str) -> Result:
    """In the thread that compares. Another process may have been faster: then its result is taken."""
    path = folder(holdings.home) / f"{name}.lock"
    try:
        with path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if (kept := read(holdings.home, name)) is not None:
                return kept
            result = compare(holdings, wanted)
            if name_of(wanted) != name:
                return Result(trouble="what may be shown of it has just changed; load the page again")
            return result if result.trouble else write(holdings.home, name, result)
    finally:
        with suppress(OSError):
            path.unlink()
        connections.close_all()
        with suppress(AttributeError):  # where it needed none
            del connections["default"]  # this thread's own; the next job may be of another home


def compare(holdings: Holdings, wanted: Wanted) -> Result:
    """Read both, and compare. Seconds of work; raises nothing of ours, but says it."""
    for side in (wanted.old, wanted.new):
        if side.size > LARGEST and not FileFacts.objects.filter(digest=side.digest).exists():
            return Result(trouble="it is too large to be compared while you wait; `recordwatch diff` can")
    try:
        with PayloadReader(holdings, seconds=PROCESSOR) as reader:
            old, new = reader.pair(wanted.old, wanted.new)
        if wanted.kind == "clauses":
            sides = side_of(wanted.old), side_of(wanted.new)
            return Result(clauses=clauses_of(wanted.name, sides[0], old, wanted.name, sides[1], new))
        return Result(inside=payload_diff(old, new))
    except RecordwatchError as error:
        return Result(trouble=error.what)
