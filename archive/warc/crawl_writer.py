"""Writes one crawl's WARCs: one thread, group commit, de-duplication, rotation, sealing.

Exchanges come from the event loop through a queue bounded in bytes. The thread takes what is there,
asks once which payloads are known, compresses, appends, and makes the whole batch durable with one
fsync of WARC and journal. Bodies over `large_bytes` are written by `archive.warc.large`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, BinaryIO, Literal

from archive.model import Archived, CaptureRow, Held, Part, SealedWarc
from archive.warc.assemble import Assembly, assemble
from archive.warc.batches import Batches, Job
from archive.warc.channel import Channel
from archive.warc.derive import Made, derived, resource
from archive.warc.exchange import Exchange, Plan
from archive.warc.large import LargeBody
from archive.warc.naming import number_of, warc_name
from archive.warc.originals import Originals
from archive.warc.record import now
from archive.warc.sink import Sink
from archive.warc.spooled import Stored
from config.errors import RecordwatchError

QUEUE_BYTES = 32 << 20
_BATCH = 256


class WriterClosed(RecordwatchError):
    """The crawl's writer was closed; nothing more can be archived with it."""


class CrawlWriter:
    """An `archive.model.Recorder` for one crawl of one portal.

    Args:
        spool: the home's spool; files go to `<spool>/<portal>/<crawl>/`.
        info: fields of each `warcinfo` (software, operator, robots policy, configuration digest, ...).
        known: the catalog's originals for payload digests; called in the writer's thread, once a batch.
        rotate_bytes: a file that has reached this is sealed and the next one begun.
        large_bytes: bodies longer than this get a WARC of their own.
        on_sealed: called (in a thread of the writer) with each WARC as soon as it is sealed.
        stored: what earlier crawls, and this one, have in the store: parts of files are read from there.

    Raises SpoolFull or SpoolFailed from whatever had to be written, KeyError never.
    """

    def __init__(
        self,
        spool: Path,
        *,
        portal: str,
        crawl: str,
        info: Mapping[str, str],
        known: Callable[[Sequence[str]], Mapping[str, Held]],
        rotate_bytes: int = 1 << 30,
        large_bytes: int = 4 << 20,
        on_sealed: Callable[[SealedWarc], None] | None = None,
        stored: Stored | None = None,
    ) -> None:
        self.folder = spool / portal / crawl
        self.folder.mkdir(parents=True, exist_ok=True)
        self.portal = portal
        self.crawl = crawl
        self.large_bytes = large_bytes
        self._info = dict(info)
        self._on_sealed = on_sealed
        self._channel: Channel[Job | None] = Channel(QUEUE_BYTES)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = self._closing = False
        self._assembling: set[asyncio.Future[Archived]] = set()
        self._sealed: list[SealedWarc] = []
        self._lock = threading.Lock()
        self._number = max((number_of(path.name) for path in self.folder.iterdir()), default=0)
        self._large: set[LargeBody] = set()
        self._batches = Batches(self, self._info, Originals(known), rotate_bytes, stored)

    # -- on the loop ---------------------------------------------------------------------------------

    def begin(self, url: str, method: str, *, held: Held | None = None, attempt: int = 1) -> Sink:
        """A sink for one exchange that is about to start."""
        return Sink(self, url, method, held, attempt)

    async def archive(self, exchange: Exchange) -> Archived:
        """Writes a finished exchange; returns when it is durable."""
        job = Job(self._future(), size=exchange.size + 2048, exchange=exchange)
        row: CaptureRow = await self._submit(job)
        return Archived.of(row, exchange.entity)

    async def metadata(self, capture: str, url: str, payload: bytes, mime: str, engine: str, page: int = 0) -> str:
        """A `metadata` record about a capture (what was extracted from it), or about its `page`; returns its id."""
        made = derived("metadata", self.portal, self.crawl, capture, url, payload, mime, engine, page)
        return await self._write(made)

    async def conversion(self, capture: str, url: str, payload: bytes, mime: str, engine: str, page: int = 0) -> str:
        """A `conversion` record of a capture (its text); `page` from 1, 0 for the whole; returns its id."""
        made = derived("conversion", self.portal, self.crawl, capture, url, payload, mime, engine, page)
        return await self._write(made)

    async def resource(self, uri: str, payload: bytes, mime: str, engine: str = "") -> str:
        """A `resource` record, made by `engine`; returns its id."""
        return await self._write(resource(uri, payload, mime, engine))

    async def _write(self, made: Made) -> str:
        size = sum(map(len, made.record.block)) + 2048
        job = Job(
            self._future(), size=size, record=made.record, record_id=made.ident, derived=made.row, digest=made.digest
        )
        await self._submit(job)
        return made.ident

    async def assemble(
        self,
        url: str,
        parts: Sequence[Part],
        *,
        mime: str,
        etag: str = "",
        last_modified: str = "",
        how: Literal["ranges", "segments"],
    ) -> Archived:
        """One file from parts that are archived, in order: read back and hashed, then a manifest and a capture.

        Raises PartMissing, NotHeld, ValueError (no bytes), and what the store raises.
        """
        self._check_open()
        wanted = Assembly(url, tuple(parts), mime, etag, last_modified, how)
        work = asyncio.to_thread(assemble, self, self._batches.spooled, wanted, lambda: self._closing)
        task = asyncio.ensure_future(work)
        self._assembling.add(task)
        task.add_done_callback(self._assembled)
        return await asyncio.shield(task)

    def _assembled(self, task: asyncio.Future[Archived]) -> None:
        self._assembling.discard(task)
        task.exception()  # seen: whoever waited may have gone

    async def flush(self) -> None:
        """Returns when everything handed over so far is durable."""
        await self._submit(Job(self._future()))

    async def seal(self) -> list[SealedWarc]:
        """Seals the open file; returns every WARC sealed since the last call, in order of their names."""
        await self._submit(Job(self._future(), call=self._batches.seal))
        return self.take_sealed()

    def take_sealed(self) -> list[SealedWarc]:
        """The WARCs sealed since the last call (rotated files, large bodies), without sealing more."""
        with self._lock:
            out, self._sealed = self._sealed, []
        return sorted(out, key=lambda warc: number_of(warc.path.name))

    def open_payload(self, capture: str) -> BinaryIO:
        """The entity body of a capture of this crawl (a revisit within it: its original's).

        Raises PayloadElsewhere when the spool does not have it (any more).
        """
        return self._batches.spooled.open(capture)

    async def close(self) -> None:
        """Ends unfinished large bodies as cut short, seals, stops the thread. Twice is fine."""
        if self._closed:
            return
        self._closing = True
        await asyncio.gather(*self._assembling, return_exceptions=True)
        for large in list(self._large):
            await large.abandon()
        if self._thread is not None:
            await self._submit(Job(self._future(), call=self._batches.seal))
            self._channel.put_now(None)
            await asyncio.to_thread(self._thread.join)
        self._closed = True

    def _future(self) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    async def _submit(self, job: Job) -> Any:
        self._check_open()
        await self._channel.put(job, job.size)
        return await job.done  # type: ignore[misc]

    def _check_open(self) -> None:
        if self._closed:
            raise WriterClosed("The crawl's writer is closed", where=str(self.folder))
        self.start()

    def start(self) -> None:
        """Starts the thread; the loop it answers to is the running one."""
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._run, name=f"warc-{self.portal}", daemon=True)
            self._thread.start()

    def begin_large(self, exchange: Exchange) -> LargeBody:
        """A WARC of its own for the body of `exchange`; on the loop."""
        self.start()
        assert self._loop is not None
        large = LargeBody(self, exchange, self._info, self._loop)
        self._large.add(large)
        return large

    def end_large(self, large: LargeBody) -> None:
        """The large body is archived, or failed; on the loop."""
        self._large.discard(large)

    # -- from any thread -----------------------------------------------------------------------------

    def next_name(self) -> str:
        """A fresh file name."""
        with self._lock:
            self._number += 1
            return warc_name(self.portal, now(), self.crawl, self._number)

    def sealed(self, warc: SealedWarc) -> None:
        """Notes a sealed WARC for the next `seal`, and tells `on_sealed`."""
        with self._lock:
            self._sealed.append(warc)
        if self._on_sealed:
            self._on_sealed(warc)

    def call(self, function: Callable[[], Any]) -> Any:
        """Runs `function` in the writer's thread, between batches, and returns what it returns."""
        done: Future[Any] = Future()
        self._channel.put_now(Job(done, call=function))
        return done.result()

    def original_of(self, digest: str, length: int) -> Held | None:
        """The original of a payload, asked from a large body's thread."""
        found: Held | None = self.call(lambda: self._batches.originals.look_up([digest]).get(digest))
        return found if found is not None and found.payload_length == length else None

    def durable(self, row: CaptureRow) -> None:
        """A large body's capture is durable: it may now be referred to and read."""
        self.call(lambda: self._batches.settled(row))

    def append(self, planned: Plan) -> CaptureRow:
        """Appends the records of one exchange to the crawl's open WARC; returns when they are durable."""
        row: CaptureRow = self.call(lambda: self._batches.append_now(planned))
        return row

    # -- in the thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            jobs = self._channel.take(_BATCH)
            stop = jobs[-1] is None or None in jobs
            batch = [job for job in jobs if job is not None]
            self._batch(batch)
            assert self._loop is not None
            try:
                self._loop.call_soon_threadsafe(
                    self._answer, [job for job in batch if not isinstance(job.done, Future)]
                )
            except RuntimeError:  # the loop is closed: nobody waits any more
                stop = True
            if stop:
                return

    def _answer(self, jobs: list[Job]) -> None:
        self._channel.release(sum(job.size for job in jobs))
        for job in jobs:
            if job.done.done():
                continue
            if job.error is not None:
                job.done.set_exception(job.error)
            else:
                job.done.set_result(job.result)

    def _batch(self, jobs: list[Job]) -> None:
        try:
            self._batches.write(jobs)
        except Exception as error:  # whatever it is, those who wait must hear of it
            for job in jobs:
                job.error = job.error or error
        for job in jobs:
            if isinstance(job.done, Future):
                if job.error is not None:
                    job.done.set_exception(job.error)
                else:
                    job.done.set_result(job.result)
