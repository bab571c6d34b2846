"""Payloads of captures that are still in the spool, and of files that came in parts, wherever these are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from archive.model import CaptureKind, CaptureRow, Part
from archive.warc.naming import OPEN
from archive.warc.parts import PartMissing, read_manifest, stitched
from archive.warc.reader import open_entity
from config.errors import RecordwatchError


class PayloadElsewhere(RecordwatchError):
    """The spool does not hold this capture's payload: look in the store."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a capture's record lies: `length` bytes from `offset` of the WARC with the store key `warc`."""

    warc: str
    offset: int
    length: int
    kind: CaptureKind
    refers_to: str = ""


class Stored(Protocol):
    """What is in the store: `archive.holdings.Holdings`."""

    def place(self, capture: str) -> Place:
        """From the catalog; from any thread that runs no event loop. Raises NotHeld."""

    def open_at(self, place: Place) -> BinaryIO:
        """The entity body of the record at `place`, without the catalog."""


class SpooledPayloads:
    """Where in the spool each capture of a crawl lies."""

    def __init__(self, folder: Path, stored: Stored | None = None) -> None:
        self._folder = folder
        self._stored = stored
        self._places: dict[str, Place] = {}

    def add(self, row: CaptureRow) -> None:
        """Notes a durable capture."""
        self._places[row.id] = Place(row.warc, row.offset, row.length, row.kind, row.refers_to)

    def open(self, capture: str) -> BinaryIO:
        """The entity body. Of a file that came in parts, the whole: its parts may be in the store.

        Raises PayloadElsewhere.
        """
        place = self._places.get(capture)
        if place is not None and place.refers_to:
            place = self._places.get(place.refers_to)
        if place is None:
            raise PayloadElsewhere("This capture's payload is not in the spool", where=capture)
        stream = self._open(place)
        if place.kind != "assembled":
            return stream
        with stream:
            manifest = read_manifest(stream)
        return stitched(manifest.parts, self.open_part)

    def open_part(self, capture: str) -> BinaryIO:
        """The entity body of a part, from the spool or from the store.

        Raises PartMissing, and what the store raises.
        """
        place = self._placed(capture)
        try:
            return self._open(place)
        except PayloadElsewhere as error:
            if self._stored is None:
                raise PartMissing(
                    "a part of this file is neither in the spool nor in a store", where=capture
                ) from error
            return self._stored.open_at(place)

    def original(self, capture: str) -> str:
        """The capture with the bytes that `capture` stands for: itself, or what it is a revisit of; noted, so that
        it can be opened in any thread. May ask the catalog. Raises PartMissing, NotHeld.
        """
        place = self._placed(capture)
        if place.kind.startswith("revisit"):
            capture = place.refers_to
            place = self._placed(capture)
        if place.kind != "response":
            raise PartMissing(f"a capture of the kind {place.kind!r} is no part of a file", where=capture)
        return capture

    def stretches(self, part: Part) -> list[Part]:
        """`part` by captures with bytes of their own: of a file that came in parts itself, those of its parts that it
        reaches into. Raises PartMissing, NotHeld, and what the store raises.
        """
        if self._placed(part.capture).kind != "assembled":
            return [Part(self.original(part.capture), part.start, part.length)]
        with self.open_part(part.capture) as stream:
            manifest = read_manifest(stream)
        found, before, end = [], 0, part.start + part.length
        for one in manifest.parts:
            first, last = max(part.start, before), min(end, before + one.length)
            if first < last:
                found.append(Part(self.original(one.capture), one.start + first - before, last - first))
            before += one.length
        if end > before:
            raise PartMissing(f"{end - before} bytes of this part are missing", where=part.capture)
        return found

    def _placed(self, capture: str) -> Place:
        place = self._places.get(capture)
        if place is None:
            if self._stored is None:
                raise PartMissing("nobody knows this part", where=capture)
            place = self._places[capture] = self._stored.place(capture)
        return place

    def _open(self, place: Place) -> BinaryIO:
        name = place.warc.rpartition("/")[2]
        for path in (self._folder / (name + OPEN), self._folder / name, self._folder / (name + OPEN)):
            try:
                return open_entity(path, place.offset)
            except FileNotFoundError:
                continue
        raise PayloadElsewhere("This capture's WARC has left the spool", where=name)
