"""One picture of a video: a frame in which something is to be seen, upright, small.

A black or blank frame is a JPEG of next to nothing, so how many bytes a frame takes says whether there
is something in it: no pixel of a picture that a hostile file made is decoded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from releases.facts.gather import HEAD
from releases.facts.model import MediaFacts
from releases.facts.probe import CLOSED
from releases.sandbox.program import Allowed, ProgramFailed, run

WIDTH = 640
"""Pixels at most."""
MOST_BYTES = 100_000
MIME = "image/jpeg"
_TELLING = 0.02
"""Bytes per pixel at the best quality: black and grey frames take 0.007, soft gradients 0.01, scenes 0.07."""
_PLACES = (0.1, 0.3, 0.6, 0.0)
"""Parts of the duration at which a frame is looked for, until one shows something."""
_QUALITIES = (5, 12, 24, 31)
"""Of ffmpeg's MJPEG, the best first."""
_FRAMES = 40
"""Frames from which the most typical one is chosen."""
_ALLOWED = Allowed(seconds=30, written=16 * 1024**2)


@dataclass(frozen=True, slots=True)
class NoPoster:
    """Why there is none: one sentence."""

    why: Literal["not a video", "damaged", "too slow", "too much memory", "crashed"]
    error: str = ""


def poster(
    program: str, path: Path, folder: Path, facts: MediaFacts, *, whole: bool = True, allowed: Allowed = _ALLOWED
) -> bytes | NoPoster:
    """A JPEG of at most WIDTH pixels and MOST_BYTES bytes.

    Args:
        program: ffmpeg.
        path: the recording.
        folder: where ffmpeg works.
        facts: of the same recording.
        whole: `path` is all of it; else only its head is looked at (see `gather`).
        allowed: limits of one frame.

    Raises:
        OSError: `program` cannot be started.
    """
    if not has_pictures(facts):
        return NoPoster("not a video")
    best, failure = b"", NoPoster("damaged", "no frame could be made out")
    for place in _places(path.stat().st_size, whole=whole):
        try:
            made = _small_frame(program, path, folder, place * (facts.duration or 0.0), allowed)
        except ProgramFailed as failed:
            failure = NoPoster(_why(failed.why), failed.error.replace(f"file:{path}", "it"))
            if failed.why == "too slow":
                break  # the next would be as slow
            continue
        best = max(best, made, key=len)
        if len(made) >= _TELLING * _pixels(made):
            break
    return best or failure


def _places(size: int, *, whole: bool) -> tuple[float, ...]:
    """Parts of the duration of which the bytes are there."""
    if whole:
        return _PLACES
    reach = 0.8 * min(1.0, HEAD / max(size, 1))
    return (min(_PLACES[0], reach / 2), 0.0)


def has_pictures(facts: MediaFacts) -> bool:
    """Whether it has a stream of moving pictures; the cover of a song is none."""
    if facts.details:
        return any(one.kind == "video" for one in facts.details)
    return any(phrase.startswith("video") for phrase in facts.streams)


def _small_frame(program: str, path: Path, folder: Path, at: float, allowed: Allowed) -> bytes:
    """A frame from `at` seconds on, at the best quality that is small enough; empty where there is none."""
    for quality in _QUALITIES:
        made = _frame(program, path, folder, at, quality, allowed)
        if len(made) <= MOST_BYTES:
            return made if made.startswith(b"\xff\xd8\xff") else b""
    return b""


def _frame(program: str, path: Path, folder: Path, at: float, quality: int, allowed: Allowed) -> bytes:
    out = folder / "poster.jpg"
    out.unlink(missing_ok=True)
    # Square pixels first: what a player would show. `V`: video, but neither covers nor thumbnails.
    width = f"min({WIDTH},iw*sar)"
    shape = f"scale=w='trunc({width}/2)*2':h='max(2,trunc(ih*{width}/(iw*sar)/2)*2)',setsar=1,format=yuvj420p"
    command = [
        program, "-v", "error", "-nostdin", "-hide_banner", "-y", "-threads", "1", *CLOSED,
        "-probesize", str(16 * 1024**2), "-ss", f"{at:.3f}", "-t", "20", "-i", f"file:{path}",
        "-map", "0:V:0", "-an", "-sn", "-dn", "-map_metadata", "-1",
        "-vf", f"thumbnail={_FRAMES},{shape}", "-frames:v", "1", "-threads", "1", "-filter_threads", "1",
        "-c:v", "mjpeg", "-q:v", str(quality), "-f", "image2", "-update", "1", str(out),
    ]  # fmt: skip
    run(command, folder, allowed)
    return out.read_bytes() if out.is_file() else b""


def _pixels(jpeg: bytes) -> int:
    """Width times height, as its frame header says; one where it has none."""
    at = 2
    while at + 9 < len(jpeg) and jpeg[at] == 0xFF:
        if jpeg[at + 1] in {0xC0, 0xC1, 0xC2}:
            return max(1, int.from_bytes(jpeg[at + 5 : at + 7], "big") * int.from_bytes(jpeg[at + 7 : at + 9], "big"))
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return 1


def _why(said: str) -> Literal["damaged", "too slow", "too much memory", "crashed"]:
    match said:
        case "too slow" | "too much memory" | "crashed":
            return said
        case _:
            return "damaged"
