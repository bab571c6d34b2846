"""Where the bytes of a stream are: HLS media playlists (RFC 8216) and DASH pieces, as one list of stretches. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import m3u8  # type: ignore[import-untyped]
import msgspec

from crawler.capture.media.answer import Format
from crawler.capture.media.outcomes import Unhad

MOST_PIECES = 20_000
"""Pieces of one stream: 33 hours of six seconds each."""
LARGEST = 16 * 1024**2
"""Bytes of a playlist that are read."""
MOST_KEYS = 100
LONGEST_LINE = 8192
MOST_QUOTES = 100
"""In one line: the parser's time grows with the square of quotes that do not pair."""
_SIGNATURE = re.compile(
    r"(?:exp|hdnts|hdntl|st|acl|token|sig|signature|policy|expires|e)=[^/]*[~=&;][^/]*", re.IGNORECASE
)
_BYTES = re.compile(r"(\d{1,15})(?:@(\d{1,15}))?")
_OPEN_KEYS = frozenset({"", "identity"})


@dataclass(frozen=True, slots=True)
class Key:
    """AES-128, whole segments (RFC 8216 section 5.2)."""

    url: str
    iv: str
    """`0x` + hex; empty: the segment's number."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One piece: all of `url`, or `length` bytes of it from `start`."""

    url: str
    start: int = 0
    length: int = 0
    """0: to its end."""
    seconds: float = 0.0
    init: bool = False
    key: Key | None = None
    number: int = 0
    """Its media sequence number."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Pieces in order, initialisation sections before what they are for."""

    stretches: tuple[Stretch, ...]
    encrypted: bool = False
    keys: tuple[str, ...] = field(default=())
    """Where the keys are, each once."""

    @property
    def seconds(self) -> float:
        return sum(one.seconds for one in self.stretches)

    def fingerprint(self) -> str:
        """The same for the same pieces under other signatures and CDNs: of each its name, place and time."""
        told = [
            (unsigned(one.url).rpartition("/")[2], one.start, one.length, round(one.seconds, 2), one.init)
            for one in self.stretches
        ]
        return "sha256:" + hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def unsigned(url: str) -> str:
    """The path of `url` without what signs it: no host, no query, no component that is a token."""
    parts = urlsplit(url).path.split("/")
    return "/".join(part for part in parts if not _SIGNATURE.fullmatch(part))


def read_hls(text: str, url: str) -> Stream:
    """The pieces of an HLS media playlist.

    Raises:
        Unhad: a stream that runs, one with rights management, one with too many pieces, or none at all.
    """
    if "#EXTM3U" not in text[:200]:
        raise Unhad("unreachable", "what came is no playlist")
    if text.count("#EXTINF") > MOST_PIECES:
        raise Unhad("unreachable", f"its playlist has more than {MOST_PIECES} pieces")
    if any(len(line) > LONGEST_LINE or line.count('"') > MOST_QUOTES for line in text.splitlines()):
        raise Unhad("unreachable", "its playlist has a line that no player would read")
    try:
        playlist = m3u8.loads(text, uri=url)
    except Exception as error:  # whatever a hostile text makes of the parser
        raise Unhad("unreachable", "its playlist cannot be read") from error
    if playlist.is_variant:
        raise Unhad("unreachable", "its playlist lists playlists again")
    if not playlist.segments:
        raise Unhad("unreachable", "its playlist has no pieces")
    if not playlist.is_endlist and (playlist.playlist_type or "").lower() != "vod":
        raise Unhad("live", "its playlist has no end")
    stretches = tuple(_stretches(playlist, url))
    keys = tuple(dict.fromkeys(one.key.url for one in stretches if one.key is not None))
    if len(keys) > MOST_KEYS:
        raise Unhad("unreachable", f"its playlist has more than {MOST_KEYS} keys")
    return Stream(stretches, bool(keys), keys)


def _stretches(playlist: m3u8.M3U8, url: str) -> Iterator[Stretch]:
    shown: tuple[str, str] = ("", "")
    ends: dict[str, int] = {}
    for place, segment in enumerate(playlist.segments):
        key = _key(segment.key, url)
        section = segment.init_section
        if section is not None and section.uri and (section.uri, section.byterange or "") != shown:
            shown = (section.uri, section.byterange or "")
            yield _stretch(section.uri, section.byterange, url, ends, init=True, key=key)
        if not segment.uri:
            raise Unhad("unreachable", "a piece of its playlist has no address")
        number = (playlist.media_sequence or 0) + place
        seconds = min(max(float(segment.duration or 0.0), 0.0), 86_400.0)
        yield _stretch(segment.uri, segment.byterange, url, ends, seconds=seconds, key=key, number=number)


def _stretch(
    uri: str, span: str | None, base: str, ends: dict[str, int], *,
    seconds: float = 0.0, init: bool = False, key: Key | None = None, number: int = 0,
) -> Stretch:  # fmt: skip
    where = _joined(base, uri)
    if not span:
        return Stretch(where, seconds=seconds, init=init, key=key, number=number)
    found = _BYTES.fullmatch(span.strip().strip('"'))
    if found is None or not int(found[1]):
        raise Unhad("unreachable", "its playlist names bytes that cannot be")
    start = int(found[2]) if found[2] else ends.get(where, 0)
    ends[where] = start + int(found[1])
    return Stretch(where, start, int(found[1]), seconds, init, key, number)


def _key(key: m3u8.Key | None, base: str) -> Key | None:
    if key is None or not key.method or key.method == "NONE":
        return None
    if key.method != "AES-128" or (key.keyformat or "") not in _OPEN_KEYS or not key.uri:
        raise Unhad("drm", f"its pieces are encrypted by {str(key.method)[:40]}")
    return Key(_joined(base, key.uri), key.iv or "")


def _joined(base: str, uri: str) -> str:
    try:
        return urljoin(base, uri)
    except ValueError as error:
        raise Unhad("unreachable", "its playlist has an address that is none") from error


def read_dash(format_: Format) -> Stream:
    """The pieces of one DASH representation, as the resolver read them. Raises Unhad."""
    if len(format_.pieces) > MOST_PIECES:
        raise Unhad("unreachable", f"its manifest has more than {MOST_PIECES} pieces")
    stretches = []
    for place, piece in enumerate(format_.pieces):
        where = _joined(format_.base, piece.url or piece.path)
        stretches.append(Stretch(where, seconds=float(piece.duration or 0.0), init=not place and not piece.duration))
    return Stream(tuple(stretches))
