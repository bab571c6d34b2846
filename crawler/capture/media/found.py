"""Media that a page shows, found in its markup by ourselves: where the resolver knows no player. Pure.

Nothing is guessed: two addresses are one recording where they differ in host, signature, ending or a mark of their
quality alone. Of several recordings none is taken, unless the file's own identity names one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec
from selectolax.lexbor import LexborHTMLParser

from crawler.capture.browser.media import Played
from crawler.capture.media.answer import Format, Info
from crawler.capture.media.playlist import unsigned

FILES = re.compile(r"\.(mp4|m4v|mov|webm|mp3|m4a|wav|ogg|ogv|aac|flac)\Z", re.IGNORECASE)
STREAMS = re.compile(r"\.(m3u8|mpd)\Z", re.IGNORECASE)
HLS = frozenset({
    "application/vnd.apple.mpegurl", "application/x-mpegurl", "application/mpegurl", "audio/mpegurl", "audio/x-mpegurl",
})  # fmt: skip
DASH = frozenset({"application/dash+xml"})
_PIECE = re.compile(r"\.(ts|m4s|cmfv|cmfa|cmft|m2ts)\Z", re.IGNORECASE)
_PIECES = frozenset({"video/mp2t", "video/iso.segment", "audio/iso.segment"})
_ENDINGS = {"video/webm": "webm", "video/quicktime": "mov", "video/ogg": "ogv", "audio/mpeg": "mp3",
            "audio/mp4": "m4a", "audio/ogg": "ogg", "audio/wav": "wav", "audio/webm": "webm"}  # fmt: skip
_QUALITY = re.compile(r"[-_.]?(?<![a-z0-9])(?:\d{3,4}p|\d{3,4}x\d{3,4})(?![a-z0-9])", re.IGNORECASE)
_WORD = re.compile(r"[\w-]{1,200}")
_SOUND = frozenset({"mp3", "m4a", "wav", "ogg", "aac", "flac"})
_IN_SCRIPT = re.compile(r"""["'](https?:[^"'\s<>]{1,2000}?\.(?:m3u8|mpd|mp4|mp3)(?:\?[^"'\s<>]{0,2000})?)["']""")
_OG = ("og:video:secure_url", "og:video:url", "og:video", "og:audio:secure_url", "og:audio", "twitter:player:stream")
MOST = 50
_MOST_HTML = 8 * 1024**2
_MOST_JSON = 1024**2


def media_addresses(html: str, page: str) -> list[str]:
    """Addresses of media files and streams that the page at `page` shows, as they come in it, each once.

    `<video>`, `<audio>` and `<source>`, `og:video` and `og:audio`, `contentUrl` of JSON-LD, links, and what
    scripts name whole.
    """
    found: dict[str, None] = {}
    for address in _named(html[:_MOST_HTML]):
        try:
            url = urljoin(page, address.strip().replace("\\/", "/"))
            parts = urlsplit(url)
        except ValueError:
            continue
        playable = FILES.search(parts.path) or STREAMS.search(parts.path)
        if parts.scheme in {"http", "https"} and parts.hostname and playable:
            found.setdefault(url)
        if len(found) >= MOST:
            break
    return list(found)


def _named(html: str) -> Iterator[str]:
    tree = LexborHTMLParser(html)
    for node in tree.css("video, audio, source"):
        for name in ("src", "data-src"):
            if value := node.attributes.get(name):
                yield value
    for node in tree.css("meta"):
        if (node.attributes.get("property") or node.attributes.get("name") or "").lower() in _OG:
            yield node.attributes.get("content") or ""
    for node in tree.css('script[type="application/ld+json"]'):
        text = node.text()
        if len(text) <= _MOST_JSON:
            try:
                yield from _content_urls(msgspec.json.decode(text))
            except (msgspec.DecodeError, RecursionError):
                continue
    for node in tree.css("a[href]"):
        yield node.attributes.get("href") or ""
    for found in _IN_SCRIPT.finditer(html.replace("\\/", "/")):
        yield found[1]


