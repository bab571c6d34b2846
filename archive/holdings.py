"""Everything a home holds, opened together: the store, its witness log, the catalog."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from functools import cached_property
from typing import BinaryIO

from archive.catalog.commits import Committer, nothing
from archive.catalog.database import open_database
from archive.catalog.failures import database_errors
from archive.catalog.held import known
from archive.commit import Commit
from archive.log import WitnessLog
from archive.model import Held, SealedWarc
from archive.store.base import Store
from archive.store.choose import open_store
from archive.warc.reader import read_member, response_parts
from config.errors import RecordwatchError
from config.faults import fault
from config.home import Home


class NotHeld(RecordwatchError):
    """The catalog knows no such capture, or it never had a body."""


class Holdings:
    """A home's store, log and catalog. Opening brings the catalog's tables up to date.

    `on_apply` is called inside the transaction of every commit (see `Committer`). `opened`: this process has
    the catalog open already.

    Raises:
        ConfigError: a setting is wrong. DatabaseUnavailable, DatabaseFull, DatabaseRefused.
    """

    def __init__(self, home: Home, *, on_apply: Callable[[Commit], None] = nothing, opened: bool = False) -> None:
        self.home = home
        if not opened:
            with database_errors():
                open_database(home.database_url)
        self._on_apply = on_apply

    @cached_property
    def store(self) -> Store:
        return open_store(self.home)

    @cached_property
    def log(self) -> WitnessLog:
        return WitnessLog(self.store, self.home.keys, self.home.settings.timestamps)

    @cached_property
    def committer(self) -> Committer:
        return Committer(self.store, self.log, on_apply=self._on_apply)

    def known(self, digests: Sequence[str]) -> Mapping[str, Held]:
        """See `archive.catalog.held.known`. From any thread."""
        return known(digests)

    def forget_local(self, warcs: Sequence[SealedWarc]) -> None:
        """Delete the spool's copies of WARCs that are stored and committed."""
        for warc in warcs:
            warc.path.unlink(missing_ok=True)
            fault("spool.deleted")

    def open_record(self, capture: str) -> BinaryIO:
        """The capture's WARC record as a stream that starts at its gzip member. The caller closes it.

        Raises:
            NotHeld, ObjectMissing, StoreUnavailable and the database's errors.
        """
        return self._open(*self._place(capture)[:3])

    def open_payload(self, capture: str) -> BinaryIO:
        """The entity body (de-chunked, not content-decoded) that a capture stands for, streamed: a
        revisit gives its original's. The caller closes it.

        Raises:
            NotHeld, NotAWarc, ObjectMissing, StoreUnavailable and the database's errors.
        """
        warc, offset, length, kind, refers_to = self._place(capture)
        if kind.startswith("revisit"):
            warc, offset, length, kind, _ = self._place(refers_to)
        if kind not in {"response", "deposit"}:
            raise NotHeld(f"this capture has no body ({kind})", where=capture)
        stream = self._open(warc, offset, length)
        try:
            return io.BufferedReader(response_parts(read_member(stream), stream).body)
        except BaseException:
            stream.close()
            raise

    def read_payload(self, capture: str) -> bytes:
        """As `open_payload`, whole, in memory."""
        with closing(self.open_payload(capture)) as stream:
            return stream.read()

    def _place(self, capture: str) -> tuple[str, int, int, str, str]:
        from archive.catalog.models import Capture

        with database_errors():
            rows = Capture.objects.filter(pk=capture).values_list("warc", "offset", "length", "kind", "refers_to")
            found = rows.first()
        if found is None:
            raise NotHeld("the catalog knows no such capture", where=capture)
        return found

    def _open(self, warc: str, offset: int, length: int) -> BinaryIO:
        return io.BufferedReader(_Opened(self.store.open(warc, offset, length)), 256 * 1024)


class _Opened(io.RawIOBase):
    """A store's stream whose context ends when it is closed."""

    def __init__(self, context: AbstractContextManager[BinaryIO]) -> None:
        super().__init__()
        self._context = context
        self._stream = context.__enter__()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._context.__exit__(None, None, None)
        super().close()
