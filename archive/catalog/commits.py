"""The commit protocol: the store first, then the database, in one transaction, in order, idempotently.

    WARCs stored and verified → witnessed → commit record created under the portal's next number →
    witnessed → one transaction (rows, number, change log, what `on_apply` adds) → local WARCs deleted

Killed at any point, the next `replay` applies what the store has and the database lacks. Numbers have no
gaps, so a portal's newest commit is found by asking for the next number.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from archive.catalog.apply import apply, take_lock
from archive.catalog.failures import DatabaseRefused, database_errors
from archive.catalog.operations import warc_operations
from archive.catalog.prepare import Batch, cleaned, completed, prepared
from archive.commit import Commit, Operation, commit_key, decode, encode
from archive.ids import uuid7
from archive.log import WitnessLog
from archive.model import SealedWarc
from archive.retry import Result, patience, patiently
from archive.store.base import ObjectExists, ObjectMissing, Store
from archive.warc.reader import NotAWarc
from archive.warc.single import read_resource, resource_warc
from config.errors import RecordwatchError
from config.faults import fault

__all__ = ["AnotherCrawlCommitted", "CommitDamaged", "Committer", "StoredCommit", "warc_operations"]

MIME = "application/vnd.recordwatch.commit+json"
URN = "urn:recordwatch:commit:"
INFO = {"software": "recordwatch", "description": "a commit record; docs/reference/commit-records.md"}


class AnotherCrawlCommitted(RecordwatchError):
    """Somebody else committed for this portal since our plan was made; it would be applied to another state."""


class CommitDamaged(RecordwatchError):
    """A commit record in the store can not be read, or is not the one its key names."""


class StoredCommit(msgspec.Struct, frozen=True):
    """A commit as it stands in the store. `sha256`: lowercase hex of the object."""

    commit: Commit
    key: str
    sha256: str
    size: int


def nothing(commit: Commit) -> None:
    """Adds nothing to a commit's transaction."""


class Committer:
    """Stores WARCs and commits. One per process and store; the database is `open_database`'s.

    `on_apply` is called inside each transaction, after the rows are written and before COMMIT; what it
    writes stands or falls with them, and it is called again when the transaction is.
    """

    def __init__(
        self,
        store: Store,
        log: WitnessLog,
        *,
        on_apply: Callable[[Commit], None] = nothing,
        seconds: float | None = None,
    ) -> None:
        self.store = store
        self.log = log
        self._on_apply = on_apply
        self._seconds = patience() if seconds is None else seconds
        self._seen: dict[str, int] = {}
        self._lock = threading.RLock()

    def store_warcs(self, warcs: Sequence[SealedWarc]) -> None:
        """Upload each sealed WARC, verify it at the store, witness it. Again is harmless.

        Raises:
            ObjectExists: the key is taken by other bytes. StoreFull, StoreRefused, StoreUnavailable.
        """
        for warc in warcs:
            self._try(lambda warc=warc: self.store.put_file(warc.key, warc.path, sha256=warc.sha256))  # type: ignore[misc]
            self._try(lambda warc=warc: self.log.append(warc.key, warc.sha256, warc.size))  # type: ignore[misc]

    def commit(self, portal: str, reason: str, operations: Sequence[Operation]) -> Commit:
        """Make `operations` this portal's next commit, in the store and then in the database.

        Commits that the store has and the database lacks are applied first.

        Raises:
            CommitRefused: rows do not fit their tables; nothing was stored.
            AnotherCrawlCommitted: commits that this Committer neither made nor replayed exist. The plan
                is stale: make it again (they are applied now), or end this crawl.
            StoreFull, StoreRefused, StoreUnavailable: nothing is committed, unless the cut came after
                the store had it; then the next replay applies it.
            DatabaseUnavailable, DatabaseFull, DatabaseRefused: the commit is in the store; the next
                replay applies it.
        """
        with self._lock:
            seen = self._seen.get(portal)
            seq = self._catch_up(portal)
            if seen is not None and seq != seen:
                raise _another(portal, seq)
            commit = Commit(uuid7(), portal, seq + 1, datetime.now(UTC), reason, completed(operations))
            commit, block = _storable(commit)
            batches = prepared(commit)
            stored = self._store(commit, block)
            del block
            fault("commit.stored")
            self._apply(stored, batches)
            self._seen[portal] = commit.seq
            fault("commit.done")
            return commit

    def replay(self, portal: str | None = None) -> list[Commit]:
        """Apply the commits in the store that the database lacks, in order; of every portal when None.

        Raises:
            CommitDamaged, StoreUnavailable and the database's errors, as `commit` does.
        """
        with self._lock:
            applied: list[Commit] = []
            for slug in [portal] if portal is not None else committed_portals(self.store):
                self._catch_up(slug, applied)
            return applied

    def applied(self, portal: str) -> int:
        """Number of the last commit of `portal` that the database has, 0 when it has none."""
        from django.db.models import Max

        from archive.catalog.models import AppliedCommit

        def ask() -> int:
            with database_errors():
                found = AppliedCommit.objects.filter(portal=portal).aggregate(last=Max("seq"))["last"]
            return int(found or 0)

        return self._try(ask)

    def apply_stored(self, stored: StoredCommit) -> bool:
        """Apply one commit of the store; False when the database had it already."""
        return self._apply(stored, prepared(stored.commit))

    def _catch_up(self, portal: str, applied: list[Commit] | None = None) -> int:
        seq = self.applied(portal)
        try:
            while True:
                stored, new = self._apply_number(portal, seq + 1)
                seq += 1
                if new and applied is not None:
                    applied.append(stored.commit)
        except ObjectMissing:
            self._seen[portal] = seq
            return seq

    def _apply_number(self, portal: str, seq: int) -> tuple[StoredCommit, bool]:
        stored = self._try(lambda: read_commit(self.store, portal, seq))
        # Killed between commit record and log entry: the entry is owed.
        self._try(lambda: self.log.append(stored.key, stored.sha256, stored.size))
        return stored, self.apply_stored(stored)

    def _store(self, commit: Commit, block: bytes) -> StoredCommit:
        key = commit_key(commit.portal, commit.seq)
        data = resource_warc(URN + commit.id, MIME, block, INFO, key.rsplit("/", 1)[-1], commit.at, commit.id)
        try:
            self._try(lambda: self.store.put_bytes(key, data))
        except ObjectExists as error:
            raise _another(commit.portal, commit.seq) from error
        stored = StoredCommit(commit, key, hashlib.sha256(data).hexdigest(), len(data))
        self._try(lambda: self.log.append(key, stored.sha256, stored.size))
        return stored

    def _apply(self, stored: StoredCommit, batches: Sequence[Batch]) -> bool:
        return self._try(lambda: self._transaction(stored, batches))

    def _transaction(self, stored: StoredCommit, batches: Sequence[Batch]) -> bool:
        from django.db import connection, transaction

        from archive.catalog.models import AppliedCommit, Portal

        commit = stored.commit
        with database_errors(), transaction.atomic():
            take_lock(connection)
            if there := AppliedCommit.objects.filter(portal=commit.portal, seq=commit.seq).first():
                if there.id != commit.id:
                    raise _foreign(stored)
                return False
            apply(connection, commit, batches)
            AppliedCommit.objects.create(
                id=commit.id,
                portal=commit.portal,
                seq=commit.seq,
                at=commit.at,
                reason=commit.reason,
                warc=stored.key,
                sha256=stored.sha256,
            )
            if not Portal.objects.filter(slug=commit.portal).update(commit_seq=commit.seq):
                Portal.objects.create(
                    slug=commit.portal, name=commit.portal, url="", first_crawl_at=commit.at, commit_seq=commit.seq
                )
            self._on_apply(commit)
            fault("commit.applied")
        return True

    def _try(self, work: Callable[[], Result]) -> Result:
        return patiently(work, seconds=self._seconds)


