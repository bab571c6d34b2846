"""The file lane: documents and media straight through the door, past Scrapy's engine.

Files of different hosts are fetched side by side, those of one host as its politeness allows. At
most WINDOW jobs are in memory; what is held of them is looked up for many at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal, Protocol

from archive.model import Archived, Before
from config.errors import RecordwatchError
from config.portal import Portal
from crawler.capture.asking import Asking, LaneTally, Leave, never
from crawler.capture.fetch import Fetch, Fetched, HeldLookup, OutOfScope
from crawler.capture.limits import LimitExceeded
from crawler.capture.patience import HostGivenUp
from crawler.capture.press import Presser
from crawler.capture.probe import Probe
from crawler.capture.redirects import BadAddress, RedirectLoop, clean
from crawler.capture.robots import RobotsRefused
from crawler.capture.wire import ExchangeFailed
from crawler.politeness.hosts import host_key
from releases.model import MediaTrouble, Press
from spiders.errors import PageError

WINDOW = 2000
"""Jobs taken from the caller and not yet done. Should one host have that many, the others wait."""
LOOK_UP = 500
"""Jobs whose held captures are looked up in one query."""
FETCHES_AT_ONCE = 256
"""Fetches of all hosts together, those that wait for their host's delay included."""
AHEAD = 64
"""Fetches of one host beyond its connections: some wait for their turn, some for the archive's disk."""

MEDIA_KINDS = frozenset({"video", "audio"})
"""Kinds of files that are taken by choice (`media` of the portal file): they are most of what a portal costs."""

ONE_FILES_TROUBLE = (
    ExchangeFailed, HostGivenUp, LimitExceeded, RobotsRefused, BadAddress, RedirectLoop, OutOfScope, PageError,
)  # fmt: skip
"""What concerns one file, or one host. Anything else (a full disk, no database) concerns them all."""


@dataclass(frozen=True, slots=True)
class FileJob:
    """One file wanted. `file_id` is the ledger's, given back with the outcome."""

    file_id: str
    url: str
    referer: str = ""
    press: Press | None = None
    """For a file that is only had by pressing something on the page at `url`."""
    before: Before | None = None
    """With `press`: the capture of the file's newest bytes."""
    probe: Probe | None = None
    """Its head is asked for first, and its bytes only where that shows a change, or nothing at all."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file. `capture` is empty when nothing was sent, e.g. refused by robots.txt."""

    file_id: str
    url: str
    final_url: str
    capture: str
    status: int
    """Of the last answer: 304 when not modified, 0 when none came."""
    digest: str
    """Payload digest; of the held capture when not modified. Empty when no payload came."""
    size: int
    mime: str
    """Media type as the server says, lowercase, no parameters: a page in place of a PDF shows here."""
    not_modified: bool = False
    error: str = ""
    """One sentence; empty when the file was had."""
    truncated: str = ""
    """A WARC-Truncated reason where the body is cut short."""
    trouble: MediaTrouble | Literal[""] = ""
    """Why a recording on another host could not be had."""


class FileDoor(Protocol):
    """What the lane asks of the door."""

    portal: Portal
    held: HeldLookup

    async def fetch(self, fetch: Fetch) -> Fetched: ...


class FileLane:
    """Fetches many files through one door.

    Args:
        door: for the requests.
        spent: whether the crawl may take no more files; asked before each.
    """

    def __init__(self, door: FileDoor, spent: Callable[[], bool] = never) -> None:
        self._door = door
        self._spent = spent
        self.tally = LaneTally()

    async def fetch_all(self, jobs: Iterable[FileJob]) -> AsyncIterator[FileOutcome]:
        """One outcome per job, in no order, as they come; none for those that `tally` counts. ONE_FILES_TROUBLE is
        an outcome.

        Raises:
            Exception: any other (SpoolFull, say) ends the lane. No task outlives it,
                nor an iteration that is left early and closed.
        """
        run = _Run(self._door, self._spent, self.tally)
        source = iter(jobs)
        more, unread = True, 0
        try:
            while True:
                if more and unread <= WINDOW - LOOK_UP:
                    batch = list(islice(source, LOOK_UP))
                    more = len(batch) == LOOK_UP
                    unread += len(batch)
                    await run.add(batch)
                elif unread:
                    outcome = await run.outcomes.get()
                    unread -= 1
                    if isinstance(outcome, BaseException):
                        raise outcome
                    if outcome is not None:
                        yield outcome
                else:
                    return
        finally:
            await run.close()


