"""What the resolver's process says, as types: nothing else of it is believed."""

from __future__ import annotations

import msgspec

Number = int | float | None


class Piece(msgspec.Struct, frozen=True):
    """One stretch of a DASH representation; `url`, or `path` below the format's `base`."""

    url: str = ""
    path: str = ""
    duration: Number = None


class Format(msgspec.Struct, frozen=True):
    """One form in which a recording can be had. The better, the later it comes in `Info.formats`."""

    url: str
    format_id: str = ""
    format_note: str = ""
    manifest_url: str = ""
    protocol: str = ""
    ext: str = ""
    vcodec: str | None = None
    """`none`: there is no picture in it. None: unknown."""
    acodec: str | None = None
    width: Number = None
    height: Number = None
    fps: Number = None
    tbr: Number = None
    filesize: Number = None
    language: str = ""
    language_preference: Number = None
    has_drm: bool | str | None = None
    container: str = ""
    headers: dict[str, str] = {}
    """Referer and Origin that the host wants to see."""
    base: str = ""
    pieces: tuple[Piece, ...] = ()


class Caption(msgspec.Struct, frozen=True):
    """One form of one track of captions."""

    language: str
    url: str
    ext: str = ""
    automatic: bool = False
    protocol: str = ""


class Thumbnail(msgspec.Struct, frozen=True):
    """A still of the host's."""

    url: str
    id: str = ""
    width: Number = None
    height: Number = None


class Info(msgspec.Struct, frozen=True):
    """What a host says of one recording."""

    id: str = ""
    extractor: str = ""
    extractor_key: str = ""
    title: str = ""
    description: str = ""
    uploader: str = ""
    uploader_id: str = ""
    uploader_url: str = ""
    upload_date: str = ""
    """`YYYYMMDD`."""
    duration: Number = None
    """Seconds."""
    webpage_url: str = ""
    live_status: str = ""
    availability: str = ""
    age_limit: Number = None
    formats: tuple[Format, ...] = ()
    captions: tuple[Caption, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()


class Refusal(msgspec.Struct, frozen=True):
    """Why there is none, in the resolver's own words."""

    kind: str
    """Class of its error: `UnsupportedError`, `GeoRestrictedError`, `ExtractorError` …"""
    said: str
    status: int = 0
    """Of the answer that was the cause; 0 when there was none."""
    url: str = ""
    """Where that answer came from."""


class Answer(msgspec.Struct, frozen=True):
    """One of both."""

    info: Info | None = None
    trouble: Refusal | None = None
