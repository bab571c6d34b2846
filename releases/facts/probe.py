"""What ffprobe says of a recording: container, length, and each stream's codec, size, rate and language.

It may open the one file it is given and nothing else: a playlist or an index of other files, sent as a
video, would have it read those.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from releases.facts.model import MediaFacts, Stream, Trouble
from releases.sandbox.program import Allowed, ProgramFailed, run

FORMATS = (
    "mov,mp4,matroska,webm,avi,asf,mpegts,mpeg,mp3,wav,w64,ogg,flac,aiff,aac,amr,flv,caf,dv,mxf,ac3,au,wv,ape,tta,gsm"
)
"""Demuxers that may look at a file: those of one file each. No playlists, no lists of files, no picture series."""
CLOSED = ("-protocol_whitelist", "file", "-format_whitelist", FORMATS)
"""Arguments before an input of ffprobe and ffmpeg."""
MOST_STREAMS = 64
_ALLOWED = Allowed(seconds=30, written=8 * 1024**2)
_MOST_TAGS = 40
_MOST_CHARACTERS = 300
_CONTAINERS = {
    "mov": "MP4", "avi": "AVI", "asf": "ASF", "mpegts": "MPEG-TS", "mpeg": "MPEG-PS", "mp3": "MP3", "wav": "WAV",
    "w64": "WAV", "ogg": "Ogg", "flac": "FLAC", "aiff": "AIFF", "aac": "AAC", "amr": "AMR", "flv": "FLV", "caf": "CAF",
    "dv": "DV", "mxf": "MXF", "ac3": "AC-3", "au": "AU", "matroska": "Matroska",
}  # fmt: skip
_TECHNICAL = frozenset({"major_brand", "minor_version", "compatible_brands", "creation_time"})
_FORMS = frozenset({"mov", "avi"})
"""Containers whose four letters of a codec are what other readers call it."""


@cache
def version(program: str) -> str:
    """`5.1.9` of what an ffprobe or ffmpeg says of itself; empty when it says nothing of the kind."""
    with TemporaryDirectory(prefix="recordwatch-") as folder:
        try:
            said = run([program, "-version"], Path(folder), Allowed(seconds=20)).decode("utf-8", "replace").split()
        except (ProgramFailed, OSError):
            return ""
    return said[2].partition("-")[0][:20] if said[1:2] == ["version"] and len(said) > 2 else ""


def engine(program: str) -> str:
    """What facts of this ffprobe name as their source."""
    return f"ffprobe {version(program)}".strip()


def probe(program: str, path: Path, folder: Path, allowed: Allowed = _ALLOWED) -> MediaFacts | Trouble:
    """The facts of the recording at `path`, whatever it is. ffprobe, at `program`, works in `folder`.

    Raises:
        OSError: `program` cannot be started.
    """
    command = [
        program, "-v", "error", "-hide_banner", *CLOSED, "-probesize", str(16 * 1024**2),
        "-analyzeduration", "10000000", "-print_format", "json", "-show_format", "-show_streams", f"file:{path}",
    ]  # fmt: skip
    try:
        said = msgspec.json.decode(run(command, folder, allowed))
        made = _facts(said, path)
    except ProgramFailed as failed:
        return Trouble(failed.why, failed.error.replace(f"file:{path}: ", "").replace(str(path), "it"))
    except (msgspec.MsgspecError, TypeError, ValueError, KeyError, AttributeError):
        return Trouble("crashed", "ffprobe's answer makes no sense")
    return made if made.streams else Trouble("unsupported", "it has no stream of sound or pictures")


def _facts(said: dict[str, Any], path: Path) -> MediaFacts:
    form = said.get("format", {})
    name = str(form.get("format_name", "")).partition(",")[0]
    tags = {str(key).casefold(): str(value) for key, value in (form.get("tags") or {}).items()}
    container = _CONTAINERS.get(name, name.upper())
    if name == "mov" and tags.get("major_brand", "qt").strip() == "qt":
        container = "QuickTime"
    if name == "matroska" and _is_webm(path):
        container = "WebM"
    streams = list(said.get("streams", []))[:MOST_STREAMS]
    details = tuple(_stream(stream) for stream in streams)
    phrases = tuple(_phrase(one, stream, name) for one, stream in zip(details, streams, strict=True))
    duration = _number(form.get("duration"))
    return MediaFacts(
        container, round(duration, 3) if duration else None, phrases, _metadata(tags),
        bit_rate=_whole(form.get("bit_rate")), details=details,
    )  # fmt: skip


def _stream(said: dict[str, Any]) -> Stream:
    kind = str(said.get("codec_type", "data"))
    tags = {str(key).casefold(): str(value) for key, value in (said.get("tags") or {}).items()}
    cover = kind == "video" and bool((said.get("disposition") or {}).get("attached_pic"))
    turned = [_whole(side.get("rotation")) for side in said.get("side_data_list") or () if "rotation" in side]
    clockwise = -(turned[0] or 0) if turned else _whole(tags.get("rotate")) or 0
    language = tags.get("language", "")
    return Stream(
        kind="cover" if cover else kind,
        codec=_clean(said.get("codec_name", "")),
        profile=_clean(said.get("profile", "")),
        width=_whole(said.get("width")) if kind == "video" else None,
        height=_whole(said.get("height")) if kind == "video" else None,
        rotation=clockwise % 360,
        frame_rate=None if cover else _ratio(said.get("avg_frame_rate")),
        sample_rate=_whole(said.get("sample_rate")),
        channels=_whole(said.get("channels")),
        bit_rate=_whole(said.get("bit_rate")),
        language="" if language == "und" else _clean(language),
    )


def _phrase(one: Stream, said: dict[str, Any], form: str) -> str:
    """As the readers of this package say it without ffprobe, so that both name a stream alike."""
    letters = str(said.get("codec_tag_string", ""))
    known = form in _FORMS and letters.isascii() and letters.isprintable() and "[" not in letters
    codec = letters if known and (form == "mov" or one.kind == "video") else one.codec
    words = [{"subtitle": "text"}.get(one.kind, one.kind), codec]
    if one.width and one.height:
        words.append(f"{one.width}x{one.height}")
    if one.sample_rate:
        words.append(f"{one.sample_rate} Hz")
    if one.channels:
        words.append(f"{one.channels} channel{'' if one.channels == 1 else 's'}")
    if form == "mp3" and one.kind == "audio" and one.bit_rate:
        words.append(f"{one.bit_rate / 1000:.0f} kbit/s")
    return " ".join(filter(None, words))


def _metadata(tags: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    if created := _when(tags.get("creation_time", "")):
        found["created"] = created
    for name, value in sorted(tags.items()):
        if name in _TECHNICAL or len(found) >= _MOST_TAGS:
            continue
        # Where somebody stood is not told, as with pictures.
        text = "present" if "location" in name or "gps" in name else _clean(value)
        if text:
            found[_clean(name)[:60]] = text
    return found


def _when(said: str) -> str:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return ""
    return f"{at.astimezone(UTC) if at.tzinfo else at:%Y-%m-%d %H:%M:%S} UTC"


def _is_webm(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\x42\x82\x84webm" in file.read(128)  # EBML's DocType


def _clean(said: object) -> str:
    text = "".join(char if char.isprintable() else " " for char in str(said))
    return " ".join(text.split())[:_MOST_CHARACTERS]


def _number(said: object) -> float | None:
    try:
        value = float(str(said))
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _whole(said: object) -> int | None:
    try:
        return int(float(str(said)))
    except (ValueError, OverflowError):
        return None


def _ratio(said: object) -> float | None:
    above, _, below = str(said).partition("/")
    top, bottom = _number(above), _number(below or "1")
    return round(top / bottom, 3) if top and bottom else None
