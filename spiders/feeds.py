"""RSS, Atom and JSON Feed as entries. A feed shows the newest of a site: what is gone from it is not gone."""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser
import msgspec

from spiders.answer import decoded
from spiders.errors import PageError
from spiders.page import clean_link, tidy

MOST_BYTES = 16 * 1024**2
MOST_ENTRIES = 10_000
ITEM = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
MARKUP = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed."""

    id: str
    """As the feed says it; empty where it says none."""
    link: str
    """Its page; empty where it has none."""
    title: str
    published: str
    """ISO 8601, UTC; empty where it says none that can be read."""
    summary: str
    files: tuple[str, ...]
    """Addresses of what it encloses."""
    updated: str = ""
    """When it was last changed, where the feed says so (`<updated>`, `date_modified`): ISO 8601, UTC. RSS's own
    `pubDate` is no such time: it stays when an article is edited."""


def read_feed(url: str, body: bytes) -> list[Entry]:
    """The feed's entries in its order, each once. Raises PageError when it is no feed, or larger than allowed."""
    if len(body) > MOST_BYTES:
        raise PageError(url, "the feed", f"at most {MOST_BYTES:,} bytes", f"{len(body):,}")
    if re.search(rb"<!ENTITY", body, re.IGNORECASE):
        raise PageError(url, "the feed", "XML without entities of its own", "<!ENTITY")
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    entries = _json_entries(url, body) if start.startswith(b"{") else _xml_entries(url, body)
    unique: dict[str, Entry] = {}
    for entry in entries:
        name = entry.id or entry.link
        if name and name not in unique:
            unique[name] = entry
        if len(unique) > MOST_ENTRIES:
            raise PageError(url, "the feed", f"at most {MOST_ENTRIES:,} entries", "more")
    return list(unique.values())


def _xml_entries(url: str, body: bytes) -> Iterator[Entry]:
    # Counted first: reading them takes a second for every few thousand.
    if sum(1 for _ in ITEM.finditer(body)) > MOST_ENTRIES:
        raise PageError(url, "the feed", f"at most {MOST_ENTRIES:,} entries", "more")
    # As a stream: given as bytes, feedparser would try them as the name of a file first.
    feed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version"):
        raise PageError(url, "the feed", "RSS, Atom or JSON Feed", repr(body[:60].decode("utf-8", "replace")))
    if feed.bozo and not feed.entries:
        raise PageError(url, "the feed", "a feed that can be read", str(feed.get("bozo_exception", "errors"))[:200])
    for entry in feed.entries:
        # `get` of the latter alone warns where only the former is there.
        when = next((entry[name] for name in ("published_parsed", "updated_parsed") if dict.get(entry, name)), None)
        updated = dict.get(entry, "updated_parsed")
        enclosed = [clean_link(url, str(one.get("href", ""))) for one in entry.get("enclosures", [])]
        yield Entry(
            id=tidy(str(entry.get("id", ""))),
            link=clean_link(url, str(entry.get("link", ""))),
            title=_words(entry.get("title", "")),
            published=_utc(when),
            updated=_utc(updated),
            summary=_words(entry.get("summary", "")),
            files=tuple(link for link in dict.fromkeys(enclosed) if link),
        )


def _json_entries(url: str, body: bytes) -> Iterator[Entry]:
    try:
        feed = decoded(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise PageError(url, "the feed", "JSON", str(error)) from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(feed.get("version", "")):
        raise PageError(url, "the feed", "a JSON Feed (version, items)", f"keys {sorted(feed)[:10]}")
    for item in items:
        if not isinstance(item, Mapping):
            raise PageError(url, "the feed", "items that are objects", repr(item)[:60])
        yield Entry(
            id=tidy(str(item.get("id") or "")),
            link=clean_link(url, str(item.get("url") or item.get("external_url") or "")),
            title=_words(item.get("title")),
            published=_moment(item.get("date_published")),
            updated=_moment(item.get("date_modified")),
            summary=_words(item.get("summary") or item.get("content_text") or item.get("content_html")),
            files=tuple(
                link for one in item.get("attachments") or () if isinstance(one, Mapping)
                and (link := clean_link(url, str(one.get("url", ""))))
            ),
        )  # fmt: skip


def _utc(parsed: Any) -> str:
    """A time as feedparser gives it; empty for none."""
    return datetime.fromtimestamp(timegm(parsed), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if parsed else ""


def _moment(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _words(value: Any) -> str:
    return tidy(MARKUP.sub(" ", str(value or "")))
