"""A recording as its page shows it: what plays, its captions, its transcript beside it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import msgspec
from django.utils.translation import gettext as _

from archive.unreadable import Errors
from releases.facts.model import MediaFacts
from releases.recordings import CAPTIONS, playable_copies, posters
from releases.search.marking import spans
from web.files.asked import Asked
from web.files.byte_views import cue_texts, tracks
from web.files.kinds import plays
from web.files.looking import Looked

CUES = 250
"""Of a transcript that are shown at once."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Some words, and when they are said."""

    start: float
    end: float
    text: str
    marks: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Track:
    """Captions, or a transcript."""

    name: str
    """In its address."""
    label: str
    language: str
    heard: bool
    """By an engine on this machine, checked by nobody."""


@dataclass(frozen=True, slots=True)
class Recording:
    """All of it."""

    source: str
    """`bytes` or `playable`: what the player is given; empty where nobody gets it."""
    copy: bool
    plays: bool
    """Whether every browser plays what the player is given."""
    poster: bool
    tracks: tuple[Track, ...]
    spoken: str
    """Label of the track whose words stand below."""
    cues: tuple[Cue, ...]
    count: int
    """Cues there are."""
    part: int
    parts: int
    hits: tuple[float, ...]
    """Seconds at which words of the query are said, in all of it."""
    unread: bool = False
    """Whether its words cannot be read now."""


def recording(looked: Looked, asked: Asked) -> Recording:
    """What is to be shown."""
    digest = looked.version.digest
    row = looked.newest("media")
    facts = msgspec.convert(row.facts, MediaFacts, strict=False) if row else None
    gives = looked.opened.gives_bytes(looked.viewer)
    copy = digest in playable_copies([digest])
    made = tracks(digest)
    named = [Track(name, _label(one.engine), _language(one.engine), not one.engine.startswith(CAPTIONS)) for name, one in made.items()]  # fmt: skip
    chosen = next((track for track in named if track.heard), named[0] if named else None)
    try:
        cues, unread = cue_texts(made[chosen.name], digest) if chosen else [], False
    except Errors:
        cues, unread = [], True
    marks = [spans(text, asked.q) if asked.q else [] for _start, _end, text in cues]
    found = tuple(start for (start, _end, _text), marked in zip(cues, marks, strict=True) if marked)
    place = bisect_right([start for start, _end, _text in cues], asked.seconds) - 1
    part = asked.cues or max(place, 0) // CUES + 1
    parts = max(1, -(-len(cues) // CUES))
    part = min(part, parts)
    here = slice((part - 1) * CUES, part * CUES)
    shown = tuple(Cue(*cue, marked) for cue, marked in zip(cues[here], marks[here], strict=True))
    return Recording(
        ("playable" if copy else "bytes") if gives else "", copy, copy or (facts is not None and plays(facts)),
        digest in posters([digest]) and looked.opened.why is None, tuple(named), chosen.label if chosen else "", shown,
        len(cues), part, parts, found[:500], unread,
    )  # fmt: skip


def _label(engine: str) -> str:
    if engine.startswith("captions by a machine"):
        return _("Captions that came with it, made by a machine") + _tail(engine)
    if engine.startswith(CAPTIONS):
        return _("Captions that came with it") + _tail(engine)
    return _("Transcript, heard by a machine here")


def _tail(engine: str) -> str:
    return f" ({_language(engine)})" if _language(engine) else ""


def _language(engine: str) -> str:
    """`captions, en` → `en`; empty where it says none."""
    found = engine.rpartition(", ")[2] if engine.startswith(CAPTIONS) and ", " in engine else ""
    return found if found.replace("-", "").isalnum() and len(found) <= 20 else ""
