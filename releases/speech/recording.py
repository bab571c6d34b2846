"""A whole recording, piece by piece: ffmpeg cuts its sound, the engine listens, progress is kept after each piece.

Pieces end where the engine last finished a sentence, so that no word is cut in two.
"""

from __future__ import annotations

import os
import wave
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import msgspec

from releases.facts.probe import CLOSED
from releases.sandbox.program import Allowed, ProgramFailed, run
from releases.speech.engine import Engine, transcribe
from releases.speech.model import Segment, Transcript, Why

PIECE = 300
"""Seconds that are listened to at once: what a kill may cost."""
_RATE = 16_000
_ATTEMPTS = 3
_NEAR = 1.0
"""Seconds: what ends so close to the end of a piece may be cut off there."""


class Progress(msgspec.Struct):
    """What was heard so far of a recording."""

    engine: str
    heard: float = 0.0
    """Seconds from its start."""
    segments: list[Segment] = []
    language: str = ""
    trouble: Why = ""
    error: str = ""
    done: bool = False
    failures: int = 0
    """Runs in which the engine failed before it had heard a word."""

    def transcript(self) -> Transcript:
        return Transcript(tuple(self.segments), self.language, self.engine, self.trouble, self.error)


def listen(
    ffmpeg: str, engine: Engine, path: Path, language: str, kept: Path, *, most: float, go_on: Callable[[], bool],
    piece: int = PIECE,
) -> Progress:  # fmt: skip
    """Listen to the recording at `path` from where `kept` says, until its end, `most`, or `go_on` says no.

    Args:
        ffmpeg: path of the program.
        engine: who listens.
        path: the recording; other files are written beside it.
        language: `en`, `es-MX`; empty: the engine finds out.
        kept: where progress is written after each piece; another engine's is not gone on with.
        most: seconds of the recording that are listened to.
        go_on: asked before each piece.
        piece: seconds.

    Raises:
        OSError: a program cannot be started, or the disk is full.
    """
    state = load(kept, engine)
    if state.failures and not state.segments:
        state = Progress(engine.label, failures=state.failures)
    while not state.done and go_on():
        with TemporaryDirectory(dir=path.parent) as name:
            wav = Path(name) / "piece.wav"
            length = float(min(piece, most - state.heard))
            try:
                lasts = _cut(ffmpeg, path, wav, state.heard, length) if length > 0 else 0.0
            except ProgramFailed as failed:
                # Of a recording that is broken in its middle, what was heard before stays.
                state.trouble, state.error = cast("Why", failed.why), failed.error.replace(f"file:{path}", "it")
                state.done = True
                save(kept, state)
                break
            if lasts > 0:
                _take(state, transcribe(engine, wav, language, lasts), lasts, length)
            state.done = state.done or lasts < length - _NEAR or state.heard >= most
        if state.done and not state.segments and not state.trouble:
            state.trouble = "no words" if state.heard else "no sound"
            state.error = "nothing was said that the engine understood" if state.heard else "it has no sound"
        save(kept, state)
    return state


def has_failed(state: Progress) -> bool:
    """Whether the engine failed over a recording, and may not the next time: not yet what is said of the recording."""
    return 0 < state.failures < _ATTEMPTS and not state.segments


def load(kept: Path, engine: Engine) -> Progress:
    """What is kept of an earlier run, or a new beginning."""
    try:
        state = msgspec.json.decode(kept.read_bytes(), type=Progress)
    except (OSError, msgspec.MsgspecError):
        return Progress(engine.label)
    return state if state.engine == engine.label else Progress(engine.label)


def save(kept: Path, state: Progress) -> None:
    """All of it or nothing, whenever we are killed."""
    beside = kept.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(msgspec.json.encode(state))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(kept)


def _take(state: Progress, heard: Transcript, lasts: float, length: float) -> None:
    """Add a piece that begins at `state.heard`."""
    begin = state.heard
    state.language = state.language or heard.language
    segments = list(heard.segments)
    state.heard = begin + lasts
    last = segments[-1] if segments else None
    more_to_come = lasts >= length - _NEAR
    if last is not None and more_to_come and last.end > lasts - _NEAR and last.start > lasts / 2:
        segments.pop()
        state.heard = begin + last.start
    for one in segments:
        state.segments.append(Segment(begin + one.start, begin + one.end, one.text, one.confidence))
    if heard.trouble:
        state.trouble, state.error, state.done = heard.trouble, heard.error, True
        state.failures += not state.segments


def _cut(ffmpeg: str, path: Path, wav: Path, start: float, length: float) -> float:
    """Seconds of sound that were written to `wav`. Raises ProgramFailed."""
    command = [
        ffmpeg, "-v", "error", "-nostdin", "-hide_banner", "-y", *CLOSED, "-ss", f"{start:.3f}", "-i", f"file:{path}",
        "-t", f"{length:.3f}", "-map", "0:a:0?", "-vn", "-sn", "-dn", "-map_metadata", "-1",
        "-ac", "1", "-ar", str(_RATE), "-c:a", "pcm_s16le", "-f", "wav", str(wav),
    ]  # fmt: skip
    try:
        run(command, wav.parent, Allowed(120 + length, written=64 * 1024**2))
    except ProgramFailed as failed:
        if "not contain any stream" in failed.error:
            return 0.0
        raise
    if not wav.is_file():
        return 0.0
    with wave.open(str(wav), "rb") as sound:
        return sound.getnframes() / _RATE
