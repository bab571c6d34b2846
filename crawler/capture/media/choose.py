"""Which of a recording's forms are taken: pure, and the same in every crawl of the same answer.

The original file, where its host gives it; else one file with picture and sound, unless a stream has a larger
picture; else a stream with both; else picture and sound apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crawler.capture.media.answer import Caption, Format, Info, Thumbnail

Way = Literal["file", "hls", "dash"]
_ORIGINAL = frozenset({"source", "original", "download", "live-archive-source"})
_PREFERRED_CAPTIONS = ("vtt", "srt", "ttml", "srv3", "json3")
MOST_CAPTIONS = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """What to take. `formats` is one, or picture and sound in this order; empty: nothing can be taken, `why` says."""

    formats: tuple[Format, ...] = ()
    captions: tuple[Caption, ...] = ()
    thumbnail: Thumbnail | None = None
    why: Literal["", "drm", "too large", "nothing"] = ""


def way(format_: Format) -> Way | None:
    """How the bytes of a format come; None for ways that are not gone."""
    if format_.protocol in {"http", "https", ""} and not format_.pieces:
        return "file"
    if format_.protocol in {"m3u8", "m3u8_native"}:
        return "hls"
    if format_.protocol == "http_dash_segments" and format_.pieces:
        return "dash"
    return None


def choose(info: Info, languages: Sequence[str], most: int) -> Choice:
    """Which formats, captions and still of `info` to take.

    Args:
        info: the host's answer; its formats come from the worst to the best.
        languages: the portal's; captions made by machines are taken in these alone.
        most: bytes that one file may have.
    """
    listed = [one for one in info.formats if way(one) is not None and _is_recording(one)]
    open_ = [one for one in listed if not one.has_drm or one.has_drm == "maybe"]
    if not open_:
        return Choice(why="drm" if listed else "nothing")
    fitting = [one for one in open_ if not one.filesize or one.filesize <= most]
    if not fitting:
        return Choice(why="too large")
    return Choice(_formats(fitting), tuple(_captions(info, languages)), _thumbnail(info.thumbnails))


def _is_recording(one: Format) -> bool:
    """Neither a sheet of stills nor the first half minute of something that has to be bought."""
    stills = one.ext in {"mhtml", "jpg", "png", "webp"} or (one.vcodec == "none" and one.acodec == "none")
    return not stills and not one.format_id.endswith("_preview")


def _formats(fitting: Sequence[Format]) -> tuple[Format, ...]:
    for one in reversed(fitting):
        if one.format_id.lower() in _ORIGINAL or "original" in one.format_note.lower():
            return (one,)
    both = [one for one in fitting if one.vcodec != "none" and one.acodec != "none"]
    pictures = [one for one in fitting if one.vcodec != "none" and one.acodec == "none"]
    sounds = [one for one in fitting if one.vcodec == "none"]
    ranked: list[tuple[tuple[float, bool, bool, int], tuple[Format, ...]]] = []
    for place, one in enumerate(both):
        ranked.append(((_height(one), way(one) == "file", True, place), (one,)))
    if pictures:
        picture = max(enumerate(pictures), key=lambda pair: (_height(pair[1]), way(pair[1]) == "file", pair[0]))[1]
        beside = _beside(picture, sounds)
        ranked.append(((_height(picture), False, False, 0), (picture, beside) if beside else (picture,)))
    if ranked:
        return max(ranked, key=lambda pair: pair[0])[1]
    return (max(enumerate(sounds), key=lambda pair: (way(pair[1]) == "file", pair[0]))[1],)


def _beside(picture: Format, sounds: Sequence[Format]) -> Format | None:
    """The best sound, of the same manifest before another's, as its host marks its own language."""

    def worth(pair: tuple[int, Format]) -> tuple[float, bool, bool, int]:
        place, sound = pair
        same = bool(sound.manifest_url) and sound.manifest_url == picture.manifest_url
        return float(sound.language_preference or 0), same, way(sound) == way(picture), place

    return max(enumerate(sounds), key=worth)[1] if sounds else None


def _height(one: Format) -> float:
    """Of the picture. A single file that does not say is the agency's own upload: as good as it gets."""
    return float(one.height) if one.height else float("inf") if way(one) == "file" else 0.0


def _captions(info: Info, languages: Sequence[str]) -> list[Caption]:
    """One form per track, people's before machines'; machines' only where people made none in that language."""
    spoken = {name.lower().split("-")[0] for name in languages}
    best: dict[tuple[bool, str], Caption] = {}
    for caption in info.captions:
        if caption.ext not in _PREFERRED_CAPTIONS or caption.protocol.startswith("m3u8"):
            continue
        track = caption.automatic, caption.language
        held = best.get(track)
        order = _PREFERRED_CAPTIONS.index
        if held is None or order(caption.ext) < order(held.ext):
            best[track] = caption
    people = {_base(language) for automatic, language in best if not automatic}
    kept: list[Caption] = []
    machines: dict[str, Caption] = {}
    for (automatic, language), caption in sorted(best.items()):
        if not automatic:
            kept.append(caption)
        elif _base(language) in spoken - people:
            held = machines.get(_base(language))
            # What was heard, rather than what was translated from it.
            if held is None or (language.endswith("-orig") and not held.language.endswith("-orig")):
                machines[_base(language)] = caption
    return [*kept, *machines.values()][:MOST_CAPTIONS]


def _base(language: str) -> str:
    return language.lower().removesuffix("-orig").split("-")[0]


def _thumbnail(stills: Sequence[Thumbnail]) -> Thumbnail | None:
    """The largest; of those that do not say, the last, which is the best as its host sorts them."""
    if not stills:
        return None
    return max(enumerate(stills), key=lambda pair: ((pair[1].width or 0) * (pair[1].height or 1), pair[0]))[1]