class _Run:
    """The workers of one `fetch_all`: for each host some more than it may have connections."""

    def __init__(self, door: FileDoor, spent: Callable[[], bool], tally: LaneTally) -> None:
        self._door = door
        self._asking = Asking(door, spent, tally)
        self._held = door.held
        self._presser = Presser(door)
        self._connections = door.portal.politeness.connections
        self._waiting: dict[str, deque[tuple[FileJob, Fetch]]] = {}
        self._workers: dict[str, set[asyncio.Task[None]]] = {}
        self._places = asyncio.Semaphore(FETCHES_AT_ONCE)
        self.outcomes: asyncio.Queue[FileOutcome | BaseException | None] = asyncio.Queue()
        """None: a job that `tally` counts."""

    async def add(self, batch: list[FileJob]) -> None:
        """Look up what is held of `batch`, queue it by host, and see that each host has workers."""
        good: list[tuple[FileJob, str]] = []
        for job in batch:
            try:
                good.append((job, clean(job.url)))
            except BadAddress as error:
                self.outcomes.put_nowait(_failed(job, error))
        asked = [url for job, url in good if job.press is None]
        held, partly = await self._held.latest_many(asked), await self._held.partly(asked)
        for job, url in good:
            fetch = Fetch(url, referer=job.referer, conditional=True, purpose="file", known=held, partly=partly)
            self._waiting.setdefault(host_key(url), deque()).append((job, fetch))
        for host, queue in self._waiting.items():
            workers = self._workers.setdefault(host, set())
            while len(workers) < min(self._connections + AHEAD, len(queue)):
                worker = asyncio.create_task(self._work(queue))
                workers.add(worker)
                worker.add_done_callback(workers.discard)

    async def _work(self, queue: deque[tuple[FileJob, Fetch]]) -> None:
        try:
            while queue:
                job, fetch = queue.popleft()
                async with self._places:
                    self.outcomes.put_nowait(await self._one(job, fetch))
        except Exception as error:  # whoever reads the outcomes raises it
            self.outcomes.put_nowait(error)

    async def _one(self, job: FileJob, fetch: Fetch) -> FileOutcome | None:
        """What became of one file; None where `tally` says it."""
        try:
            fetched = await self._asking.before(fetch, job.probe) or await (
                self._presser.fetch(job, job.press, job.before) if job.press is not None else self._door.fetch(fetch)
            )
        except Leave:
            return None
        except ONE_FILES_TROUBLE as error:
            return None if self._asking.left_by(error) else _failed(job, error)
        self._asking.after(fetch, job.probe, fetched)
        archived, held = fetched.archived, fetched.held
        good = held is not None or 200 <= fetched.status < 300
        return FileOutcome(
            job.file_id,
            job.url,
            fetched.url,
            archived.capture,
            archived.status,
            held.payload_digest if held is not None else archived.payload_digest,
            held.payload_length if held is not None else archived.payload_length,
            media_type(fetched.header("content-type")) or (held.mime if held is not None else ""),
            not_modified=fetched.not_modified,
            error="" if good else f"the server answered {fetched.status}",
        )

    async def close(self) -> None:
        left = [task for workers in self._workers.values() for task in workers]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def media_type(value: str) -> str:
    """The media type of a Content-Type value, lowercase, without parameters."""
    return value.partition(";")[0].strip().lower()


def _failed(job: FileJob, error: RecordwatchError) -> FileOutcome:
    """What did come is archived: `archived` says where."""
    archived: Archived | None = getattr(error, "archived", None)
    return FileOutcome(
        job.file_id,
        job.url,
        archived.url if archived is not None else job.url,
        archived.capture if archived is not None else "",
        archived.status if archived is not None else 0,
        "",
        archived.payload_length if archived is not None else 0,
        "",
        error=str(error),
        truncated=archived.truncated if archived is not None else "",
    )
