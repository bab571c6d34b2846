"""How much was asked for lately, by whom: counts that hold over all processes of this machine, and cost no database.

A file of slots below the home. A slot holds a keyed hash of who asked, the minute, and the sum; whoever asks locks the
file for some microseconds. Where two share a slot's neighbourhood the older minute gives way.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from django.utils.crypto import salted_hmac

WINDOW = 60
"""Seconds."""
_SLOT = struct.Struct("<8sII")
_SLOTS = 16_384
_NEAR = 8
"""Slots in which one name may stand."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of this minute."""

    limit: int
    left: int
    """Below 0: too much was asked."""
    reset: int
    """Seconds until the next minute."""


def spend(folder: Path, who: str, cost: int, limit: int, now: float | None = None) -> Allowance:
    """Count `cost` for `who`. What is refused counts as well, up to the limit: it ends with the minute.

    Raises:
        OSError: the file cannot be written.
    """
    moment = time.time() if now is None else now
    minute = int(moment) // WINDOW
    name = salted_hmac("recordwatch api", who, algorithm="sha256").digest()[:8]
    with (folder / "api-limits").open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = _SLOT.size * _SLOTS
        if os.fstat(file.fileno()).st_size != size:
            file.truncate(size)
        with mmap.mmap(file.fileno(), size) as slots:
            used = _count(slots, name, minute, cost, limit)
    return Allowance(limit, limit - used, WINDOW - int(moment) % WINDOW)


def _count(slots: mmap.mmap, name: bytes, minute: int, cost: int, limit: int) -> int:
    first = int.from_bytes(name, "little") % _SLOTS
    places = [(first + step) % _SLOTS * _SLOT.size for step in range(_NEAR)]
    known = [(place, *_SLOT.unpack_from(slots, place)) for place in places]
    own = next((one for one in known if one[1] == name), None)
    place, _name, then, used = own or min(known, key=lambda one: one[2])
    used = used if own and then == minute else 0
    used = min(used + cost, limit + 1)
    _SLOT.pack_into(slots, place, name, minute, used)
    return used
