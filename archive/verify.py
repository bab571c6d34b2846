"""Whether everything held is still what was archived: store against catalog, log and digests.

Quick: every object that the catalog names is there with its size, every object of the store is named,
commit numbers have no gaps. Full: every object is read once, its SHA-256 compared with the catalog's, and
every record checked against its own digests and the place the catalog gives it.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, cast

from archive.catalog.commits import commit_numbers
from archive.catalog.failures import database_errors
from archive.commit import commit_key
from archive.holdings import Holdings, NotHeld
from archive.log import LogDamaged
from archive.store.base import ObjectMissing, Store
from archive.store.choose import open_store
from archive.warc.fixity import verify_record
from archive.warc.parts import PartMissing, digest_of
from archive.warc.reader import NotAWarc, Problem, WarcReader
from archive.warc.source import Damage
from config.home import Home

Kind = Literal["missing", "size", "digest", "record", "place", "parts", "unindexed", "commit", "log"]
Found = tuple[Kind, str, str, tuple[str, ...]]
"""Kind, key, what, captures."""
SMALL = 512 * 1024**2
"""Bytes up to which one process is faster than starting more."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is not as it was: what, where, and what it proves.

    `kind`: `missing` (no object), `size`, `digest` (the object's bytes changed), `record` (a WARC record
    is damaged), `place` (the catalog's offset does not hold that record), `parts` (a file that came in parts
    cannot be put together any more, or is not what it was), `unindexed` (no commit names
    the object), `commit` (a gap, or a commit that is not the store's), `log` (the witness log disagrees).
    """

    kind: Kind
    key: str
    what: str
    captures: tuple[str, ...] = ()
    records: tuple[tuple[str, str], ...] = ()
    """Portal and key of the records that these captures prove."""


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the catalog says of an object. `places`: offset → id and length of the record there."""

    size: int
    sha256: str
    places: dict[int, tuple[str, int]]


def verify(holdings: Holdings, full: bool = False) -> Iterator[Finding]:
    """Every finding; none when all is well. Reads only.

    Raises:
        StoreUnavailable, StoreRefused and the database's errors.
    """
    from archive.catalog.models import AppliedCommit, Warc

    with database_errors():
        expected = {key: (size, sha256) for key, size, sha256 in Warc.objects.values_list("key", "size", "sha256")}
        commits = dict(AppliedCommit.objects.values_list("warc", "sha256"))
    present = {stat.key: stat.size for stat in holdings.store.list()}
    for key in sorted(expected.keys() - present.keys()):
        yield _finding("missing", key, "the catalog names this object, the store has none", _captures_of(key))
    for key in sorted(present):
        if key.startswith("warc/") and key not in expected:
            yield Finding("unindexed", key, "no commit names this object; `recordwatch recover` indexes it")
    yield from _commits(holdings, commits, present)
    sound = [key for key in sorted(expected) if key in present]
    wrong = {key for key in sound if present[key] != expected[key][0]}
    for key in sorted(wrong):
        affected = _captures_of(key, behind=present[key])
        yield _finding("size", key, f"{present[key]} bytes where {expected[key][0]} were archived", affected)
    if full:
        yield from _full(holdings, [(key, *expected[key]) for key in sound], commits, present)
        yield from _wholes(holdings)
    yield from _log(holdings, present)


def _full(
    holdings: Holdings, warcs: list[tuple[str, int, str]], commits: dict[str, str], present: dict[str, int]
) -> Iterator[Finding]:
    def work() -> Iterator[tuple[str, _Expected]]:
        for key, size, sha256 in warcs:
            yield key, _Expected(size, sha256, _places(key))
        for key, sha256 in sorted(commits.items()):
            if key in present:
                yield key, _Expected(present[key], sha256, {})

    if sum(size for _, size, _ in warcs) < SMALL:
        for item in work():
            yield from (_finding(*found) for found in _check(holdings.store, *item))
        return
    # Processes, not threads: reading record headers holds the interpreter's lock. A few are asked for at
    # a time: the whole catalog never lies in memory.
    workers = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(holdings.home,)) as pool:
        for batch in _batches(work(), workers * 4):
            for results in pool.map(_check_there, batch):
                yield from (_finding(*found) for found in results)


def _wholes(holdings: Holdings) -> Iterator[Finding]:
    """Files that came in parts, read through as a whole: each part may be sound, and the whole be none."""
    from archive.catalog.models import Capture

    with database_errors():
        rows = Capture.objects.filter(kind="assembled").order_by("id")
        assembled = list(rows.values_list("id", "warc", "payload_digest"))
    for ident, key, digest in assembled:
        try:
            found = digest_of(holdings.manifest(holdings.place(ident)).parts, holdings.open_payload)
        except (PartMissing, NotHeld, NotAWarc, ObjectMissing, Damage) as error:
            yield _finding("parts", key, f"a file that came in parts cannot be put together: {error}", (ident,))
            continue
        if found != digest:
            yield _finding("parts", key, "a file that came in parts does not have its digest", (ident,))


_there: list[Store] = []


def _begin(home: Home) -> None:
    _there.append(open_store(home))


def _check_there(item: tuple[str, _Expected]) -> list[Found]:
    return _check(_there[0], *item)


