"""Captions as WebVTT, whatever form they came in: cue times and words, without styling. Pure, and never in doubt:
what cannot be read has no text, and its bytes are archived all the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET  # the text has no entities of its own: `_xml` refuses them

LARGEST = 8 * 1024**2
_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_CUE = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_TAG = re.compile(r"<[^<>]{0,500}>")
_MOST_CUES = 200_000
Cue = tuple[float, float, str]
"""Seconds from, seconds to, words."""


def as_webvtt(body: bytes, ext: str) -> str:
    """The cues of `body` as WebVTT; empty where there are none.

    Args:
        body: at most LARGEST bytes are read.
        ext: `vtt`, `srt`, `ttml`, `srv3` or `json3`, as its host says.
    """
    text = body[:LARGEST].decode("utf-8-sig", "replace")
    cues = list(_xml(text) if ext in {"ttml", "srv3"} else _json(text) if ext == "json3" else _lines(text))
    lines = ["WEBVTT", ""]
    last = ""
    for start, end, words in cues[:_MOST_CUES]:
        plain = " ".join(html.unescape(_TAG.sub("", words)).split())
        if plain and plain != last:  # rolling captions say each line twice
            lines += [f"{_stamp(start)} --> {_stamp(max(start, end))}", plain.replace("-->", "->"), ""]
            last = plain
    return "\n".join(lines) if len(lines) > 2 else ""


def _lines(text: str) -> Iterator[Cue]:
    """WebVTT and SubRip: a line of times, then words until an empty line."""
    times: tuple[float, float] | None = None
    words: list[str] = []
    for line in (*text.splitlines(), ""):
        found = _CUE.match(line)
        if found is not None:
            times, words = (_seconds(found.groups()[:4]), _seconds(found.groups()[4:])), []
        elif line.strip():
            words.append(line)
        elif times is not None:
            yield (*times, "\n".join(words))
            times, words = None, []


def _xml(text: str) -> Iterator[Cue]:
    """TTML (`<p begin end>`) and YouTube's srv3 (`<p t d>` in milliseconds)."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return
    try:
        root = ET.fromstring(text)  # noqa: S314  without a document type there is nothing to expand
    except (ET.ParseError, RecursionError, ValueError):
        return
    left = [root]
    while left:
        node = left.pop()
        if node.tag.rpartition("}")[2] != "p":
            left.extend(reversed(node))
            continue
        # All that is in a cue is its words: were cues in cues read too, each would be read as often as it is deep.
        words = " ".join(node.itertext())
        if (at := node.get("t", "")).isdigit():
            begin, lasts = int(at[:12]) / 1000, node.get("d", "")
            yield begin, begin + (int(lasts[:12]) / 1000 if lasts.isdigit() else 0.0), words
        elif (start := _clock(node.get("begin", ""))) is not None:
            end = _clock(node.get("end", ""))
            yield start, end if end is not None else start, words


def _json(text: str) -> Iterator[Cue]:
    import msgspec

    try:
        events = msgspec.json.decode(text, type=dict[str, object]).get("events")
    except (msgspec.DecodeError, RecursionError):
        return
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and isinstance(event.get("segs"), list):
            start, lasts = event.get("tStartMs"), event.get("dDurationMs")
            said = "".join(str(seg.get("utf8", "")) for seg in event["segs"] if isinstance(seg, dict))
            begin = start / 1000 if isinstance(start, int) else 0.0
            yield begin, begin + (lasts / 1000 if isinstance(lasts, int) else 0.0), said


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(thousandths.ljust(3, "0")) / 1000


def _clock(text: str) -> float | None:
    found = re.fullmatch(_TIME, text.strip())
    if found is not None:
        return _seconds(found.groups())
    plain = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", text.strip())
    return float(plain[1]) if plain else None


def _stamp(seconds: float) -> str:
    whole = round(min(max(seconds, 0.0), 3_599_999.0) * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"
