"""Evidence packages that are made beside the server: one job file each in the home's `exports/`, gone after a day.

A package is made by a process of its own, as reading some gigabytes takes longer than anybody waits for a page. Whoever
asks again for the same package, while it lies there and nothing was committed since, gets the same one. What is hidden after a package was made is not
given with it: each download asks again what may be shown.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from archive.catalog.models import Capture, ChangeLog
from archive.holdings import Holdings
from config.errors import RecordwatchError, RetryableError
from config.home import Home
from releases.ledger.known import batches
from releases.models import Record
from web.records.proofs import ids_of

State = Literal["waiting", "running", "done", "failed"]
Form = Literal["wacz", "warc.gz"]
FORMS: tuple[Form, ...] = ("wacz", "warc.gz")
KEPT = timedelta(days=1)
AT_ONCE = 2
"""Packages that are made at one time."""
MOST_WAITING = 8
"""Each is a process that waits."""
MOST_BYTES = 20 * 10**9
"""Of all packages that lie there; and at most half of what the disk has left."""
_PATIENCE = timedelta(minutes=2)
"""After which a job that nobody has begun to work on has failed."""


class NoRoom(RecordwatchError):
    """The package would fill the disk."""


class TooMany(RetryableError):
    """Too many packages are being made."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One package."""

    id: str
    """128 random bits, hex: whoever knows it may ask for it, if they may see its record."""
    portal: str
    key: str
    record: str
    form: Form
    at: datetime
    state: State = "waiting"
    expected: int = 0
    """Bytes that the archive has of it: about what it will have."""
    size: int = 0
    captures: int = 0
    held_back: int = 0
    restricted: int = 0
    missing: int = 0
    digests: tuple[str, ...] = ()
    """Payload digests of all that is in it."""
    said: str = ""
    """Why there is none: one sentence."""
    pid: int = 0
    """Of the process that makes it; 0 until that has begun."""
    seq: int = 0
    """Newest change when it was asked for: what is committed later is not in it."""

    @property
    def ended(self) -> bool:
        return self.state in {"done", "failed"}


def folder(home: Home) -> Path:
    """Where they lie; made when it is first needed, for this user alone."""
    path = home.path / "exports"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def package(home: Home, job: Job) -> Path:
    """The package itself."""
    return folder(home) / f"{job.id}.{job.form}"


def read(home: Home, ident: str) -> Job | None:
    """The job, as it stands; None where there is none. A job whose process is gone has failed."""
    job = _written(home, ident)
    if job is None or job.ended or _works_on(job):
        return job
    last = _written(home, ident)  # it may have ended well between our two looks
    if last is None or last.ended:
        return last
    return msgspec.structs.replace(last, state="failed", said="its process ended before it was whole")


def _written(home: Home, ident: str) -> Job | None:
    try:
        return msgspec.json.decode((folder(home) / f"{ident}.json").read_bytes(), type=Job)
    except (OSError, msgspec.DecodeError):
        return None


def _works_on(job: Job) -> bool:
    return _runs(job.pid) if job.pid else datetime.now(UTC) - job.at <= _PATIENCE


def write(home: Home, job: Job) -> None:
    """Keep `job` as it is now."""
    path = folder(home) / f"{job.id}.json"
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_bytes(msgspec.json.encode(job))
    draft.replace(path)


def jobs(home: Home) -> Iterator[Job]:
    """All that lie there."""
    for path in folder(home).glob("*.json"):
        if (job := read(home, path.stem)) is not None:
            yield job


def there(home: Home, record: Record, form: Form) -> Job | None:
    """The package of `record` that is being made, or that is whole and would be the same if it were made now."""
    newest = _newest()
    for job in jobs(home):
        whole = job.state == "done" and job.seq == newest and datetime.now(UTC) - job.at < KEPT / 2
        if (job.record, job.form) == (record.id, form) and (whole or not job.ended):
            return job
    return None


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """Nobody else, in whatever process, looks whether a package is there and begins one until the block ends."""
    with (folder(home) / "asked.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def start(holdings: Holdings, record: Record, form: Form) -> Job:
    """Have the package of `record` made. `alone`, so that two who ask at once are given the same.

    Raises:
        NoRoom, TooMany.
    """
    home, known = holdings.home, list(jobs(holdings.home))
    if sum(not job.ended for job in known) >= MOST_WAITING:
        raise TooMany("too many packages are being made", todo="try again in some minutes")
    size = expected(record)
    lie = sum(job.size or job.expected for job in known if job.state != "failed")
    room = min(MOST_BYTES - lie, shutil.disk_usage(home.path).free // 2)
    if size * 2 > room:  # a WACZ needs its evidence twice while it is made
        raise NoRoom(
            f"its evidence has {size / 1e9:.1f} GB, and there is room for {max(room, 0) / 2e9:.1f}",
            todo=f"an operator can write it elsewhere: `recordwatch export {record.portal} KEY -o F.{form}`",
        )
    job = Job(
        id=secrets.token_hex(16), portal=record.portal, key=record.key, record=record.id, form=form,
        at=datetime.now(UTC), expected=size, seq=_newest(),
    )  # fmt: skip
    write(home, job)
    command = [sys.executable, "-m", "web.records.exporting", str(home.path), job.id]
    quiet = subprocess.DEVNULL
    made = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    threading.Thread(
        target=made.wait, name=f"export {job.id}", daemon=True
    ).start()  # so that a process that ended is gone
    return job


def progress(home: Home, job: Job) -> int:
    """Bytes written so far."""
    written = 0
    for path in folder(home).rglob(f".{job.id}.*"):
        with suppress(OSError):
            written += sum(one.stat().st_size for one in path.rglob("*")) if path.is_dir() else path.stat().st_size
    return written


def forget(home: Home, job: Job) -> None:
    """Delete it, its package and what was left of making it."""
    _delete(*folder(home).glob(f"{job.id}.*"), *folder(home).glob(f".{job.id}.*"))


def make_room(home: Home, job: Job) -> None:
    """Of one that failed: what was written of it so far."""
    _delete(package(home, job), *folder(home).glob(f".{job.id}.*"))


def _delete(*paths: Path) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def clear(home: Home, now: datetime) -> None:
    """Forget those whose day is over, and what failed ones have left."""
    if not (home.path / "exports").is_dir():
        return
    for job in jobs(home):
        if now - job.at > KEPT and not (job.state == "running" and _runs(job.pid)):
            forget(home, job)
        elif job.state == "failed":
            make_room(home, job)


def _newest() -> int:
    return ChangeLog.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def expected(record: Record) -> int:
    """Bytes that the archive has of a record's evidence."""
    total = 0
    for batch in batches(ids_of([record.id])):
        rows = Capture.objects.filter(id__in=batch)
        lengths = dict(rows.values_list("id", "length"))
        originals = {ident for ident in rows.values_list("refers_to", flat=True) if ident} - lengths.keys()
        total += sum(lengths.values())
        total += sum(Capture.objects.filter(id__in=sorted(originals)).values_list("length", flat=True))
    return total


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError):
        return False
    return pid > 0