def _content_urls(data: Any) -> Iterator[str]:
    left = [data]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if isinstance(url := one.get("contentUrl"), str):
                yield url
            left += one.values()
        elif isinstance(one, list):
            left += one


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a recording's."""

    url: str
    form: str
    """`hls`, `dash`, or the ending of a file."""
    size: int = 0
    """Bytes; 0: unknown."""
    frame: str = ""
    """Address of the frame whose player asked for it, where one did."""

    @property
    def listed(self) -> bool:
        """Whether its pieces are to be read from a list."""
        return self.form in {"hls", "dash"}

    @property
    def recording(self) -> str:
        """The same for all forms of a recording: the address without host, signature, ending and marks of quality."""
        path, dot, _ = unsigned(self.url).rpartition(".")
        parts = (_QUALITY.sub("", part) for part in (path if dot else unsigned(self.url)).split("/"))
        return "/".join(part for part in parts if part)


def candidate(url: str, played: Played) -> Candidate | None:
    """What a player asked for, as a candidate; None for the pieces of a stream, and what is no media."""
    path, kind = urlsplit(url).path, played.kind
    streamed = STREAMS.search(path)
    if kind in HLS or kind in DASH or (streamed and not kind):
        dash = kind in DASH or (not kind and streamed is not None and streamed[1].lower() == "mpd")
        return Candidate(url, "dash" if dash else "hls", frame=played.frame)
    if kind in _PIECES or _PIECE.search(path):
        return None
    found = FILES.search(path)
    if not kind and found is None:
        return None
    ending = found[1].lower() if found else _ENDINGS.get(kind, "mp3" if kind.startswith("audio/") else "mp4")
    return Candidate(url, ending, played.size, played.frame)


def named(addresses: Iterable[str]) -> list[Candidate]:
    """Addresses as candidates, by their endings."""
    return [one for url in addresses if (one := candidate(url, Played())) is not None]


def recordings(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    """The forms of each recording, both in their order."""
    found: dict[str, list[Candidate]] = {}
    for one in candidates:
        found.setdefault(one.recording, []).append(one)
    return list(found.values())


def meant(names: Sequence[str], identity: str) -> int | None:
    """Place of the only one of `names` (`Candidate.recording`) that an identity names, by a word with a number in it
    that they do not all have; None: none, or several.
    """
    told = [{word for word in _WORD.findall(name) if any(map(str.isdigit, word))} for name in names]
    if len(told) < 2:
        return 0 if told else None
    shared, words = set.intersection(*told), set(_WORD.findall(identity))
    hits = [place for place, one in enumerate(told) if (one - shared) & words]
    return hits[0] if len(hits) == 1 else None


def as_file(forms: Sequence[Candidate], page: str, extractor: str = "page") -> Info:
    """One recording, had as files: the largest is the best, of those that do not say the one that came first."""
    worst_first = [one for _, one in sorted(enumerate(forms), key=lambda pair: (pair[1].size, -pair[0]))]
    formats = tuple(
        Format(one.url, format_id=str(place), ext=one.form, protocol=urlsplit(one.url).scheme,
               vcodec="none" if one.form in _SOUND else None, filesize=one.size or None,
               headers={"Referer": one.frame or page})
        for place, one in enumerate(worst_first)
    )  # fmt: skip
    return Info(id=forms[0].recording.rpartition("/")[2], extractor=extractor, webpage_url=page, formats=formats)


def as_stream(first: Candidate, said: Info, page: str, extractor: str = "page") -> Info:
    """What the resolver read from a list, under a name that stays when the list is signed anew."""
    return msgspec.structs.replace(said, id=first.recording, extractor=extractor, webpage_url=page)


def beside(lists: Iterable[Candidate], first: Candidate, said: Info) -> list[Candidate]:
    """Lists that are neither `first`, nor its own under another signature, nor what it lists itself."""
    own = {unsigned(url) for one in said.formats for url in (one.url, one.manifest_url) if url}
    own |= {unsigned(caption.url) for caption in said.captions} | {unsigned(first.url)}
    return [one for one in lists if unsigned(one.url) not in own]
