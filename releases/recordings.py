"""What was made of recordings besides facts: a poster, a copy that plays, captions, a transcript. By payload digest."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING

from archive.access import restricted

if TYPE_CHECKING:
    from archive.holdings import Holdings

POSTER = "image/jpeg"
PLAYABLE = "video/mp4"
WORDS = "text/vtt"
CAPTIONS = "captions"
"""How the engine of captions begins, which came with the recording; what else is `WORDS` was heard by a machine here."""
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
    return {digest: made[-1] for digest, made in _made(digests, POSTER).items()}


def playable_copies(digests: Collection[str]) -> dict[str, Made]:
    """The newest copy that browsers play (MP4) of each of these payloads that has one; see `posters`. Without one, the
    payload plays as it is, or nowhere.
    """
    return {digest: made[-1] for digest, made in _made(digests, PLAYABLE).items()}


def transcripts(digests: Collection[str]) -> dict[str, Made]:
    """The newest transcript (WebVTT, see `releases.speech.vtt`) of each of these payloads that an engine on this machine
    listened to; see `posters`.
    """
    heard = {digest: [one for one in made if not _came(one)] for digest, made in _made(digests, WORDS).items()}
    return {digest: made[-1] for digest, made in heard.items() if made}


def captions(digests: Collection[str]) -> dict[str, tuple[Made, ...]]:
    """The captions (WebVTT) that came with each of these payloads that has any: of each track the newest, by the name
    of its engine, which says whose they are and in which language (`captions, en`; `captions by a machine, es`).
    """
    tracks = {digest: {one.engine: one for one in made if _came(one)} for digest, made in _made(digests, WORDS).items()}
    return {digest: tuple(by_name[name] for name in sorted(by_name)) for digest, by_name in tracks.items() if by_name}


def content(holdings: Holdings, made: Made) -> bytes:
    """What a record holds; of texts without names that are not told.

    Raises:
        ObjectMissing, StoreUnavailable, NotAWarc, Damage.
    """
    from archive.warc.whole_block import whole_block
    from releases.access import without_names

    with (
        holdings.store.open(made.warc, made.offset, made.length) as stream,
        closing(io.BytesIO(stream.read())) as member,
    ):
        data = whole_block(member)
    if not made.mime.startswith("text/"):
        return data
    return without_names(data.decode("utf-8", "replace")).encode()


def _came(made: Made) -> bool:
    return made.engine.startswith(CAPTIONS)


def _made(digests: Collection[str], mime: str) -> dict[str, list[Made]]:
    """All of one type, the oldest first."""
    from archive.catalog.models import Capture, Derived

    shown = sorted(set(digests) - {""} - restricted(digests))
    captures: dict[str, str] = {}
    for part in _slices(shown):
        captures.update(Capture.objects.filter(payload_digest__in=part).values_list("id", "payload_digest"))
    found: dict[str, list[tuple[datetime, str, Made]]] = {}
    for part in _slices(sorted(captures)):
        rows = Derived.objects.filter(capture__in=part, kind="conversion", mime__startswith=mime)
        for row in rows:
            made = Made(row.id, row.capture, row.mime, row.engine, row.warc, row.offset, row.length)
            found.setdefault(captures[made.capture], []).append((row.at, made.id, made))
    return {digest: [made for *_, made in sorted(rows, key=itemgetter(0, 1))] for digest, rows in found.items()}


def _slices(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _SLICE] for start in range(0, len(values), _SLICE))