def read_commit(store: Store, portal: str, seq: int) -> StoredCommit:
    """The portal's commit number `seq`, its digests checked.

    Raises:
        ObjectMissing, CommitDamaged, StoreRefused, StoreUnavailable.
    """
    key = commit_key(portal, seq)
    with store.open(key) as stream:
        data = stream.read()
    try:
        headers, block = read_resource(data)
        commit = decode(block)
    except (NotAWarc, msgspec.DecodeError) as error:
        raise _damaged(key, str(error)) from error
    if headers.url != URN + commit.id or (commit.portal, commit.seq) != (portal, seq):
        raise _damaged(key, f"it holds {headers.url}, number {commit.seq} of {commit.portal!r}")
    return StoredCommit(commit, key, hashlib.sha256(data).hexdigest(), len(data))


def commit_numbers(store: Store, prefix: str = "commits/") -> Iterator[tuple[str, int, str]]:
    """Portal, number and key of every commit in the store, by portal and number."""
    for stat in store.list(prefix):
        parts = stat.key.split("/")
        number = parts[-1].removesuffix(".warc.gz")
        if len(parts) == 3 and number.isdigit() and commit_key(parts[1], int(number)) == stat.key:
            yield parts[1], int(number), stat.key


def committed_portals(store: Store) -> list[str]:
    """Every portal that has a commit in the store."""
    return list(dict.fromkeys(portal for portal, _, _ in commit_numbers(store)))


def _storable(commit: Commit) -> tuple[Commit, bytes]:
    """The commit as every later reader decodes it, and its block: what is applied is what is stored."""
    try:
        block = encode(commit)
        clean = b"\\u0000" not in block
    except UnicodeEncodeError:
        clean = False
    if not clean:
        block = encode(msgspec.structs.replace(commit, operations=cleaned(commit.operations)))
    return decode(block), block


def _another(portal: str, seq: int) -> AnotherCrawlCommitted:
    return AnotherCrawlCommitted(
        f"another crawl of {portal!r} committed number {seq} meanwhile",
        where=commit_key(portal, seq),
        todo="nothing is lost; the next crawl goes on from there",
    )


def _foreign(stored: StoredCommit) -> DatabaseRefused:
    return DatabaseRefused(
        "the catalog has another commit under this number: it belongs to another store",
        where=stored.key,
        todo="point `recordwatch.toml` at the store this catalog was made from, or `recordwatch rebuild --force`",
    )


def _damaged(key: str, why: str) -> CommitDamaged:
    return CommitDamaged(
        f"this commit record can not be used: {why}",
        where=key,
        todo="restore the object from a copy of the store; `recordwatch verify` lists what else is damaged",
    )