def _check(store: Store, key: str, expected: _Expected) -> list[Found]:
    found: list[Found] = []
    places = dict(expected.places)
    try:
        with store.open(key) as stream:
            hashing = _Hashing(stream)
            reader = WarcReader(cast("BinaryIO", hashing))
            damaged: list[tuple[int, Problem]] = []
            for record in reader:
                damaged += [(record.offset, problem) for problem in verify_record(record)]
                if record.offset in places and places[record.offset][0] == record.headers.id:
                    del places[record.offset]
            hashing.drain()
    except ObjectMissing:
        return [("missing", key, "the object went away while it was read", tuple(i for i, _ in places.values()))]
    damaged += [(problem.offset, problem) for problem in reader.problems]
    for offset, problem in damaged:
        at = tuple(ident for place, (ident, length) in expected.places.items() if place <= offset < place + length)
        found.append(("record", key, f"{problem.what} (record {problem.record or '?'} at byte {offset})", at))
    if places:
        lost = tuple(ident for ident, _ in places.values())
        found.append(("place", key, f"{len(lost)} records are not where the catalog says", lost))
    if hashing.sha256.hexdigest() != expected.sha256:
        whole = () if damaged or places else tuple(ident for ident, _ in expected.places.values())
        found.append(("digest", key, "its SHA-256 is not the one it was sealed with", whole))
    return found


def _commits(holdings: Holdings, applied: dict[str, str], present: dict[str, int]) -> Iterator[Finding]:
    last: dict[str, int] = {}
    for portal, seq, key in commit_numbers(holdings.store):
        for missing in range(last.get(portal, 0) + 1, seq):
            yield Finding("commit", commit_key(portal, missing), "this commit record is missing from the store")
        last[portal] = seq
        if key not in applied:
            yield Finding("commit", key, "the catalog lacks this commit; `recordwatch recover` applies it")
    for key in sorted(applied.keys() - present.keys()):
        portal, seq = key.split("/")[1], int(key.rsplit("/", 1)[-1].removesuffix(".warc.gz"))
        if seq > last.get(portal, 0):
            yield Finding("commit", key, "this commit record is missing from the store")


def _log(holdings: Holdings, present: dict[str, int]) -> Iterator[Finding]:
    from archive.catalog.models import AppliedCommit, Warc

    with database_errors():
        sealed = dict(Warc.objects.values_list("key", "sha256")) | dict(
            AppliedCommit.objects.values_list("warc", "sha256")
        )
    report = holdings.log.verify()
    for problem in report.problems:
        yield Finding("log", "log/", problem)
    witnessed: dict[str, set[str]] = {}
    try:
        for entry in holdings.log.entries():
            witnessed.setdefault(entry.key, set()).add(entry.sha256)
    except LogDamaged:
        return  # the report above says where; what stands behind can not be judged
    for key, sha256 in sorted(sealed.items()):
        if key in present and sha256 not in witnessed.get(key, set()):
            yield Finding("log", key, "the witness log does not name this object with the catalog's digest")


def _captures_of(key: str, behind: int = 0) -> tuple[str, ...]:
    from archive.catalog.models import Capture, Derived

    with database_errors():
        rows = [*Capture.objects.filter(warc=key).values_list("id", "offset", "length")]
        rows += Derived.objects.filter(warc=key).values_list("capture", "offset", "length")
    return tuple(dict.fromkeys(ident for ident, offset, length in rows if offset + length > behind))


def _places(key: str) -> dict[int, tuple[str, int]]:
    from archive.catalog.models import Capture, Derived

    with database_errors():
        rows = [*Capture.objects.filter(warc=key).values_list("offset", "id", "length")]
        rows += Derived.objects.filter(warc=key).values_list("offset", "id", "length")
    return {offset: (ident, length) for offset, ident, length in rows}


def _finding(kind: Kind, key: str, what: str, captures: tuple[str, ...]) -> Finding:
    return Finding(kind, key, what, captures, tuple(affected_records(captures)))


def affected_records(captures: Iterable[str]) -> list[tuple[str, str]]:
    """Portal and key of each record whose versions, files or events rest on one of `captures`, on a
    revisit of one, or on something extracted from one.
    """
    from django.apps import apps
    from django.db import connection
    from django.db.models import Q

    from archive.catalog.models import Capture, Derived

    found: set[tuple[str, str]] = set()
    ids = set(captures)
    with database_errors():
        model = apps.get_model
        for batch in _batches(iter(sorted(ids)), 200):
            ids |= set(Derived.objects.filter(pk__in=batch).values_list("capture", flat=True))
            ids |= set(Capture.objects.filter(refers_to__in=batch).values_list("pk", flat=True))
        records: set[str] = set()
        for batch in _batches(iter(sorted(ids)), 50):
            files = model("releases.FileVersion").objects.filter(capture__in=batch).values_list("file", flat=True)
            records |= set(model("releases.File").objects.filter(pk__in=list(files)).values_list("record", flat=True))
            for label in ("releases.RecordVersion", "releases.Event"):
                rows = model(label).objects
                if connection.vendor == "postgresql":
                    any_of = Q()
                    for ident in batch:
                        any_of |= Q(captures__contains=[ident])
                else:  # ids are unique text: looking for them in the JSON is exact
                    any_of = Q()
                    for ident in batch:
                        any_of |= Q(captures__icontains=ident)
                records |= set(rows.filter(any_of).values_list("record", flat=True))
        for batch in _batches(iter(sorted(records - {""})), 200):
            found |= set(model("releases.Record").objects.filter(pk__in=batch).values_list("portal", "key"))
    return sorted(found)


def _batches(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


class _Hashing:
    """Hashes what is read of a stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.sha256.update(data)
        return data

    def drain(self) -> None:
        while self.read(1 << 20):
            pass
