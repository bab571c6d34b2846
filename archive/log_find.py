"""Which entry of the witness log is about an object, without walking the whole log."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.log import WitnessLog
from archive.log_entry import LogEntry, token_key
from archive.store.base import ObjectMissing

NEAR = 64
"""Entries looked at on each side of the moment: others may have appended in between."""
_MARGIN = 1.0
"""Seconds by which two clocks of one home may differ."""


def entry_about(log: WitnessLog, key: str, near: datetime) -> LogEntry | None:
    """The entry that witnesses the object `key`, which was sealed about `near`; None where none of those written about
    then does. About 3 log2(n) questions to the store.

    Raises:
        LogDamaged, StoreRefused, StoreUnavailable.
    """
    last = log.head()
    low, high = 1, last + 1
    moment = near.timestamp() - _MARGIN
    while low < high:
        middle = (low + high) // 2
        if _written(log, middle) < moment:
            low = middle + 1
        else:
            high = middle
    later = range(low, min(low + NEAR, last + 1))
    earlier = range(low - 1, max(low - NEAR, 1) - 1, -1)
    for seq in (*later, *earlier):
        entry = next(log.entries(seq), None)
        if entry is not None and entry.key == key:
            return entry
    return None


def timestamped(log: WitnessLog, entry: LogEntry) -> bool:
    """Whether an RFC 3161 token lies beside it. Raises StoreRefused, StoreUnavailable."""
    try:
        log.store.stat(token_key(entry.seq))
    except ObjectMissing:
        return False
    return True


def _written(log: WitnessLog, seq: int) -> float:
    entry = next(log.entries(seq), None)
    if entry is None:
        return float("inf")
    return datetime.fromisoformat(entry.at).astimezone(UTC).timestamp()
