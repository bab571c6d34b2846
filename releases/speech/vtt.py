"""Transcripts as WebVTT: what players show, with the second at which each word is said; and their plain words.

Source: WebVTT, W3C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from releases.speech.model import Segment, Transcript

MIME = "text/vtt; charset=utf-8"
_CUE = re.compile(r"(?:(\d{2,}):)?(\d{2}):(\d{2})\.(\d{3}) --> (?:(\d{2,}):)?(\d{2}):(\d{2})\.(\d{3})")
_MARK = re.compile(r"<[^<>]{0,200}>")
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


def write_vtt(transcript: Transcript, heard: float, length: float | None = None) -> bytes:
    """A WebVTT file: notes on how it came about, then a cue per segment.

    Args:
        transcript: of the recording, from its start.
        heard: seconds that were listened to.
        length: seconds that the recording has, where that is known.
    """
    lines = ["WEBVTT", "", "NOTE", f"Heard by {_one_line(transcript.engine)}, not checked by a person."]
    lines.append(f"Language: {_one_line(transcript.language)}")
    if length is not None and heard < length - 1:
        lines.append(f"Heard until {stamp(heard)} of {stamp(length)}.")
    if transcript.trouble:
        lines.append(_one_line(f"{transcript.trouble}: {transcript.error}"))
    rated = [segment.confidence for segment in transcript.segments if segment.confidence is not None]
    if rated:
        lines.append(f"Confidence: {sum(rated) / len(rated):.2f} on average")
    for number, segment in enumerate(transcript.segments, 1):
        rating = "" if segment.confidence is None else f" confidence {segment.confidence:.2f}"
        lines += ["", f"{number}{rating}", f"{stamp(segment.start)} --> {stamp(segment.end)}", _escaped(segment.text)]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def read_vtt(text: str) -> Iterator[Segment]:
    """Segments of a WebVTT file, ours or a portal's own captions; what is no cue is passed over."""
    for block in text.replace("\r\n", "\n").split("\n\n"):
        lines = block.strip("\n").split("\n")
        for number, line in enumerate(lines[:2]):
            if found := _CUE.match(line.strip()):
                words = " ".join(_MARK.sub("", one).strip() for one in lines[number + 1 :])
                for plain, escaped in reversed(_ESCAPES):
                    words = words.replace(escaped, plain)
                if words.strip():
                    times = [int(part or 0) for part in found.groups()]
                    yield Segment(_seconds(*times[:4]), _seconds(*times[4:]), words.strip())
                break


def spoken(text: str) -> str:
    """The words alone, a line per segment: what a search looks through."""
    return "\n".join(segment.text for segment in read_vtt(text))


def stamp(seconds: float) -> str:
    """`01:02:03.456`."""
    whole = round(max(0.0, seconds) * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def _seconds(hours: int, minutes: int, seconds: int, thousandths: int) -> float:
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000


def _escaped(text: str) -> str:
    text = _one_line(text)
    for plain, escaped in _ESCAPES:
        text = text.replace(plain, escaped)
    return text


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
