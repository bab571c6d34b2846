"""Which viewer a file gets, and what browsers play of it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from releases.facts.model import ImageFacts, MediaFacts
from releases.facts.poster import has_pictures
from releases.models import FileFacts, FileVersion
from releases.text.engines import DOCUMENTS
from releases.text.kinds import kind_of
from releases.viewing.words import Words

Kind = Literal["pdf", "picture", "video", "audio", "table", "listing", "text", "none"]

_MEDIA = {
    "MP4": "video/mp4", "QuickTime": "video/mp4", "WebM": "video/webm", "MP3": "audio/mpeg", "WAV": "audio/wav",
    "Ogg": "application/ogg", "FLAC": "audio/flac", "AAC": "audio/aac",
}  # fmt: skip
"""Containers that browsers open, as `MediaFacts` names them."""
_CODECS = ("h264", "avc1", "avc3", "aac", "mp4a", "mp3", "vp8", "vp9", "av1", "av01", "opus", "vorbis", "flac", "pcm_")
"""How the names of codecs begin that browsers play in these. HEVC plays in some; whoever has one of the others is told."""
_PICTURES = {
    "JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp", "BMP": "image/bmp", "AVIF": "image/avif",
}  # fmt: skip
_TABLES = frozenset({"text/csv", "text/tab-separated-values"})


def kind_of_file(version: FileVersion, facts: Collection[FileFacts], words: Words) -> Kind:
    """By what it was found to be, else by what it was served as. `facts`: all of its rows."""
    for row in facts:
        if row.kind == "pdf":
            return "pdf"
        if row.kind == "image":
            return "picture"
        if row.kind == "media":
            return "video" if has_pictures(msgspec.convert(row.facts, MediaFacts, strict=False)) else "audio"
    said = version.mime.partition(";")[0].strip().lower()
    ending = PurePosixPath(urlsplit(version.url).path).suffix.lower()
    reader, claimed = kind_of(version.mime, version.url)
    if reader == "pdf":
        return "pdf"
    if words:
        if words.engine.startswith(DOCUMENTS) and "(python-calamine" in words.engine:
            return "table"
        if said in _TABLES or (ending in {".csv", ".tsv"} and reader == "text"):
            return "table"
        return "listing" if words.engine.endswith(" zip)") else "text"
    if said.startswith(("audio/", "video/")):
        return "video" if said.startswith("video/") else "audio"
    return "text" if reader or claimed else "none"


def media_type(row: FileFacts) -> str:
    """The media type of a recording or a picture by its own bytes; empty where browsers show none such."""
    if row.kind == "image":
        return _PICTURES.get(msgspec.convert(row.facts, ImageFacts, strict=False).format, "")
    facts = msgspec.convert(row.facts, MediaFacts, strict=False)
    found = _MEDIA.get(facts.container, "")
    if found == "application/ogg":
        return "video/ogg" if has_pictures(facts) else "audio/ogg"
    return found.replace("video/", "audio/") if found.startswith("video/") and not has_pictures(facts) else found


def plays(facts: MediaFacts) -> bool:
    """Whether every browser plays a recording as it is, as far as its container says."""
    if facts.container not in _MEDIA:
        return False
    named = [one.codec for one in facts.details if one.kind in {"audio", "video"}]
    named = named or [phrase.split(" ")[1] for phrase in facts.streams if phrase.count(" ") >= 1]
    return all(codec.casefold().startswith(_CODECS) for codec in named)
