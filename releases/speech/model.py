"""What was heard in a recording."""

from __future__ import annotations

from typing import Literal

import msgspec

Why = Literal["", "no sound", "no words", "damaged", "too slow", "too much memory", "crashed"]


class Segment(msgspec.Struct, frozen=True):
    """Some words in a row."""

    start: float
    """Seconds from the recording's start."""
    end: float
    text: str
    confidence: float | None = None
    """0 to 1, as the engine rates itself; None where it does not."""


class Transcript(msgspec.Struct, frozen=True):
    """The words of a recording, or of a piece of it. With `trouble`, `segments` are those before it."""

    segments: tuple[Segment, ...]
    language: str
    """As it was asked for, or found: `en`, `es`."""
    engine: str
    """Name and version of the engine, name and digest of its model."""
    trouble: Why = ""
    error: str = ""
    """One sentence."""
