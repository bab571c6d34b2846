"""What the writer's thread does: batches of exchanges into the open WARC, durable together."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from archive.model import CaptureRow, DerivedRow, Held, SealedWarc
from archive.warc.exchange import Exchange, Plan, Record, plan
from archive.warc.open_file import OpenWarc
from archive.warc.originals import Originals, as_original
from archive.warc.spool_errors import spool_error
from archive.warc.spooled import SpooledPayloads, Stored


@dataclass(slots=True)
class Job:
    """Something for the thread: an exchange, a derived record, or a call between batches."""

    done: asyncio.Future[Any] | Future[Any]
    size: int = 0
    exchange: Exchange | None = None
    record: Record | None = None
    record_id: str = ""
    derived: DerivedRow | None = None
    call: Callable[[], Any] | None = None
    result: Any = None
    error: BaseException | None = None
    digest: str = ""


class Owner(Protocol):
    """The crawl writer, as far as its thread needs it."""

    folder: Path
    portal: str
    crawl: str

    def next_name(self) -> str: ...
    def sealed(self, warc: SealedWarc) -> None: ...


class Batches:
    """The open WARC and what is known of the crawl. Only the writer's thread calls an instance, except
    `spooled.open`.
    """

    def __init__(
        self,
        owner: Owner,
        info: Mapping[str, str],
        originals: Originals,
        rotate_bytes: int,
        stored: Stored | None = None,
    ) -> None:
        self._owner = owner
        self._info = info
        self._rotate_bytes = rotate_bytes
        self._open: OpenWarc | None = None
        self.originals = originals
        self.spooled = SpooledPayloads(owner.folder, stored)

    def write(self, jobs: list[Job]) -> None:
        run: list[Job] = []
        for job in jobs:
            if job.call is None:
                run.append(job)
                continue
            self._write_run(run)
            run = []
            try:
                job.result = job.call()
            except Exception as error:
                job.error = error
        self._write_run(run)
        if self._open is not None and self._open.size >= self._rotate_bytes:
            self.seal()

    def _write_run(self, jobs: list[Job]) -> None:
        wanted: list[str] = []
        for job in jobs:
            if job.exchange is not None and job.exchange.head:
                job.digest = "sha256:" + hashlib.sha256(job.exchange.entity).hexdigest()
                if job.exchange.entity and not job.exchange.failure:
                    wanted.append(job.digest)
        known = self.originals.look_up(wanted) if wanted else {}
        for job in jobs:
            if job.exchange is not None or job.record is not None:
                self._append(job, known)
        self._settle([job for job in jobs if job.error is None])

    def _append(self, job: Job, known: dict[str, Held]) -> None:
        try:
            if self._open is None:
                self._open = OpenWarc(
                    self._owner.folder, self._owner.next_name(), self._owner.portal, self._owner.crawl, self._info
                )
            if job.exchange is not None:
                planned = plan(job.exchange, job.digest, known, self._owner.portal, self._owner.crawl)
                row = self._open.append_capture(planned.records, planned.main, planned.row)
                job.result = row
                original = as_original(row)
                if original is not None:
                    known.setdefault(row.payload_digest, original)
            elif job.record is not None:
                self._open.append_derived(job.record, job.record_id, job.digest, job.derived)
        except OSError as error:
            job.error = spool_error(error, self._owner.folder)
        except Exception as error:  # one odd exchange must not take the others along
            job.error = error

    def _settle(self, jobs: list[Job]) -> None:
        if self._open is None:
            return
        try:
            self._open.settle()
        except OSError as error:
            for job in jobs:
                job.error = spool_error(error, self._owner.folder)
            if self._open.broken:
                self._open.discard()
                self._open = None
            return
        for job in jobs:
            if isinstance(job.result, CaptureRow):
                self.settled(job.result)

    def settled(self, row: CaptureRow) -> None:
        self.originals.remember(row)
        self.spooled.add(row)

    def seal(self) -> None:
        if self._open is None:
            return
        try:
            warc = self._open.seal()
        except OSError as error:
            raise spool_error(error, self._owner.folder) from error
        self._open = None
        if warc is not None:
            self._owner.sealed(warc)

    def append_now(self, planned: Plan) -> CaptureRow:
        try:
            if self._open is None:
                self._open = OpenWarc(
                    self._owner.folder, self._owner.next_name(), self._owner.portal, self._owner.crawl, self._info
                )
            row = self._open.append_capture(planned.records, planned.main, planned.row)
        except OSError as error:
            raise spool_error(error, self._owner.folder) from error
        job = Job(Future(), result=row)
        self._settle([job])
        if job.error is not None:
            raise job.error
        return row
