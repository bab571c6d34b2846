"""The shapes of facts, as `FileFacts.facts` holds them. None of them holds words of a document's pages."""

from __future__ import annotations

from typing import Literal

import msgspec

BoxKind = Literal["path", "image", "annotation"]


class Box(msgspec.Struct, frozen=True):
    """An opaque dark or single-coloured area drawn on a page: what redactions look like.

    Coordinates in points (1/72 inch), origin at the page's lower left corner, not rotated.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    kind: BoxKind
    covers: int = 0
    """Characters of live text under it."""


class PdfPage(msgspec.Struct, frozen=True):
    """One page."""

    width: float
    """Points, as is `height`."""
    height: float
    characters: int
    """Of live text, quarantined ones included."""
    boxes: tuple[Box, ...] = ()
    images: int = 0
    picture: str = ""
    """Perceptual hash of the page as drawn: 16 hex digits; empty when it was not drawn."""
    turned: int | None = None
    """Degrees clockwise by which it is shown turned: 0, 90, 180, 270. `width`, `height` and `boxes` are of the page
    before that. None where it was read by a version that did not look.
    """


class PdfFacts(msgspec.Struct, frozen=True, tag="pdf", tag_field="kind"):
    """A PDF. `pages` may be fewer than `count` when it has very many, or is damaged."""

    count: int
    pages: tuple[PdfPage, ...]
    metadata: dict[str, str] = {}
    """Title, Author, Subject, Keywords, Creator, Producer, CreationDate, ModDate where present."""


class ImageFacts(msgspec.Struct, frozen=True, tag="image", tag_field="kind"):
    """A picture."""

    width: int
    """Pixels, as is `height`."""
    height: int
    format: str
    frames: int = 1
    picture: str = ""
    """Perceptual hash of the first frame: 16 hex digits."""
    metadata: dict[str, str] = {}
    note: str = ""
    """Why this is not all: one sentence, e.g. of a file that ends early."""


class Stream(msgspec.Struct, frozen=True, omit_defaults=True):
    """One stream of a recording; what its container does not say is None or empty."""

    kind: str
    """video, audio, subtitle, data, attachment; `cover` for a still picture that comes with sound."""
    codec: str = ""
    profile: str = ""
    width: int | None = None
    """Pixels as stored, as is `height`: `rotation` is not applied."""
    height: int | None = None
    rotation: int = 0
    """Degrees clockwise that a player turns the picture: 0, 90, 180, 270."""
    frame_rate: float | None = None
    """Per second, on average."""
    sample_rate: int | None = None
    """Hertz."""
    channels: int | None = None
    bit_rate: int | None = None
    """Bits per second."""
    language: str = ""
    """As the container says it, mostly three letters of ISO 639-2."""


class MediaFacts(msgspec.Struct, frozen=True, tag="media", tag_field="kind"):
    """Audio or video, as far as its container says."""

    container: str
    duration: float | None = None
    """Seconds."""
    streams: tuple[str, ...] = ()
    """One phrase each, e.g. `audio pcm_s16le 8000 Hz 1 channel`, `video avc1 1280x720`."""
    metadata: dict[str, str] = {}
    note: str = ""
    """Why this is not all: one sentence."""
    bit_rate: int | None = None
    """Of the whole, bits per second; this and `details` only where ffprobe read it."""
    details: tuple[Stream, ...] = ()
    """The streams again, in the same order, as values."""


Facts = PdfFacts | ImageFacts | MediaFacts


class TextRead(msgspec.Struct, frozen=True, tag="text", tag_field="kind"):
    """What came of looking for the text of a file, where that is worth a word: see `releases.text.readings`."""

    pages: int = 0
    """Pages with words."""
    trouble: str = ""
    """One of `releases.text.outcome.Trouble`."""
    error: str = ""
    """One sentence."""


class ReadPage(msgspec.Struct, frozen=True):
    """One page that was read off its picture."""

    page: int
    """From 1."""
    confidence: int
    """Percent: what the engine thinks of its own words, long ones counting more. 0 where it found none."""


class OcrRead(msgspec.Struct, frozen=True, tag="ocr", tag_field="kind"):
    """What came of reading the words off a scanned document or a picture."""

    pages: tuple[ReadPage, ...] = ()
    trouble: str = ""
    """One of `releases.text.outcome.Trouble`: of the first page that could not be read, or why it ended early."""
    error: str = ""
    placed: bool = False
    """Where its words stand is kept too (`releases.text.places`); of what was read in earlier versions it is not."""


READINGS = ("text", "ocr")
"""Kinds of `FileFacts` that say what came of reading a file's words, not what the file is like."""


class Trouble(msgspec.Struct, frozen=True):
    """Why there are no facts."""

    why: str
    """One of `releases.text.outcome.Trouble`."""
    error: str
    """One sentence."""
