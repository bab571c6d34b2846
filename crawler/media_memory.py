"""What the catalog and the store hold of a recording, for the next crawl to compare with."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from archive.catalog.held import held_captures
from archive.holdings import Holdings
from archive.model import Held
from archive.store.base import ObjectMissing
from archive.warc.reader import NotAWarc, read_member
from crawler.capture.media.answer import Format
from crawler.capture.media.memory import MEDIA_TYPE, Memory
from crawler.capture.media.playlist import unsigned
from releases.models import FileVersion

MOST_CAPTURES = 1000
"""Captures of the very same bytes that are looked at, newest first."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A file's newest bytes and what was kept of where they came from."""

    digest: str
    capture: str
    memory: Memory
    witnesses: Mapping[str, Held]
    """By capture id: what a later request is made conditional by."""

    def witness_of(self, format_: Format) -> Held | None:
        """What a file gave before whose link differs in host, query and signature alone; None: nothing sure."""
        for part in self.memory.parts:
            held = self.witnesses.get(part.witness)
            if held is not None and not part.pieces and unsigned(part.url) == unsigned(format_.url):
                return held
        return None


def remember(holdings: Holdings, file_id: str) -> Remembered | None:
    """What is remembered of a file's newest version; None where nothing is, or can be read.

    Raises:
        StoreUnavailable and the database's errors.
    """
    from archive.catalog.models import Capture, Derived

    newest = FileVersion.objects.filter(file=file_id).order_by("-number").values_list("digest", "capture").first()
    if newest is None:
        return None
    digest, capture = newest
    captures = Capture.objects.filter(payload_digest=digest).order_by("-at").values_list("id", flat=True)
    told = Derived.objects.filter(kind="metadata", mime=MEDIA_TYPE).order_by("-at", "-id")
    places = told.values_list("warc", "offset", "length")
    # The same bytes may be another file's too, found in another way: its own memory comes first.
    place = places.filter(capture=capture).first()
    place = place or places.filter(capture__in=list(captures[:MOST_CAPTURES])).first()
    if place is None:
        return None
    try:
        with holdings.store.open(*place) as stream:
            block = read_member(io.BytesIO(stream.read())).block.read()
        memory = msgspec.json.decode(block, type=Memory)
    except (ObjectMissing, NotAWarc, msgspec.DecodeError):
        return None  # `verify` names what is damaged; the recording is taken anew
    if not memory.parts or memory.parts[0].digest != digest:
        return None
    before = held_captures([part.witness for part in memory.parts if part.witness])
    return Remembered(digest, capture, memory, {name: one.held for name, one in before.items()})
