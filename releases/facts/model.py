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


Facts = PdfFacts | ImageFacts | MediaFacts


class Trouble(msgspec.Struct, frozen=True):
    """Why there are no facts."""

    why: str
    """One of `releases.text.outcome.Trouble`."""
    error: str
    """One sentence."""
