"""A feed as Atom 1.0 (RFC 4287), RSS 2.0 (RSS Advisory Board) and JSON Feed 1.1. The same feed gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
from django.utils.translation import get_language

from releases.alerts.feed import Entry, Feed, address_of

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
_NO_PAGE = "about:blank"


def atom(feed: Feed) -> bytes:
    """The feed as an Atom document."""
    root = ET.Element("feed", xmlns=ATOM)
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", _moment(feed.updated))
    _add(ET.SubElement(root, "author"), "name", feed.author)
    _add(root, "generator", "recordwatch")
    if feed.address:
        ET.SubElement(root, "link", rel="self", type="application/atom+xml", href=address_of(feed.address))
    if feed.home:
        ET.SubElement(root, "link", rel="alternate", href=address_of(feed.home))
    for entry in feed.entries:
        _atom_entry(ET.SubElement(root, "entry"), entry)
    return _document(root)


def _atom_entry(made: ET.Element, entry: Entry) -> None:
    _add(made, "id", entry.id)
    _add(made, "title", entry.title)
    _add(made, "published", _moment(entry.published))
    _add(made, "updated", _moment(entry.updated))
    for tag in entry.tags:
        ET.SubElement(made, "category", term=tag)
    if entry.url:
        ET.SubElement(made, "link", rel="alternate", href=entry.url)
    for file in entry.enclosures:
        values = {"rel": "enclosure", "href": file.url, "title": file.name, "type": file.mime}
        ET.SubElement(made, "link", values | ({"length": str(file.size)} if file.size else {}))
    # An entry without a link needs content (RFC 4287, 4.1.2); all of ours have it.
    _add(made, "content", entry.html).set("type", "html")


def rss(feed: Feed) -> bytes:
    """The feed as an RSS document. An item has one enclosure at most, as the specification has it; all are in its text."""
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM, "xmlns:dc": DC})
    channel = ET.SubElement(root, "channel")
    _add(channel, "title", feed.title)
    _add(channel, "link", address_of(feed.home) or address_of(feed.address) or _NO_PAGE)
    _add(channel, "description", f"{feed.title}: what was released, changed or withdrawn")
    _add(channel, "language", (get_language() or "en")[:2])
    _add(channel, "lastBuildDate", format_datetime(feed.updated.astimezone(UTC)))
    _add(channel, "generator", "recordwatch")
    if feed.address:
        ET.SubElement(channel, "atom:link", rel="self", type="application/rss+xml", href=address_of(feed.address))
    for entry in feed.entries:
        item = ET.SubElement(channel, "item")
        _add(item, "title", entry.title)
        if entry.url:
            _add(item, "link", entry.url)
        _add(item, "description", entry.html)
        _add(item, "dc:creator", feed.author)
        for tag in entry.tags:
            _add(item, "category", tag)
        for file in entry.enclosures[:1]:
            ET.SubElement(item, "enclosure", url=file.url, length=str(file.size), type=file.mime)
        _add(item, "guid", entry.id).set("isPermaLink", "false")
        _add(item, "pubDate", format_datetime(entry.published.astimezone(UTC)))
    return _document(root)


def json_feed(feed: Feed) -> bytes:
    """The feed as a JSON Feed document; `_recordwatch` says of each item which portal, key and kind of event it is."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": address_of(feed.home),
        "feed_url": address_of(feed.address),
        "language": (get_language() or "en")[:2],
        "authors": [{"name": feed.author}],
        "items": [_item(entry) for entry in feed.entries],
    }
    return msgspec.json.format(msgspec.json.encode(_known(document)), indent=1) + b"\n"


def _item(entry: Entry) -> dict[str, Any]:
    return _known({
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.html,
        "date_published": _moment(entry.published),
        "date_modified": _moment(entry.updated),
        "tags": list(entry.tags),
        "attachments": [
            _known({"url": file.url, "mime_type": file.mime, "title": file.name, "size_in_bytes": file.size})
            for file in entry.enclosures
        ],
        "_recordwatch": {"portal": entry.portal, "key": entry.key, "kind": entry.kind},
    })  # fmt: skip


FORMATS: dict[str, tuple[Callable[[Feed], bytes], str]] = {
    "atom": (atom, ".atom"),
    "rss": (rss, ".rss"),
    "json": (json_feed, ".json"),
}
"""Name → writer and ending."""


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: an address that is not known is left out, never an empty text. Items always stay."""
    return {name: value for name, value in values.items() if value or name == "items"}


def _document(root: ET.Element) -> bytes:
    ET.indent(root)
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return made + b"\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    made = ET.SubElement(parent, name)
    made.text = text
    return made
