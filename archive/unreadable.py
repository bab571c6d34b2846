"""What stands between the catalog and bytes that it knows: told without reading much, so that a page can say it."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal

from archive.store.base import ObjectMissing, StoreRefused, StoreUnavailable
from archive.store.folder import FolderStore
from archive.warc.fixity import verify_record
from archive.warc.parts import PartMissing
from archive.warc.reader import NotAWarc, read_member
from archive.warc.source import Damage

if TYPE_CHECKING:
    from archive.holdings import Holdings
    from archive.warc.spooled import Place

State = Literal["missing", "cut", "damaged", "unreachable"]
"""missing: the store has no such WARC; cut: it ends before the record does; damaged: the record is not what its digests
say; unreachable: the store gives nothing now.
"""
READ = 2 * 1024**2
"""Bytes of a record up to which it is read whole and hashed; of longer ones the start is looked at."""
_FRESH = 600.0
"""Seconds for which bytes that were hashed and good are not hashed again. The WARC's size is asked for each time."""
_KEPT = 5000
_MOST_PARTS = 200

Errors = (ObjectMissing, PartMissing, NotAWarc, Damage, StoreUnavailable, StoreRefused)
"""What reading archived bytes raises where they cannot be had."""
_good: OrderedDict[tuple[str, str, int, int], float] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why the record at `offset` of the WARC with the key `warc` cannot be read."""

    state: State
    warc: str = ""
    offset: int = 0
    length: int = 0


def state_of(error: BaseException) -> State:
    """What one of `Errors` says of the bytes that were asked for."""
    if isinstance(error, ObjectMissing):
        return "missing"
    return "unreachable" if isinstance(error, (StoreUnavailable, StoreRefused)) else "damaged"


def unreadable(holdings: Holdings, capture: str) -> Unreadable | None:
    """Why the bytes that a capture stands for cannot be given now; None where nothing speaks against it.

    One question to the store, and for what is not larger than READ its bytes. Damage inside of larger ones is found
    when they are sent, or by `recordwatch verify --full`.

    Raises:
        NotHeld and the database's errors.
    """
    place, ident = holdings.place(capture), capture
    if place.kind.startswith("revisit"):
        place, ident = holdings.place(place.refers_to), place.refers_to
    if (found := at_place(holdings, place, ident)) is not None or place.kind != "assembled":
        return found
    try:
        parts = holdings.manifest(place).parts
    except Errors as error:
        return _told(error, place)
    seen: set[str] = set()
    for part in parts[:_MOST_PARTS]:
        lies = holdings.place(part.capture)
        if lies.warc not in seen and (found := at_place(holdings, lies, part.capture)) is not None:
            return found
        seen.add(lies.warc)
    return None


def at_place(holdings: Holdings, place: Place, ident: str = "") -> Unreadable | None:
    """Why the record at `place` cannot be read now. `ident`: its id; empty where any will do."""
    store = holdings.store
    try:
        size = store.stat(place.warc).size
        if size < place.offset + place.length:
            return Unreadable("cut", place.warc, place.offset, place.length)
        key = (store.name, place.warc, place.offset, size)
        if _good.get(key, 0.0) > time.monotonic():
            return None
        whole = place.length <= READ
        with store.open(place.warc, place.offset, place.length) as stream:
            held = _holds(stream, ident, whole=whole)
    except Errors as error:
        if isinstance(error, ObjectMissing) and isinstance(store, FolderStore) and not store.path.is_dir():
            return Unreadable("unreachable", place.warc, place.offset, place.length)  # a disk that is not mounted
        return _told(error, place)
    if not held:
        return Unreadable("damaged", place.warc, place.offset, place.length)
    _good[key] = time.monotonic() + _FRESH
    while len(_good) > _KEPT:
        _good.popitem(last=False)
    return None


def _holds(stream: BinaryIO, ident: str, *, whole: bool) -> bool:
    record = read_member(stream)
    if ident and record.headers.id != ident:
        return False
    return not whole or not verify_record(record)


def _told(error: Exception, place: Place) -> Unreadable:
    return Unreadable(state_of(error), place.warc, place.offset, place.length)
