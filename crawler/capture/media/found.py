"""Media that a page shows, found in its markup by ourselves: where the resolver knows no player. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec
from selectolax.lexbor import LexborHTMLParser

from crawler.capture.media.answer import Format, Info

FILES = re.compile(r"\.(mp4|m4v|mov|webm|mp3|m4a|wav|ogg|ogv|aac|flac)\Z", re.IGNORECASE)
STREAMS = re.compile(r"\.(m3u8|mpd)\Z", re.IGNORECASE)
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


def streams(addresses: Iterable[str]) -> list[str]:
    """Those whose playlist has to be read."""
    return [url for url in addresses if STREAMS.search(urlsplit(url).path)]


def as_files(addresses: Iterable[str], page: str) -> Info | None:
    """The recording that a page shows as one file; None where it shows none, or several that may not be one."""
    files = [(url, found[1].lower()) for url in addresses if (found := FILES.search(urlsplit(url).path))]
    stems = {urlsplit(url).path.rpartition(".")[0].rpartition("/")[2] for url, _ in files}
    if len(stems) != 1:
        return None
    formats = tuple(
        Format(url, format_id=str(place), ext=ext, protocol=urlsplit(url).scheme,
               vcodec="none" if ext in _SOUND else None)
        for place, (url, ext) in enumerate(reversed(files))
    )  # fmt: skip
    return Info(id=stems.pop(), extractor="page", webpage_url=page, formats=formats)
