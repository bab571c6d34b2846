"""What was made of recordings besides facts: a poster to show, a transcript to read. By payload digest."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from archive.access import restricted

if TYPE_CHECKING:
    from archive.holdings import Holdings

POSTER = "image/jpeg"
TRANSCRIPT = "text/vtt"
_SLICE = 500


@dataclass(frozen=True, slots=True)
class Made:
    """A `conversion` record, and the capture it was made of."""

    id: str
    capture: str
    mime: str
    engine: str
    warc: str
    offset: int
    length: int


def posters(digests: Collection[str]) -> dict[str, Made]:
    """The newest poster (a JPEG, see `releases.facts.poster`) of each of these payloads that has one.

    Reads the database. Restricted bytes show nothing of themselves, so they are absent.
    """
    return _newest(digests, POSTER)


def transcripts(digests: Collection[str]) -> dict[str, Made]:
    """The newest transcript (WebVTT, see `releases.speech.vtt`) of each of these payloads that has one; see `posters`."""
    return _newest(digests, TRANSCRIPT)


def content(holdings: Holdings, made: Made) -> bytes:
    """What a record holds.

    Raises:
        ObjectMissing, StoreUnavailable, NotAWarc.
    """
    from archive.warc.reader import read_member

    with (
        holdings.store.open(made.warc, made.offset, made.length) as stream,
        closing(io.BytesIO(stream.read())) as member,
    ):
        return read_member(member).block.read()


def _newest(digests: Collection[str], mime: str) -> dict[str, Made]:
    from archive.catalog.models import Capture, Derived

    shown = sorted(set(digests) - {""} - restricted(digests))
    captures: dict[str, str] = {}
    for part in _slices(shown):
        captures.update(Capture.objects.filter(payload_digest__in=part).values_list("id", "payload_digest"))
    found: dict[str, tuple[datetime, Made]] = {}
    for part in _slices(sorted(captures)):
        rows = Derived.objects.filter(capture__in=part, kind="conversion", mime__startswith=mime)
        for row in rows:
            made = Made(row.id, row.capture, row.mime, row.engine, row.warc, row.offset, row.length)
            digest = captures[made.capture]
            if digest not in found or (found[digest][0], found[digest][1].id) < (row.at, made.id):
                found[digest] = (row.at, made)
    return {digest: made for digest, (_, made) in found.items()}


def _slices(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _SLICE] for start in range(0, len(values), _SLICE))
