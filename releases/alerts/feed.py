"""Releases as an Atom 1.0 feed (RFC 4287). Every entry keeps its id for ever: its event's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape
from xml.etree import ElementTree as ET

from django.utils import timezone

from releases.alerts.message import as_html_event
from releases.alerts.story import happening
from releases.alerts.wording import clean, web_link
from releases.models import Event

ATOM = "http://www.w3.org/2005/Atom"


def newest(portals: Iterable[str] = (), limit: int = 100) -> list[Event]:
    """The newest events of these portals (of all, if none is named), newest first; backfills left out."""
    found = Event.objects.filter(backfill=False)
    wanted = list(portals)
    if wanted:
        found = found.filter(portal__in=wanted)
    return list(found.order_by("-at", "-id")[:limit])


def atom(
    events: Iterable[Event],
    *,
    title: str = "Releases",
    ident: str = "tag:recordwatch,2026:releases",
    link: str = "",
    author: str = "recordwatch",
) -> bytes:
    """An Atom document of `events`, in the order given (newest first is usual).

    `ident` is the feed's own permanent IRI, `link` the public address of the newsroom (empty: none).
    """
    listed = list(events)
    ET.register_namespace("", ATOM)
    feed = ET.Element(_tag("feed"))
    _add(feed, "id", ident)
    _add(feed, "title", clean(title))
    _add(feed, "updated", _moment(max((event.at for event in listed), default=timezone.now())))
    _add(ET.SubElement(feed, _tag("author")), "name", clean(author))
    ET.SubElement(feed, _tag("generator")).text = "recordwatch"
    if web_link(link):
        ET.SubElement(feed, _tag("link"), rel="alternate", href=web_link(link))
    for event in listed:
        _entry(feed, event)
    ET.indent(feed)
    document: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _entry(feed: ET.Element, event: Event) -> None:
    told = happening(event)
    entry = ET.SubElement(feed, _tag("entry"))
    _add(entry, "id", f"urn:uuid:{event.id}")
    name = " · ".join(dict.fromkeys(filter(None, (clean(event.key, 120), clean(event.title, 240))))) or event.portal
    _add(entry, "title", f"{told.sentence.split(':', 1)[0]}: {name}")
    _add(entry, "updated", _moment(event.at))
    _add(entry, "published", _moment(event.at))
    for term in dict.fromkeys((event.portal, event.kind, *(str(tag) for tag in event.tags or []))):
        ET.SubElement(entry, _tag("category"), term=clean(term, 120))
    if url := web_link(event.url):
        ET.SubElement(entry, _tag("link"), rel="alternate", href=url)
    for name, url in told.files:
        if url:
            ET.SubElement(entry, _tag("link"), rel="enclosure", href=url, title=name)
    # An entry without a link needs content (RFC 4287, 4.1.2); all of ours have both where they can.
    content = ET.SubElement(entry, _tag("content"), type="html")
    content.text = as_html_event(told) + f"<p>{escape(clean(event.portal))}</p>"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, _tag(name)).text = text


def _tag(name: str) -> str:
    return f"{{{ATOM}}}{name}"
