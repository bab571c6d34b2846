"""The bytes of a capture from any place in them: what range requests and viewers ask for, memory flat whatever the size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from archive.warc.parts import PartMissing
from archive.warc.reader import read_member, response_parts
from archive.warc.spooled import Place
from archive.warc.stored import NotStored, StoredMember

if TYPE_CHECKING:
    from archive.holdings import Holdings
    from archive.warc.head import Head

PIECE = 256 * 1024
"""Bytes given at once."""


class Body(Protocol):
    """Bytes that can be had from any place."""

    coding: tuple[str, ...]
    """Content codings, in the order they were applied: the bytes are as they were sent."""
    direct: bool
    """Whether a place in it is found without reading what is before it."""
    length: int
    """Bytes; -1 where only reading it tells."""

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        """`length` bytes from `start`, fewer at its end, at most PIECE at a time."""


def payload(holdings: Holdings, capture: str) -> Body:
    """The entity body (de-chunked, not content-decoded) that a capture stands for: a revisit gives its original's.

    Raises (also while its pieces are read):
        NotHeld, NotAWarc, PartMissing, ObjectMissing, StoreUnavailable and the database's errors.
    """
    from archive.holdings import NotHeld

    place = holdings.place(capture)
    if place.kind.startswith("revisit"):
        place = holdings.place(place.refers_to)
    if place.kind == "assembled":
        return _Assembled(holdings, place)
    if place.kind not in {"response", "deposit"}:
        raise NotHeld(f"this capture has no body ({place.kind})", where=capture)
    return _One(holdings, place)


def derived(holdings: Holdings, warc: str, offset: int, length: int) -> Body:
    """What a `conversion` record holds, by where it lies. Raises NotAWarc, ObjectMissing, StoreUnavailable."""
    return _One(holdings, Place(warc, offset, length, "response"))


class _One:
    """The entity of one record: by arithmetic where it is stored, else read from its start."""

    def __init__(self, holdings: Holdings, place: Place) -> None:
        self._holdings = holdings
        self._place = place
        self._member: StoredMember | None = None
        self._start = 0
        self.length = -1
        try:
            member = StoredMember(self._fetch, place.offset)
            head: Head | None = None
            if member.headers.type == "response":
                head, self._start = member.response()
            if head is None or not head.chunked:
                self._member = member
                self.length = member.length - self._start
        except NotStored:
            with holdings.open_member(place) as stream:
                record = read_member(stream)
                if record.headers.type == "response":
                    head = response_parts(record, stream).head
                else:
                    head, self.length = None, record.block.left
        self.coding = _codings(head)
        self.direct = self._member is not None

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        if self._member is not None:
            for many in self._member.pieces(self._start + start, length):
                for at in range(0, len(many), PIECE):
                    yield many[at : at + PIECE]
            return
        with self._holdings.open_member(self._place) as member:
            record = read_member(member)
            stream = response_parts(record, member).body if record.headers.type == "response" else record.block
            while start > 0 and (skipped := stream.read(min(start, PIECE))):
                start -= len(skipped)
            while length > 0 and (piece := stream.read(min(length, PIECE))):
                length -= len(piece)
                yield piece

    def _fetch(self, offset: int, size: int) -> bytes:
        with self._holdings.store.open(self._place.warc, offset, size) as stream:
            return stream.read(size)


class _Assembled:
    """A file that came in parts: each is opened when its turn comes, those before `start` never."""

    coding: tuple[str, ...] = ()  # what came in parts was not coded
    direct = True

    def __init__(self, holdings: Holdings, place: Place) -> None:
        self._holdings = holdings
        manifest = holdings.manifest(place)
        self._parts, self.length = manifest.parts, manifest.length

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        at, end = 0, start + length
        for part in self._parts:
            first = max(start - at, 0)
            wanted = min(end - at, part.length) - first
            at += part.length
            if wanted <= 0:
                if at >= end:
                    return
                continue
            left = wanted
            for piece in payload(self._holdings, part.capture).pieces(part.start + first, wanted):
                left -= len(piece)
                yield piece
            if left:
                raise PartMissing(f"{left} bytes of this part are missing", where=part.capture)


def _codings(head: Head | None) -> tuple[str, ...]:
    said = [value for name, value in head.headers if name.lower() == b"content-encoding"] if head else []
    named = (one.strip().lower() for value in said for one in value.decode("latin-1").split(","))
    return tuple(one for one in named if one not in {"", "identity"})
