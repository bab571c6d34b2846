"""Sitemaps: https://www.sitemaps.org/protocol.html — pages, indexes of further sitemaps, packed or not, and plain lists."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass

from lxml import etree

from spiders.errors import PageError
from spiders.page import clean_link, tidy

MOST_BYTES = 64 * 1024**2
"""Unpacked; the protocol allows 50 MiB."""
MOST_HINTS = 20
"""Sitemaps that are read for hints alone."""
MOST_PLACES = 50_000
"""As the protocol allows."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address, and when it was last modified as the sitemap says (`2025-01-31…`, comparable; or empty)."""

    url: str
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap lists: pages, or further sitemaps."""

    pages: tuple[Place, ...]
    sitemaps: tuple[Place, ...]


class SitemapHints:
    """When pages were last changed, as the sitemap at `address` and those it names say."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._modified: dict[str, str] = {}
        self._open: list[str] = []
        self._asked = {address}

    def modified(self, url: str) -> str:
        """`lastmod` of a page; empty where nothing is said of it."""
        return self._modified.get(url, "")

    def read(self, url: str, body: bytes) -> str:
        """Take what the sitemap at `url` says; the address of the next one to read, or empty. Raises PageError."""
        listed = read_sitemap(url, body)
        self._modified |= {place.url: place.modified for place in listed.pages if place.modified}
        for place in listed.sitemaps:
            if place.url not in self._asked and len(self._asked) < MOST_HINTS:
                self._asked.add(place.url)
                self._open.append(place.url)
        return self._open.pop(0) if self._open else ""


def read_sitemap(url: str, body: bytes) -> Sitemap:
    """The sitemap at `url`; the newest page first. Raises PageError when it is none, or larger than allowed."""
    body = _unpacked(url, body)
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return Sitemap(_plain(url, body), ())
    if re.search(rb"<!doctype html|<html", body[:2048], re.IGNORECASE):
        raise PageError(url, "the sitemap", "<urlset> or <sitemapindex>", "an HTML page")
    found: dict[str, list[Place]] = {"url": [], "sitemap": []}
    root = ""
    try:
        events = etree.iterparse(
            io.BytesIO(body), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
        )
        for event, element in events:
            if not isinstance(element.tag, str):
                continue
            name = etree.QName(element).localname
            if event == "start":
                root = root or name
                if root not in {"urlset", "sitemapindex"}:
                    raise PageError(url, "the sitemap", "<urlset> or <sitemapindex>", f"<{root}>")
            elif name in found:
                _note(url, found[name], element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise PageError(url, "the sitemap", "XML", str(error)) from error
    pages = {place.url: place for place in sorted(found["url"], key=lambda place: place.modified)}
    return Sitemap(tuple(reversed(pages.values())), tuple(found["sitemap"]))


def _note(url: str, places: list[Place], element: etree._Element) -> None:
    values = {etree.QName(one).localname: tidy(one.text or "") for one in element if isinstance(one.tag, str)}
    link = clean_link(url, values.get("loc", ""))
    if link:
        places.append(Place(link, values.get("lastmod", "")))
    if len(places) > MOST_PLACES:
        raise PageError(url, "the sitemap", f"at most {MOST_PLACES:,} addresses", "more")


def _plain(url: str, body: bytes) -> tuple[Place, ...]:
    lines = body.decode("utf-8-sig", "replace").split()
    links = dict.fromkeys(clean_link("", line) for line in lines[: MOST_PLACES + 1])
    if not lines or "" in links or len(links) > MOST_PLACES:
        raise PageError(url, "the sitemap", "XML, or one address a line", repr(body[:60].decode("utf-8", "replace")))
    return tuple(Place(link) for link in links)


def _unpacked(url: str, body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    parts, size = [], 0
    while body.startswith(b"\x1f\x8b"):  # several packed parts, one after another, are one file (RFC 1952)
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            parts.append(unpacker.decompress(body, MOST_BYTES + 1 - size))
        except zlib.error as error:
            raise PageError(url, "the sitemap", "gzip", str(error)) from error
        size, body = size + len(parts[-1]), unpacker.unused_data
        if size > MOST_BYTES or not unpacker.eof:
            found = f"more than {MOST_BYTES:,} bytes" if size > MOST_BYTES else "an end in the middle"
            raise PageError(url, "the sitemap", "whole, packed gzip", found)
    return b"".join(parts)
