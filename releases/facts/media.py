"""What tinytag knows of audio and video: MP3, Ogg, FLAC, WMA/WMV, AIFF whole; of others, their tags.

Runs in the sandboxed process (see `reader.py`) and imports nothing of ours.
"""

from __future__ import annotations

from typing import Any, BinaryIO

_MOST_TAGS = 40
_MOST_CHARACTERS = 300
_NAMES = {"audio/mpeg": "MP3", "audio/ogg": "Ogg", "audio/flac": "FLAC", "application/vnd.ms-asf": "ASF",
          "audio/wav": "WAV", "audio/aiff": "AIFF", "audio/mp4": "MP4"}  # fmt: skip
_GUESSED = frozenset({"MP3", "Ogg"})
"""As long as their size says, or their last page: without the size nothing is said."""
_PROPERTIES = frozenset(
    {"filename", "filesize", "mime_type", "duration", "channels", "bitrate", "bitdepth", "samplerate", "is_lossless"}
)


def facts(file: BinaryIO, size: int | None) -> dict[str, Any]:
    """`MediaFacts` as builtins. `size`: bytes of the file; None when nobody knows, and then no estimate is made.

    Raises:
        Exception: of whatever kind tinytag raises: it is none of its formats, or damaged.
    """
    from tinytag import TinyTag

    tag = TinyTag.get(file_obj=file, image=False)
    said, _, codecs = (tag.mime_type or "").partition("; codecs=")
    container = _NAMES.get(said, said)
    codec = codecs.strip('"').casefold()
    stream = ["audio", container.casefold() if codec in {"", "none"} else codec if not codec.isdigit() else ""]
    if tag.samplerate:
        stream.append(f"{int(tag.samplerate)} Hz")
    if tag.channels:
        stream.append(f"{tag.channels} channel{'' if tag.channels == 1 else 's'}")
    if container == "MP3" and tag.bitrate:
        stream.append(f"{tag.bitrate:.0f} kbit/s")
    guessed = size is None and container in _GUESSED
    return {
        "kind": "media", "container": container, "metadata": metadata(tag), "note": "",
        "duration": round(tag.duration, 3) if tag.duration and not guessed else None,
        "streams": (" ".join(filter(None, stream)),) if tag.samplerate or tag.duration else (),
    }  # fmt: skip


def tags(file: BinaryIO) -> dict[str, str]:
    """Only the tags (title, artist, comment …)."""
    from tinytag import TinyTag

    return metadata(TinyTag.get(file_obj=file, image=False, duration=False))


def metadata(tag: Any) -> dict[str, str]:
    """A tag's fields as short clean texts, by name."""
    found: dict[str, str] = {}
    for name, value in sorted(tag.as_dict().items()):
        if name not in _PROPERTIES and len(found) < _MOST_TAGS:
            text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
            clean = " ".join("".join(char if char.isprintable() else " " for char in text).split())
            if clean:
                found[name[:60]] = clean[:_MOST_CHARACTERS]
    return found
