"""Makes one evidence package: `python -m web.records.exporting HOME JOB`. A process of its own; it may be killed."""

from __future__ import annotations

import fcntl
import io
import os
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

from config.errors import RecordwatchError
from config.home import open_home

if TYPE_CHECKING:
    from archive.holdings import Holdings
    from web.records.export_jobs import Job

_LOOK = 0.2
"""Seconds between two looks for a free place."""
_AFFORD = 10
"""Niceness: pages come first."""


def main(home: str, ident: str) -> int:
    """Make it, and say in its job file how that went."""
    os.nice(_AFFORD)
    from web.start import configure

    holdings = configure(open_home(home))
    from web.records.export_jobs import forget, make_room, read, write

    job = read(holdings.home, ident)
    if job is None or job.ended:
        return 1
    job = msgspec.structs.replace(job, pid=os.getpid())
    write(holdings.home, job)
    try:
        with _place(holdings.home.path / "exports"):
            job = msgspec.structs.replace(job, state="running")
            write(holdings.home, job)
            done = _made(holdings, job)
    except RecordwatchError as error:
        done = msgspec.structs.replace(job, state="failed", said=error.what)
    except OSError as error:
        done = msgspec.structs.replace(job, state="failed", said=f"it could not be written: {error.strerror}")
    if done.state == "failed":
        make_room(holdings.home, done)
    if read(holdings.home, ident) is None:  # forgotten meanwhile
        forget(holdings.home, done)
        return 1
    write(holdings.home, done)
    return int(done.state != "done")


def _made(holdings: Holdings, job: Job) -> Job:
    from archive.export import export_record
    from archive.wacz import export_wacz
    from releases.access import withheld
    from web.records.export_jobs import package

    path = package(holdings.home, job)
    write = export_wacz if job.form == "wacz" else export_record
    exported = write(holdings, job.portal, job.key, path)
    digests = _digests(path, job.form)
    if hidden := withheld(digests):
        what = "a name or passage that is not shown" if "named" in hidden.values() else "what is not shown"
        return msgspec.structs.replace(job, state="failed", said=f"{len(hidden)} of its captures hold {what}")
    return msgspec.structs.replace(
        job, state="done", size=exported.size, captures=exported.captures, held_back=len(exported.held_back),
        restricted=len(exported.restricted), missing=len(exported.missing), digests=tuple(sorted(digests)),
    )  # fmt: skip


def _digests(path: Path, form: str) -> set[str]:
    """Payload digests of everything in the package."""
    from archive.wacz import WARC
    from archive.warc.index import scan

    if form != "wacz":
        with path.open("rb") as stream:
            found = scan(stream, path.name)
    else:
        with zipfile.ZipFile(path) as whole, whole.open(WARC) as inner:
            found = scan(cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", inner))), path.name)
    return {row.payload_digest for row in found.captures} - {""}


@contextmanager
def _place(folder: Path) -> Iterator[None]:
    """Wait for one of the few places, so that many packages do not read the archive at one time."""
    from web.records.export_jobs import AT_ONCE

    while True:
        for number in range(AT_ONCE):
            file = (folder / f"place-{number}.lock").open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                continue
            try:
                yield
            finally:
                file.close()
            return
        time.sleep(_LOOK)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
