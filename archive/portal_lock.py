"""One crawl of a portal at a time: a file lock in the home, and an advisory lock in PostgreSQL.

The file lock ends with the process, however it ends. The advisory lock is what holds across
machines that share one database; it ends with its connection.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.errors import RecordwatchError


class PortalLocked(RecordwatchError):
    """Another crawl of this portal is running."""


@contextmanager
def portal_lock(locks: Path, slug: str) -> Iterator[None]:
    """Hold the lock of portal `slug` in the folder `locks`. Raises PortalLocked at once."""
    locks.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(locks / f"{slug}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise PortalLocked(
                f"another crawl of {slug} is running",
                where=str(locks / f"{slug}.lock"),
                todo="wait for it, or see what it is doing with `ps`",
            ) from error
        with _database_lock(slug):
            yield
    finally:
        os.close(descriptor)


@contextmanager
def _database_lock(slug: str) -> Iterator[None]:
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    number = zlib.crc32(f"recordwatch portal {slug}".encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        row = cursor.fetchone()
    if not row or not row[0]:
        raise PortalLocked(f"another machine is crawling {slug}", todo="wait for it")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
