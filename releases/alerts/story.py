"""What one delivery tells, before it is written for a channel; what a portal printed passes `clean` here."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from archive.catalog.models import Crawl, Portal
from config.errors import ConfigError
from config.home import Home
from releases.alerts.filters import HEALTH_KINDS, read_filters
from releases.alerts.wording import (  # fmt: skip
    ADJECTIVE,
    FILE_ADJECTIVE,
    HEALTH_FIELDS,
    PLAIN_KINDS,
    SENTENCE,
    WEIGHT,
    clean,
    count,
    field_label,
    file_value,
    web_link,
)
from releases.models import Delivery, Event, Record, Subscription

SHOWN = 40
"""Releases told in full; of the rest the number is given."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event in words."""

    kind: str
    sentence: str
    changes: tuple[tuple[str, str, str], ...] = ()
    """(field, before, after); an empty text where there was or is nothing."""
    files: tuple[tuple[str, str], ...] = ()
    """(name, http(s) address or empty)"""
    captures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """The events of one record, or of the portal itself (`key` empty)."""

    key: str
    """As the portal prints it."""
    stable_key: str
    title: str
    kind: str
    url: str
    """At the source; empty unless http(s)."""
    happenings: tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One delivery, told."""

    id: str
    portal: str
    portal_name: str
    headline: str
    releases: tuple[Release, ...]
    more: int
    """Releases beyond the shown ones."""
    vouch: str
    """What the crawl behind it can vouch for; may be empty."""
    why: str
    subscription: str
    name: str
    mute_link: str
    """https address that mutes in one click; empty without a newsroom."""
    mute_mail: str
    """Address a person can ask to be muted; empty when none is known."""
    events: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    """The events in the contract's shape."""


def event_json(event: Event) -> dict[str, Any]:
    """An event in the shape every machine gets: see docs/reference/events."""
    return {
        "id": event.id, "at": event.at, "portal": event.portal, "key": event.key, "kind": event.kind,
        "backfill": event.backfill, "old": event.old, "new": event.new, "files": event.files,
        "captures": event.captures, "crawl": event.crawl, "tags": event.tags, "title": event.title, "url": event.url,
    }  # fmt: skip


def events_of(idents: list[str]) -> list[Event]:
    """The events of these ids, in that order; those that are gone are left out."""
    found: dict[str, Event] = {}
    for start in range(0, len(idents), 500):
        found |= {event.id: event for event in Event.objects.filter(id__in=idents[start : start + 500])}
    return [found[ident] for ident in idents if ident in found]


def tell(delivery: Delivery, home: Home) -> Story:
    """The story of an owed delivery. Reads the database, writes nothing."""
    return story(delivery.id, delivery.subscription, events_of(delivery.events), home)


def story(ident: str, subscription: Subscription, events: list[Event], home: Home) -> Story:
    """The story that `events` (of one commit, so of one portal) make for one subscription."""
    portal = events[0].portal if events else ""
    name = clean(_portal_name(home, portal), 120)
    records = _records(events)
    digest = bool(events) and all(e.backfill for e in events)
    releases = _releases(events, records)
    listed = read_filters(subscription.filters).backfill or not digest
    shown = releases[:SHOWN] if listed else ()
    link = home.settings.link.rstrip("/")
    contact = home.settings.operator.contact
    return Story(
        id=ident,
        portal=portal,
        portal_name=name,
        headline=_headline(events, records, releases, name, digest=digest),
        releases=shown,
        more=len(releases) - len(shown),
        vouch=_vouch(events),
        why=_why(subscription),
        subscription=subscription.id,
        name=clean(subscription.name, 120),
        mute_link=f"{link}/alerts/mute/{subscription.mute_token}" if link else "",
        mute_mail=contact if re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", contact) else "",
        events=tuple(event_json(event) for event in events),
    )


def _records(events: list[Event]) -> dict[str, Record]:
    wanted = sorted({event.record for event in events if event.record})
    found: dict[str, Record] = {}
    for start in range(0, len(wanted), 500):
        found |= {record.id: record for record in Record.objects.filter(id__in=wanted[start : start + 500])}
    return found


def _releases(events: list[Event], records: dict[str, Record]) -> tuple[Release, ...]:
    grouped: dict[str, list[Event]] = {}
    for event in events:
        grouped.setdefault(event.record or f"{event.portal}/{event.kind}", []).append(event)
    made = []
    for group in grouped.values():
        first, record = group[-1], records.get(group[-1].record)
        made.append(
            Release(
                key=clean((record and record.printed_key) or first.key, 120),
                stable_key=clean(first.key, 512),
                title=clean(first.title, 240),
                kind=clean(record.kind if record else "", 40),
                url=web_link(first.url),
                happenings=_together([happening(event) for event in group]),
            )
        )
    return tuple(sorted(made, key=_order))


def _order(release: Release) -> tuple[bool, int, str]:
    """A portal's own health first: it says how far the rest can be trusted. Then as headlines weigh."""
    kinds = {happening.kind for happening in release.happenings}
    weight = min((WEIGHT.index(kind) for kind in kinds if kind in WEIGHT), default=len(WEIGHT))
    return not HEALTH_KINDS.issuperset(kinds), weight, release.key


