"""After a crash: what the spool and the store hold becomes part of the catalog, exactly once.

Every step may be cut short and repeated: commits in the store that the catalog lacks are applied;
WARCs left in the spool are mended, sealed, stored and committed; WARCs in the store that no commit names
are indexed where they lie; crawls that never ended get an end; what is safe elsewhere is deleted here.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from archive.catalog.failures import database_errors
from archive.catalog.operations import portal_operation, warc_operations
from archive.commit import Insert, Operation, Row, Update
from archive.holdings import Holdings
from archive.model import SealedWarc
from archive.warc.index import scan
from archive.warc.record import now
from archive.warc.salvage import salvage_folder
from config.errors import ConfigError, RecordwatchError
from config.home import Home

logger = logging.getLogger(__name__)


class SpoolUnreadable(RecordwatchError):
    """What an interrupted crawl left in the spool can not be read or removed."""


@dataclass(slots=True)
class Recovery:
    """What a recovery did. All zero: there was nothing to mend."""

    portal: str
    commits: int = 0
    """Commits of the store that the catalog lacked."""
    warcs: int = 0
    """WARCs committed now: from the spool, and from the store."""
    captures: int = 0
    """Exchanges in them."""
    found_in_store: int = 0
    """How many of `warcs` lay in the store and no commit named them."""
    crawls: list[str] = field(default_factory=list)
    """Crawls that were given an end."""
    problems: list[str] = field(default_factory=list)
    """What could not be mended, one sentence each."""

    @property
    def idle(self) -> bool:
        """Nothing was to be done."""
        return not (self.commits or self.warcs or self.crawls or self.problems)


def recover(
    home: Home, holdings: Holdings, portal: str, *, active: str | None = None, search_store: bool = False
) -> Recovery:
    """Mend what interrupted crawls of `portal` left. The caller holds the portal's lock.

    `active` is the crawl whose writer the caller has open already: its folder is left alone. When None,
    folders without any file are left, too, for one of them may be that. `search_store` looks for
    unindexed WARCs in the store even when nothing hints at a crash.

    Raises:
        SpoolUnreadable, and what `Committer.store_warcs`, `commit` and `replay` raise. Repeat it then.
    """
    recovery = Recovery(portal)
    replayed = holdings.committer.replay(portal)
    recovery.commits = len(replayed)
    folders = [folder for folder in _folders(home.spool / portal) if folder.name != active]
    left = [folder for folder in folders if any(folder.iterdir())]
    stale = _open_crawls(portal, active)
    sealed = [warc for folder in left for warc in _salvage(folder)]
    committed = _committed([warc.key for warc in sealed])
    fresh = [warc for warc in sealed if warc.key not in committed]
    holdings.committer.store_warcs(fresh)
    if search_store or left or stale or replayed:
        found = list(_unindexed(holdings, portal, {warc.key for warc in fresh}, recovery))
        recovery.found_in_store = len(found)
        fresh += found
    operations = [*_crawl_operations(portal, fresh, stale, recovery), *warc_operations(fresh)]
    if operations:
        holdings.committer.commit(portal, "recovered", [*_portal_operations(home, portal), *operations])
    recovery.warcs, recovery.captures = len(fresh), sum(len(warc.captures) for warc in fresh)
    holdings.forget_local(sealed)
    for folder in left if active is None else folders:
        _remove(folder)
    return recovery


def portals_to_recover(home: Home) -> list[str]:
    """Every portal that the catalog or the spool knows."""
    from archive.catalog.models import Portal

    with database_errors():
        known = set(Portal.objects.values_list("slug", flat=True))
    return sorted(known | {folder.name for folder in _folders(home.spool)})


def _folders(path: Path) -> list[Path]:
    try:
        return sorted(entry for entry in path.iterdir() if entry.is_dir() and not entry.is_symlink())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(error, path) from error


def _salvage(folder: Path) -> list[SealedWarc]:
    try:
        return salvage_folder(folder)
    except (OSError, ValueError) as error:
        raise _unreadable(error, folder) from error


def _remove(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError as error:
        logger.warning("%s stays: %s", folder, error.strerror)


def _unreadable(error: Exception, path: Path) -> SpoolUnreadable:
    return SpoolUnreadable(
        f"what an interrupted crawl left can not be taken: {error}",
        where=str(path),
        todo="check disk and permissions, or move a file that is not a WARC of ours away; nothing was deleted",
    )


def _committed(keys: Sequence[str]) -> set[str]:
    from archive.catalog.models import Warc

    with database_errors():
        return {key for start in range(0, len(keys), 500) for key in _present(Warc, keys[start : start + 500])}


def _present(model: type, keys: Sequence[str]) -> Iterator[str]:
    yield from model.objects.filter(pk__in=keys).values_list("pk", flat=True)  # type: ignore[attr-defined]


def _unindexed(holdings: Holdings, portal: str, besides: set[str], recovery: Recovery) -> Iterator[SealedWarc]:
    """WARCs of the store that no commit names: uploaded, then the spool's disk was lost."""
    keys = [stat.key for stat in holdings.store.list(f"warc/{portal}/") if stat.key.endswith(".warc.gz")]
    known = _committed(keys) | besides
    for key in keys:
        if key in known:
            continue
        with holdings.store.open(key) as stream:
            hashing = _Hashing(stream)
            found = scan(cast("BinaryIO", hashing), key)
            hashing.drain()
        if found.problems:
            recovery.problems.append(
                f"{key} is in the store and in no commit, and is damaged: {found.problems[0].what}"
            )
            if not found.captures and not found.derived:
                continue
        holdings.log.append(key, hashing.sha256.hexdigest(), hashing.size)
        yield SealedWarc(
            path=holdings.home.spool / portal / "nowhere" / key.rsplit("/", 1)[-1],
            key=key,
            sha256=hashing.sha256.hexdigest(),
            size=hashing.size,
            sealed_at=now(),
            captures=tuple(found.captures),
            derived=tuple(found.derived),
        )


