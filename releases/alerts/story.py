"""What one delivery tells, before it is written for a channel. Reads the database, writes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from config.home import Home
from releases.access import shut_records
from releases.alerts.cadence import zone_to_show
from releases.alerts.digest_certificate import worded
from releases.alerts.filters import HEALTH_KINDS, read_filters
from releases.alerts.story_headline import (
    correction_headline,
    digest_headline,
    first_headline,
    first_looks,
    headline,
)
from releases.alerts.story_portal import portal_name, vouch
from releases.alerts.story_releases import event_json, grouped, happening, records_of
from releases.alerts.story_shape import Certificate, Happening, Release, Section, Story, Vouched
from releases.alerts.waited import told
from releases.alerts.wording import clean
from releases.models import Delivery, Event, Record, Subscription
from releases.restricting.shown import as_told

__all__ = [
    "SHOWN", "Certificate", "Happening", "Release", "Section", "Story", "Vouched", "event_json", "events_of",
    "happening", "story", "tell",
]  # fmt: skip

SHOWN = 40
"""Releases of one portal told in full; of the rest the number is given."""


def events_of(idents: list[str]) -> list[Event]:
    """The events of these ids, in that order, as they may be told; those that are gone are left out, and those of
    records that are shown to nobody.
    """
    found: dict[str, Event] = {}
    for start in range(0, len(idents), 500):
        found |= {event.id: event for event in Event.objects.filter(id__in=idents[start : start + 500])}
    shut = shut_records()
    return [as_told(found[ident]) for ident in idents if ident in found and found[ident].record not in shut]


def all_shut(idents: list[str]) -> bool:
    """Whether all these events are of records that are shown to nobody now."""
    shut = shut_records()
    if not (shut and idents):
        return False
    held = sum(
        Event.objects.filter(id__in=idents[start : start + 500], record__in=shut).count()
        for start in range(0, len(idents), 500)
    )
    return held == len(set(idents))


def tell(delivery: Delivery, home: Home) -> Story:
    """The story of an owed delivery."""
    certificate = worded(delivery) if delivery.certificate is not None else None
    waited = told((delivery.certificate or {}).get("waited", ""), zone_to_show(delivery.subscription.timezone))
    events = events_of(delivery.events)
    return story(
        delivery.id, delivery.subscription, events, home, kind=delivery.kind, certificate=certificate, waited=waited
    )


def story(
    ident: str,
    subscription: Subscription,
    events: Sequence[Event],
    home: Home,
    *,
    kind: str = "news",
    certificate: Certificate | None = None,
    waited: str = "",
) -> Story:
    """The story that `events`, oldest first, make for one subscription."""
    corrections = [event for event in events if event.kind == "retracted"]
    news = [event for event in events if event.kind != "retracted"]
    records = records_of(events)
    corrected = grouped(corrections, records)
    listed = read_filters(subscription.filters).backfill
    by_portal: dict[str, list[Event]] = {}
    for event in news:
        by_portal.setdefault(event.portal, []).append(event)
    sections = tuple(
        _section(slug, part, records, home, listed=listed, vouched=certificate is not None)
        for slug, part in by_portal.items()
    )
    slugs = list(dict.fromkeys(event.portal for event in events))
    name = portal_name(home, slugs[0]) if len(slugs) == 1 else _("%(n)s portals") % {"n": len(slugs)}
    link = home.settings.link.rstrip("/")
    contact = home.settings.operator.contact
    return Story(
        id=ident,
        portal=slugs[0] if len(slugs) == 1 else "",
        portal_name=name if slugs else "",
        headline=_headline(news, corrected, records, name, certificate, subscription),
        releases=tuple(release for section in sections for release in section.releases),
        more=sum(section.more for section in sections),
        vouch=vouch(events) if certificate is None else "",
        why=_why(subscription, events),
        subscription=subscription.id,
        name=clean(subscription.name, 120),
        mute_link=f"{link}/alerts/mute/{subscription.mute_token}" if link else "",
        mute_mail=contact if re.fullmatch(r"[^@\s<>,]+@[^@\s<>,]+", contact) else "",
        events=tuple(event_json(event) for event in events),
        kind=kind,
        sections=sections,
        corrections=corrected,
        waited=waited,
        certificate=certificate,
        query=clean(read_filters(subscription.filters).query, 1000),
        newsroom=link,
    )


def _section(
    slug: str, events: list[Event], records: dict[str, Record], home: Home, *, listed: bool, vouched: bool
) -> Section:
    """What a first crawl found is counted, not listed, unless the subscription asks for it (`listed`)."""
    name = portal_name(home, slug)
    news = [event for event in events if not event.backfill]
    if listed or len(news) == len(events):
        releases = grouped(events, records)
        return Section(slug, name, releases[:SHOWN], max(0, len(releases) - SHOWN), "" if vouched else vouch(events))
    first = [event for event in events if event.backfill]
    arrived, late = (
        len({event.record for event in first if (event.kind == "overdue") is is_late}) for is_late in (False, True)
    )
    if not news and not vouched:
        return Section(slug, name, (), arrived or late, vouch(events), overdue=0 if arrived else late)
    said = tuple(Happening("new", sentence) for sentence in first_looks(first, records))
    releases = (Release("", "", name, "", "", said), *grouped(news, records))
    return Section(slug, name, releases[:SHOWN], max(0, len(releases) - SHOWN), "" if vouched else vouch(events))


def _headline(
    news: list[Event],
    corrected: tuple[Release, ...],
    records: dict[str, Record],
    portal: str,
    certificate: Certificate | None,
    subscription: Subscription,
) -> str:
    fresh = [event for event in news if not event.backfill]
    said = ""
    if fresh:
        said = headline(fresh, records, grouped(fresh, records), portal)
    elif news:
        said = first_headline(news, records, portal)
    if certificate is not None:
        cadence = "" if subscription.cadence == "instant" else subscription.cadence
        return digest_headline(said, corrected, certificate, cadence)
    if corrected and not news:
        return correction_headline(corrected, portal)
    return said or _("Nothing to tell · %(portal)s") % {"portal": portal}


def _why(subscription: Subscription, events: Sequence[Event]) -> str:
    filters = read_filters(subscription.filters)
    health = all(event.kind in HEALTH_KINDS and not event.record for event in events)
    asked = [
        f"{label} {', '.join(values)}"
        for label, values in (
            (_("portal"), filters.portals),
            (_("event"), filters.kinds),
            (_("record"), filters.record_kinds),
            (_("key"), filters.keys),
        )
        if values
    ]
    if filters.words:
        asked.append(f"{_('words')} {filters.words}")
    asked += [f"{_('query')} {filters.query}"] if filters.query else []
    asked += [f"{name} {test}" for name, test in filters.fields.items()]
    what = "; ".join(asked) or _("everything")
    said = [_("You asked for this as “%(name)s” (%(what)s).") % {"name": subscription.name, "what": what}]
    if health and events and len(asked) > 1:
        said.append(_("You hear, too, when a portal you follow can not be seen."))
    if subscription.note.strip():
        said.append(_("Your note: %(note)s") % {"note": clean(subscription.note)})
    return clean(" ".join(said), 900)
