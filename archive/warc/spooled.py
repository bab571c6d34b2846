"""Payloads of captures that are still in the spool."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from archive.model import CaptureRow
from archive.warc.naming import OPEN
from archive.warc.reader import open_entity
from config.errors import RecordwatchError


class PayloadElsewhere(RecordwatchError):
    """The spool does not hold this capture's payload: look in the store."""


class SpooledPayloads:
    """Where in the spool each capture of a crawl lies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[str, tuple[str, int, str]] = {}

    def add(self, row: CaptureRow) -> None:
        """Notes a durable capture."""
        self._places[row.id] = row.warc.rpartition("/")[2], row.offset, row.refers_to

    def open(self, capture: str) -> BinaryIO:
        """The entity body. Raises PayloadElsewhere."""
        place = self._places.get(capture)
        if place is not None and place[2]:
            place = self._places.get(place[2])
        if place is None:
            raise PayloadElsewhere("This capture's payload is not in the spool", where=capture)
        name, offset, _ = place
        for path in (self._folder / (name + OPEN), self._folder / name, self._folder / (name + OPEN)):
            try:
                return open_entity(path, offset)
            except FileNotFoundError:
                continue
        raise PayloadElsewhere("This capture's WARC has left the spool", where=name)