class _Hashing:
    """Counts and hashes what is read of a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.sha256.update(data)
        self.size += len(data)
        return data

    def drain(self) -> None:
        while self.read(1 << 20):
            pass


def _open_crawls(portal: str, active: str | None) -> list[Row]:
    from archive.catalog.models import Crawl

    with database_errors():
        rows = Crawl.objects.filter(portal=portal, ended_at=None).exclude(pk=active or "")
        return [dict(row) for row in rows.values("id", "verdict", "reason")]


def _crawl_operations(
    portal: str, warcs: Sequence[SealedWarc], stale: list[Row], recovery: Recovery
) -> list[Operation]:
    """An end for each crawl that has none: nothing is known of where it stopped, so `partial`."""
    from archive.catalog.models import Crawl

    times: dict[str, list[datetime]] = {}
    for warc in warcs:
        seen_in: list[tuple[str, datetime]] = [(row.crawl, row.at) for row in warc.captures]
        seen_in += [(row.crawl, row.at) for row in warc.derived]
        for crawl, at in seen_in:
            times.setdefault(crawl, []).append(at)
    ended = now()
    operations: list[Operation] = []
    with database_errors():
        known = set(Crawl.objects.filter(pk__in=list(times)).values_list("pk", flat=True))
    new = [_interrupted(portal, crawl, seen, ended) for crawl, seen in sorted(times.items()) if crawl not in known]
    if new:
        operations.append(Insert("catalog.Crawl", new))
    if stale:
        operations.append(Update("catalog.Crawl", [_ended(row, ended) for row in stale]))
    recovery.crawls = [row["id"] for row in (*new, *stale)]
    return operations


def _interrupted(portal: str, crawl: str, seen: list[datetime], at: datetime) -> Row:
    return {
        "id": crawl,
        "portal": portal,
        "started_at": _started(crawl, min(seen)),
        "ended_at": at,
        "verdict": "partial",
        "coverage": "limited",
        "reason": "interrupted before its listing was committed; what it had captured was recovered",
        "counts": {"exchanges": len(seen)},
    }


def _ended(row: Row, at: datetime) -> Row:
    """The listing's verdict stands: it was judged when the listing was whole. A running one has none."""
    running = row["verdict"] in {"", "running"}
    reason = "interrupted before its listing was done" if running else "interrupted before its files were all fetched"
    return {
        "id": row["id"],
        "ended_at": at,
        "verdict": "partial" if running else row["verdict"],
        "reason": f"{row['reason']}; {reason}" if row["reason"] else reason,
    }


def _started(crawl: str, first: datetime) -> datetime:
    """When a crawl began: its id is a version 7 UUID and says so."""
    try:
        ident = UUID(crawl)
    except ValueError:
        return first
    return datetime.fromtimestamp((ident.int >> 80) / 1000, UTC) if ident.version == 7 else first


def _portal_operations(home: Home, portal: str) -> list[Operation]:
    from archive.catalog.models import Portal

    with database_errors():
        if Portal.objects.filter(pk=portal).exists():
            return []
    try:
        watched = home.portal(portal)
    except ConfigError:
        return []
    return [portal_operation(portal, watched.name, watched.url, now())]
