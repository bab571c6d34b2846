"""The database's errors as ours: what failed, whether trying again can help, what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from config.errors import RecordwatchError, RetryableError


class DatabaseUnavailable(RetryableError):
    """The database is gone, restarting or locked by somebody else. Nothing is lost: commits are in the store."""


class DatabaseFull(RecordwatchError):
    """The database's disk is full."""


class DatabaseRefused(RecordwatchError):
    """The database refuses: damaged file, no rights, wrong tables."""


_LOST = "nothing is lost: what was committed is in the store, and the next crawl or `recordwatch recover` applies it"
_RETRYABLE_STATES = ("08", "40", "55P03", "57P", "53300")
"""SQLSTATE: connection, rollback (deadlock, serialization), lock timeout, shutdown, too many clients."""


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what the database raises inside into DatabaseUnavailable, DatabaseFull or DatabaseRefused.

    The thread's connection is closed after a failure, so that the next use opens a new one.
    """
    from django.db import DatabaseError, InterfaceError, connection

    try:
        yield
    except (DatabaseError, InterfaceError, OSError) as error:
        if not connection.in_atomic_block:
            connection.close()
        raise _translate(error, _name()) from error


def _name() -> str:
    from django.db import connection

    settings = connection.settings_dict
    host = f"{settings.get('HOST')}:{settings.get('PORT')}/" if settings.get("HOST") else ""
    return f"{host}{settings['NAME']}"


def _translate(error: Exception, where: str) -> RecordwatchError:
    cause = error.__cause__ or error
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    full = DatabaseFull(
        f"the catalog's disk is full: {text}", where=where, todo=f"make room, then run `recordwatch recover`; {_LOST}"
    )
    gone = DatabaseUnavailable(f"the catalog does not answer: {text}", where=where, todo=_LOST)
    refused = DatabaseRefused(
        f"the catalog refuses: {text}", where=where, todo=f"`recordwatch rebuild` makes it anew from the store; {_LOST}"
    )
    if isinstance(error, OSError):
        return full if error.errno in {errno.ENOSPC, errno.EDQUOT} else gone
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            return full
        return gone if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR} else refused
    state = str(getattr(cause, "sqlstate", None) or "")
    if state == "53100":
        return full
    if state.startswith(_RETRYABLE_STATES) or not state:  # without a state: the connection itself broke
        return gone
    return refused