def happening(event: Event) -> Happening:
    """One event in words."""
    old, new = event.old or {}, event.new or {}
    changes: list[tuple[str, str, str]] = []
    files = tuple(
        (clean(f.get("name") or f.get("url"), 160), web_link(str(f.get("url", "")))) for f in event.files or []
    )
    if event.kind in FILE_ADJECTIVE:
        if event.kind == "file_replaced":
            changes = [
                (label, file_value(name, old.get(name)), file_value(name, new.get(name)))
                for name, label in (("size", "Size"), ("digest", "SHA-256"))
                if name in old or name in new
            ]
    elif event.kind in HEALTH_KINDS and not event.record:
        changes = [(label, "", clean(new.get(name) or old.get(name))) for name, label in HEALTH_FIELDS]
        changes = [
            (label, "", re.sub(r"T(\d\d:\d\d):[\d.]+\+00:00$", r" \1 UTC", now)) for label, _, now in changes if now
        ]
    elif event.kind in PLAIN_KINDS:
        # What a withdrawn record said last: nothing changed to nothing.
        said = new if event.kind == "new" else old
        changes = [(field_label(name), "", clean(value)) for name, value in said.items() if value not in (None, "", [])]
    else:
        for name in dict.fromkeys((*old, *new)):
            before, after = clean(old.get(name)), clean(new.get(name))
            if before != after or event.kind == "retracted":
                changes.append((field_label(name), before, after))
    sentence = SENTENCE.get(event.kind, clean(event.kind, 40))
    if "reformatted" in (event.tags or []):
        sentence = "The portal prints its key in another form"
    return Happening(event.kind, sentence, tuple(changes), files, tuple(event.captures or ()))


def _together(happenings: list[Happening]) -> tuple[Happening, ...]:
    """Twenty files added at once are one sentence with twenty names."""
    made: list[Happening] = []
    for one in happenings:
        last = made[-1] if made else None
        if last and last.kind == one.kind and one.files and not (one.changes or last.changes):
            made[-1] = Happening(one.kind, last.sentence, (), last.files + one.files, last.captures + one.captures)
        else:
            made.append(one)
    return tuple(made)


def _headline(
    events: list[Event], records: dict[str, Record], releases: tuple[Release, ...], portal: str, *, digest: bool
) -> str:
    if not events:
        return f"Nothing to tell · {portal}"
    if digest:
        arrived = {event.record for event in events if event.kind == "new"}
        what = (
            count(len(arrived), "", {records[i].kind for i in arrived if i in records}) if arrived else _files(events)
        )
        return f"{what} — now watching · {portal}"
    health = [event for event in events if event.kind in HEALTH_KINDS and not event.record]
    pieces = [SENTENCE[event.kind].split(":", 1)[0] for event in health[:2]]
    fresh = {event.record for event in events if event.kind == "new"}
    tally: Counter[str] = Counter()
    kinds: dict[str, set[str]] = {}
    seen = set()
    for event in events:
        if event in health or (event.kind == "file_added" and event.record in fresh):
            continue
        mark = event.id if event.kind in FILE_ADJECTIVE else (event.record, event.kind)
        if mark not in seen:
            seen.add(mark)
            tally[event.kind] += 1
            kinds.setdefault(event.kind, set()).add(records[event.record].kind if event.record in records else "")
    for kind in [k for k in (*WEIGHT, *tally) if k in tally][:3]:
        text = (
            count(tally[kind], FILE_ADJECTIVE[kind], {"file"})
            if kind in FILE_ADJECTIVE
            else count(tally[kind], ADJECTIVE.get(kind, kind), kinds[kind])
        )
        if text not in pieces:
            pieces.append(text)
    leading = next((k for k in WEIGHT if k in tally), "")
    first = sorted(releases, key=lambda release: leading not in {h.kind for h in release.happenings})
    cases = [release.key for release in first if release.key]
    who = f" — {clean(cases[0], 60)}" if cases else ""
    if len(cases) > 1:
        who += f" and {len(cases) - 1:,} more"
    return f"{', '.join(dict.fromkeys(pieces))}{who} · {portal}"


def _files(events: list[Event]) -> str:
    return count(sum(event.kind in FILE_ADJECTIVE for event in events) or len(events), "", {"file"})


def _portal_name(home: Home, slug: str) -> str:
    row = Portal.objects.filter(slug=slug).first()
    if row is not None and row.name:
        return row.name
    try:
        return home.portal(slug).name
    except ConfigError:  # a portal that is no longer watched still has news
        return slug


def _vouch(events: list[Event]) -> str:
    crawl = Crawl.objects.filter(id=events[-1].crawl).first() if events else None
    if crawl is None:
        return ""
    when = (crawl.ended_at or crawl.listed_at or crawl.started_at).strftime("%Y-%m-%d %H:%M UTC")
    coverage = f", coverage {clean(crawl.coverage, 20)}" if crawl.verdict in {"healthy", "empty"} else ""
    reason = f" ({clean(crawl.reason, 240).rstrip('.')})" if crawl.reason else ""
    return f"Crawl of {when}: {clean(crawl.verdict, 20)}{coverage}{reason}."


def _why(subscription: Subscription) -> str:
    filters = read_filters(subscription.filters)
    asked = [
        f"{label} {', '.join(values)}"
        for label, values in (
            ("portal", filters.portals),
            ("event", filters.kinds),
            ("record", filters.record_kinds),
            ("key", filters.keys),
        )
        if values
    ]
    if filters.words:
        asked.append(f"words {filters.words}")
    what = "; ".join(asked) or "everything"
    note = f" Your note: {clean(subscription.note)}" if subscription.note.strip() else ""
    return clean(f"You asked for this as “{subscription.name}” ({what}).{note}", 900)
