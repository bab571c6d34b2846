"""Named places where a test may make the process die or an operation fail.

`RECORDWATCH_FAULT="warc.appended"` kills this process (SIGKILL, no cleanup) the first time the
point is passed; `"warc.appended:3"` the third time; `"spool.write=ENOSPC"` raises that OSError
instead, once; `"spool.write=ENOSPC*"` every time. Several are separated by commas. Unset, the cost
is one dictionary look-up.

Every point that exists is listed in POINTS, so that the test suite can prove each one is hit.
"""

from __future__ import annotations

import errno
import os
import signal

POINTS: dict[str, str] = {
    "exchange.received": "a whole exchange was read from the wire, nothing of it is on disk",
    "warc.appended": "its records are in the open WARC, not yet in the journal",
    "warc.journalled": "the journal names them and is fsynced",
    "warc.large.midway": "part of a large body is in its own WARC",
    "spool.write": "about to write to the spool",
    "warc.sealed": "the WARC has its final name in the spool, nothing is uploaded",
    "store.part": "about to send one part of an upload",
    "store.put": "the object is in the store, not yet checked",
    "store.verified": "the object was checked in the store; the witness log does not name it",
    "log.appended": "the witness log names the WARC; no commit record exists",
    "commit.stored": "the commit record is in the store, the database does not know",
    "commit.applied": "inside the database transaction, before COMMIT",
    "commit.done": "the database has it, the local WARC is still there",
    "spool.deleted": "the local WARC is deleted, the crawl goes on",
    "matches.told": "what saved searches found is owed, inside the database transaction, before COMMIT",
    "digest.closing": "inside the transaction that makes a digest, before COMMIT",
    "digest.closed": "the digest is made, and not sent",
    "digest.joined": "inside the transaction that makes one message of many, before COMMIT",
    "delivery.claimed": "a delivery is marked as being sent",
    "delivery.accepted": "the receiver took it, we have not written so",
}

_plan: dict[str, list[tuple[int, str, bool]]] = {}
_passed: dict[str, int] = {}


def _parse(text: str) -> None:
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        spec, _, error = part.partition("=")
        name, _, nth = spec.partition(":")
        if name not in POINTS:
            raise ValueError(f"RECORDWATCH_FAULT names {name!r}; known points: {', '.join(POINTS)}")
        _plan.setdefault(name, []).append((int(nth or 1), error.rstrip("*"), error.endswith("*")))


_parse(os.environ.get("RECORDWATCH_FAULT", ""))


def fault(name: str) -> None:
    """Pass the fault point `name`; returns at once unless RECORDWATCH_FAULT names it."""
    if not _plan:
        return
    steps = _plan.get(name)
    if steps is None:
        return
    _passed[name] = count = _passed.get(name, 0) + 1
    for nth, error, always in steps:
        if count != nth and not (always and count > nth):
            continue
        if not error:
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(getattr(errno, error), os.strerror(getattr(errno, error)), name)
