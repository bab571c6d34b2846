"""What is remembered of a recording: a `metadata` record of its capture, so that it survives every rebuild.

It says what the host said, which bytes were taken and from where, and what the next crawl compares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from crawler.capture.media.answer import Format, Info
from crawler.capture.media.choose import way
from crawler.capture.media.playlist import Stream, unsigned
from crawler.capture.media.take import Taken

MEDIA_TYPE = "application/vnd.recordwatch.media+json"
MOST_DESCRIPTION = 20_000


class Told(msgspec.Struct, frozen=True):
    """What the host says of the recording."""

    id: str
    extractor: str
    title: str = ""
    description: str = ""
    uploader: str = ""
    uploader_url: str = ""
    upload_date: str = ""
    """`YYYY-MM-DD`; empty when unknown."""
    duration: float | None = None
    page: str = ""


class PartTold(msgspec.Struct, frozen=True):
    """One file or stream of it."""

    role: str
    """`recording`, or `picture` and `sound` where they came apart."""
    capture: str
    digest: str
    size: int
    mime: str
    url: str
    """As it was signed then."""
    format: str
    height: float | None = None
    codecs: tuple[str, ...] = ()
    language: str = ""
    pieces: int = 0
    """Exchanges that a stream came in; 0 for a file."""
    encrypted: bool = False
    witness: str = ""
    """Capture whose validators say whether it is still the same."""


class CaptionTold(msgspec.Struct, frozen=True):
    """One track of captions."""

    language: str
    automatic: bool
    ext: str
    capture: str


class Memory(msgspec.Struct, frozen=True):
    """The record's block."""

    recording: Told
    parts: tuple[PartTold, ...]
    same: str
    """Digest over what tells this recording from another: see `description`."""
    captions: tuple[CaptionTold, ...] = ()
    still: str = ""
    """Capture of the host's own thumbnail."""
    playable: int = 0
    """Bytes of the copy that browsers play, a `conversion` record beside this one; 0: none was needed, or could be
    made."""

    @property
    def tracks(self) -> frozenset[tuple[str, bool]]:
        return frozenset((one.language, one.automatic) for one in self.captions)


def description(info: Info, formats: Sequence[Format], streams: Sequence[Stream | None]) -> str:
    """A digest that stays while the host offers the same bytes: not of links, signatures, titles or CDNs' names."""
    parts = [
        [way(one), unsigned(one.url) if stream is None else stream.fingerprint(), one.filesize or 0]
        for one, stream in zip(formats, streams, strict=True)
    ]
    said = [info.extractor, info.id, round(info.duration) if info.duration else 0, parts]
    return "sha256:" + hashlib.sha256(msgspec.json.encode(said)).hexdigest()


def told(info: Info) -> Told:
    """What is kept of the host's answer."""
    date = info.upload_date
    return Told(
        info.id, info.extractor, info.title, info.description[:MOST_DESCRIPTION], info.uploader, info.uploader_url,
        f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdigit() else "",
        float(info.duration) if info.duration is not None else None, info.webpage_url,
    )  # fmt: skip


def part_told(role: str, format_: Format, taken: Taken) -> PartTold:
    """What is kept of one file or stream."""
    codecs = tuple(codec for codec in (format_.vcodec, format_.acodec) if codec and codec != "none")
    return PartTold(
        role, taken.capture, taken.digest, taken.size, taken.mime, taken.url, format_.format_id, format_.height, codecs,
        format_.language, len(taken.pieces), bool(taken.keys), taken.witness,
    )  # fmt: skip
