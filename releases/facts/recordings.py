"""A recording looked at by every reader that is here: ours, ffprobe for its streams, ffmpeg for a poster.

Where a program is missing or fails, what the others know stands.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from releases.facts.cut_short import cut_short
from releases.facts.gather import CutOff, gather, is_recording
from releases.facts.model import Facts, ImageFacts, MediaFacts, Trouble
from releases.facts.poster import NoPoster, has_pictures, poster
from releases.facts.probe import engine, probe, version
from releases.facts.worker import ENGINE, FactsWorker

_HEAD = 512


@dataclass(frozen=True, slots=True)
class Programs:
    """Paths; empty where a program is not here, or not wanted."""

    ffprobe: str = ""
    ffmpeg: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found out about some bytes."""

    facts: Facts | Trouble
    engine: str
    poster: bytes = b""
    """A JPEG; empty where there is none."""
    poster_engine: str = ""
    trouble: str = ""
    """Why a video has no poster: one sentence."""


def look(
    worker: FactsWorker,
    programs: Programs,
    mime: str,
    source: BinaryIO,
    *,
    url: str,
    size: int,
    with_poster: bool = True,
) -> Seen:
    """What a payload is like inside. Whatever it is, no exception is raised for it.

    Args:
        worker: our own readers.
        programs: the others.
        mime: as served; `url`, where: as of `FactsWorker.read`.
        url: see `mime`.
        source: its bytes from their start; read once, and not closed.
        size: how many there are.
        with_poster: a poster of these bytes is wanted.

    Raises:
        OSError: `source` cannot be read, or a program not be started.
    """
    if mime.startswith("image/") or not (programs.ffprobe or programs.ffmpeg):
        return Seen(worker.read(mime, source, url=url, size=size), ENGINE)
    head = source.read(_HEAD)
    source = _again(head, source)
    if not is_recording(head):
        return Seen(worker.read(mime, source, url=url, size=size), ENGINE)
    with tempfile.TemporaryDirectory(prefix="recordwatch-") as name:
        folder = Path(name)
        path = folder / "recording"
        try:
            whole = gather(source, size, path)
        except CutOff:
            return Seen(Trouble("damaged", "its bytes end before their end"), ENGINE)
        with path.open("rb") as copied:
            ours = worker.read(mime, copied, url=url, size=size)
        if isinstance(ours, ImageFacts):
            return Seen(ours, ENGINE)
        facts, by = ours, ENGINE
        if programs.ffprobe and not isinstance(found := probe(programs.ffprobe, path, folder), Trouble):
            facts, by = _merged(found, ours, cut_short(path)), engine(programs.ffprobe)
        if not (programs.ffmpeg and with_poster and isinstance(facts, MediaFacts) and has_pictures(facts)):
            return Seen(facts, by)
        made = poster(programs.ffmpeg, path, folder, facts, whole=whole)
        if isinstance(made, NoPoster):
            return Seen(facts, by, trouble=made.error)
        return Seen(facts, by, made, f"ffmpeg {version(programs.ffmpeg)}".strip())


class _Rest(io.RawIOBase):
    """What was read of a stream that cannot seek, then the rest of it."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or self._rest.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def _again(head: bytes, source: BinaryIO) -> BinaryIO:
    """`source` from its start, of which `head` was read."""
    if source.seekable():
        source.seek(-len(head), io.SEEK_CUR)
        return source
    return io.BufferedReader(_Rest(head, source), 1024**2)


def _merged(found: MediaFacts, ours: Facts | Trouble, note: str) -> MediaFacts:
    """What ffprobe says, and what only we noticed."""
    if not isinstance(ours, MediaFacts):
        return msgspec.structs.replace(found, note=note)
    return msgspec.structs.replace(
        found,
        duration=found.duration or ours.duration,
        metadata={**ours.metadata, **found.metadata},
        note=ours.note or note,
    )
