"""A feed before it is written in a format: entries whose ids stay for ever (their events'), newest first.

What a first crawl found and quarantined passages are in no feed. A correction is an entry of its own, and
the entry it corrects says so and counts as updated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from archive.catalog.models import Portal
from releases.access import shut_records
from releases.alerts.story_releases import happening
from releases.alerts.story_shape import Happening
from releases.alerts.wording import PLAIN_KINDS, clean, web_link
from releases.ledger.retract import retractions
from releases.models import Event, FileVersion
from releases.restricting.shown import open_events, unnamed

LEFT_OUT = ("quarantined",)
"""Kinds of event that no feed tells."""
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed without entries was last updated: the same each time it is written."""
_URL_SIGNS = "%/:?#[]@!$&'()*+,;=~-._"
_SLICE = 500


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file at its source."""

    url: str
    name: str
    size: int
    """Bytes, as we hold them; 0 while unknown."""
    mime: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event."""

    id: str
    """`urn:uuid:` and the event's id."""
    title: str
    url: str
    """At the source; empty unless http(s)."""
    published: datetime
    updated: datetime
    """When it was corrected, else as `published`."""
    html: str
    """A fragment: paragraphs, del, ins, a; no style, no script, no picture."""
    tags: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    portal: str
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed, whatever format it is written in."""

    id: str
    """A permanent IRI."""
    title: str
    entries: tuple[Entry, ...]
    home: str = ""
    """Address of the page people read instead; empty for none."""
    address: str = ""
    """Where the feed itself can be read; empty while unknown."""
    author: str = "recordwatch"

    @property
    def updated(self) -> datetime:
        return max((entry.updated for entry in self.entries), default=BEGINNING)


def newest(portals: Iterable[str] = (), limit: int = 100) -> list[Event]:
    """The newest events of these portals (of all, if none is named), newest first, without what no feed tells."""
    found = open_events(Event.objects.filter(backfill=False).exclude(kind__in=LEFT_OUT))
    wanted = list(portals)
    if wanted:
        found = found.filter(portal__in=wanted)
    return list(found.order_by("-at", "-id")[:limit])


def entries(events: Iterable[Event], *, one_portal: bool = False) -> tuple[Entry, ...]:
    """An entry for each of `events`, in the order given. `one_portal`: titles need not name the portal."""
    shut = shut_records()
    listed = unnamed(event for event in events if event.kind not in LEFT_OUT and event.record not in shut)
    corrected = retractions(listed)
    held = _held(listed)
    names = dict(Portal.objects.filter(slug__in={event.portal for event in listed}).values_list("slug", "name"))
    return tuple(
        _entry(event, corrected.get(event.id), held, "" if one_portal else names.get(event.portal) or event.portal)
        for event in listed
    )


def query_id(query: str) -> str:
    """The permanent id of a feed of `query`."""
    return f"tag:recordwatch,2026:query:{hashlib.sha256(query.encode()).hexdigest()[:32]}"


def address_of(url: str) -> str:
    """`url` as a plain http(s) address in ASCII; else empty."""
    return quote(web_link(url), safe=_URL_SIGNS)


def _entry(event: Event, correction: Event | None, held: dict[str, FileVersion], portal: str) -> Entry:
    told = happening(event)
    key, name = clean(event.key, 120), clean(event.title, 240)
    if key.casefold() not in name.casefold():
        name = " · ".join(filter(None, (key, name)))
    title = f"{told.sentence.split(':', 1)[0]}: {name or clean(portal or event.portal, 120)}"
    if name and portal:
        title += f" · {clean(portal, 120)}"
    html = as_fragment(told)
    if correction is not None:
        reason = clean((correction.new or {}).get("reason"))
        html = f"<p><strong>Corrected since: this was wrong{escape(f': {reason}' if reason else '')}</strong></p>{html}"
        title = f"Corrected: {title}"
    tags = (event.portal, event.kind, *(str(tag) for tag in event.tags or []))
    return Entry(
        id=f"urn:uuid:{event.id}",
        title=title,
        url=address_of(event.url),
        published=event.at,
        updated=max(event.at, correction.at) if correction else event.at,
        html=html,
        tags=tuple(dict.fromkeys(filter(None, (clean(tag, 120) for tag in tags)))),
        enclosures=tuple(_enclosures(event, held)),
        portal=event.portal,
        key=clean(event.key, 512),
        kind=event.kind,
    )


def as_fragment(told: Happening) -> str:
    """One event as HTML without any style: feed readers have their own."""
    out = [f"<p><strong>{escape(told.sentence)}</strong></p>"]
    rows = []
    for name, before, after in told.changes:
        value = escape(after) or "(nothing)"
        if told.kind not in PLAIN_KINDS:
            value = f"{f'<del>{escape(before)}</del>' if before else '(nothing)'} → <ins>{value}</ins>"
        rows.append(f"<li>{escape(name)}: {value}</li>")
    for name, url in told.files:
        shown = f'<a href="{escape(address_of(url))}">{escape(name)}</a>' if url else escape(name)
        rows.append(f"<li>File: {shown}</li>")
    return "".join(out) + (f"<ul>{''.join(rows)}</ul>" if rows else "")


def _enclosures(event: Event, held: dict[str, FileVersion]) -> Iterable[Enclosure]:
    seen = set()
    for file in event.files or []:
        url = address_of(str(file.get("url", "")))
        if url and url not in seen:
            seen.add(url)
            version = held.get(str(file.get("id")))
            mime = version.mime.partition(";")[0].strip() if version else ""
            yield Enclosure(
                url,
                clean(file.get("name") or url, 160),
                version.size if version else 0,
                mime or "application/octet-stream",
            )


def _held(events: Sequence[Event]) -> dict[str, FileVersion]:
    """The newest version of each file that these events name."""
    wanted = sorted({str(file.get("id")) for event in events for file in event.files or []})
    found: dict[str, FileVersion] = {}
    for start in range(0, len(wanted), _SLICE):
        rows = FileVersion.objects.filter(file__in=wanted[start : start + _SLICE]).order_by("number")
        found |= {row.file: row for row in rows}
    return found
