"""Everything a home holds, opened together: the store, its witness log, the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from typing import BinaryIO

from archive.catalog.commits import Committer, nothing
from archive.catalog.database import open_database
from archive.catalog.failures import database_errors
from archive.catalog.held import known, place, readable
from archive.commit import Commit
from archive.log import WitnessLog
from archive.model import Held, SealedWarc
from archive.store.base import Store
from archive.store.choose import open_store
from archive.warc.owned import owned
from archive.warc.parts import Manifest, read_manifest, stitched
from archive.warc.reader import entity_of
from archive.warc.spooled import Place
from config.errors import RecordwatchError
from config.faults import fault
from config.home import Home


class NotHeld(RecordwatchError):
    """The catalog knows no such capture, or it never had a body."""


_latest: list[Holdings] = []


def latest() -> Holdings:
    """What this process opened last: its database is the one that Django asks.

    Raises:
        NotHeld: nothing was opened.
    """
    if not _latest:
        raise NotHeld("no archive is open in this process")
    return _latest[0]


class Holdings:
    """A home's store, log and catalog. Opening brings the catalog's tables up to date.

    `on_apply` is called inside the transaction of every commit (see `Committer`). `opened`: this process has
    the catalog open already. `hurried`: somebody waits for what is read of the store.

    Raises:
        ConfigError: a setting is wrong. DatabaseUnavailable, DatabaseFull, DatabaseRefused.
    """

    def __init__(
        self, home: Home, *, on_apply: Callable[[Commit], None] = nothing, opened: bool = False, hurried: bool = False
    ) -> None:
        self.home = home
        self._hurried = hurried
        if not opened:
            with database_errors():
                open_database(home.database_url)
        self._on_apply = on_apply
        _latest[:] = [self]

    @cached_property
    def store(self) -> Store:
        return open_store(self.home, hurried=self._hurried)

    @cached_property
    def log(self) -> WitnessLog:
        return WitnessLog(self.store, self.home.keys, self.home.settings.timestamps)

    @cached_property
    def committer(self) -> Committer:
        return Committer(self.store, self.log, on_apply=self._on_apply)

    def known(self, digests: Sequence[str]) -> Mapping[str, Held]:
        """See `archive.catalog.held.known`. From any thread."""
        return known(digests)

    def readable(self, digests: Sequence[str]) -> Mapping[str, Held]:
        """As `known`, with files that came in parts: for who wants to read the bytes, not to refer to them."""
        return readable(digests)

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
        return self._open(self.place(capture))

    def open_payload(self, capture: str) -> BinaryIO:
        """The entity body (de-chunked, not content-decoded) that a capture stands for, streamed: a
        revisit gives its original's. The caller closes it.

        Raises:
            NotHeld, NotAWarc, PartMissing, ObjectMissing, StoreUnavailable and the database's errors.
        """
        place = self.place(capture)
        if place.kind.startswith("revisit"):
            place = self.place(place.refers_to)
        if place.kind == "assembled":
            return stitched(self.manifest(place).parts, lambda part: self.open_at(self.place(part)))
        if place.kind not in {"response", "deposit"}:
            raise NotHeld(f"this capture has no body ({place.kind})", where=capture)
        return self.open_at(place)

    def manifest(self, place: Place) -> Manifest:
        """The list of parts at `place`, of the kind `assembled`. Raises PartMissing and what `open_at` raises."""
        with self.open_at(place) as stream:
            return read_manifest(stream)

    def read_payload(self, capture: str) -> bytes:
        """As `open_payload`, whole, in memory."""
        with closing(self.open_payload(capture)) as stream:
            return stream.read()

    def read_stretch(self, capture: str, start: int, length: int) -> bytes:
        """`length` bytes from `start` of the entity body of a capture, fewer at its end; without what is before them
        where the record is stored as large bodies are. Raises as `open_payload`.
        """
        from archive.payload import payload

        return b"".join(payload(self, capture).pieces(start, length))

    def place(self, capture: str) -> Place:
        """Where a capture lies; from any thread that runs no event loop. Raises NotHeld and the database's errors."""
        found = place(capture)
        if found is None:
            raise NotHeld("the catalog knows no such capture", where=capture)
        return found

    def open_at(self, place: Place) -> BinaryIO:
        """The entity body of the record at `place`, from the store alone. The caller closes it.

        Raises NotAWarc, ObjectMissing, StoreUnavailable.
        """
        return entity_of(self._open(place))

    def open_member(self, place: Place) -> BinaryIO:
        """The record at `place` as a stream that starts at its gzip member. The caller closes it. Raises as `open_at`."""
        return self._open(place)

    def _open(self, place: Place) -> BinaryIO:
        return owned(self.store.open(place.warc, place.offset, place.length))
