"""Which events a feed tells: of everything, of a portal, of a subscription's filters, of a query."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

import msgspec
import tantivy
from django.db.models import Q, QuerySet
from tantivy import Occur, Query

from archive.catalog.models import Portal
from config.errors import ConfigError
from config.home import Home
from releases.alerts.feed import LEFT_OUT, Feed, entries, newest, query_id
from releases.alerts.filters import HEALTH_KINDS, Filters, matches, read_filters
from releases.alerts.matching_candidates import candidates
from releases.alerts.matching_documents import ABOUT_FILES
from releases.alerts.story_portal import portal_name
from releases.alerts.wording import clean
from releases.models import Alias, Event, Record, Subscription
from releases.restricting.shown import open_events
from releases.search import place
from releases.search.behind import behind, not_ready
from releases.search.compile import compiled, said
from releases.search.cursor import Key
from releases.search.documents import Shown
from releases.search.errors import IndexBusy
from releases.search.hits import Candidates
from releases.search.query import parse
from releases.search.search import MOST
from releases.search.whole import owned_by, whole_words

LOOKED_AT = 20_000
"""Newest events that are looked at for a feed with filters, and newest documents for one with a query."""
_FIRST, _PAGE = 40, 500
"""Events asked for at first, and at most, at a time."""
_FEW = 400
"""Records whose events are asked for by name."""


def everything(home: Home, limit: int) -> Feed:
    """Every portal's releases."""
    return _feed(home, "tag:recordwatch,2026:releases:all", "Releases", newest((), limit))


def of_portals(home: Home, portals: list[str], limit: int) -> Feed:
    """The releases of one portal or some."""
    which = "+".join(sorted(set(portals)))
    named = ", ".join(portal_name(home, slug) for slug in sorted(set(portals)))
    page = portal_page(home, portals[0]) if len(set(portals)) == 1 else ""
    return _feed(
        home,
        f"tag:recordwatch,2026:releases:{which}",
        f"Releases: {named}",
        newest(portals, limit),
        page,
        one=bool(page),
    )


def of_subscription(home: Home, subscription: Subscription, limit: int) -> Feed:
    """What a subscription asks for. Raises as `of_filters`."""
    filters = read_filters(subscription.filters)
    found = lately(home, filters, limit)
    return _feed(home, f"tag:recordwatch,2026:search:{subscription.id}", clean(subscription.name, 120), found)


def of_records(home: Home, ident: str, title: str, records: Collection[str], limit: int) -> Feed:
    """What became of these records, by their ids. `ident` names the feed for ever."""
    events = _known_events(set(records)).filter(record__in=set(records)) if records else Event.objects.none()
    found = list(events.order_by("-at", "-id")[:limit])
    return _feed(home, f"tag:recordwatch,2026:list:{ident}", clean(title, 120), found)


def of_filters(home: Home, ident: str, title: str, filters: Filters, limit: int) -> Feed:
    """What `filters` let through. `ident` names the feed for ever. Raises as `lately`."""
    made = hashlib.sha256(ident.encode()).hexdigest()[:32]
    return _feed(home, f"tag:recordwatch,2026:filters:{made}", clean(title, 120), lately(home, filters, limit))


def of_query(home: Home, query: str, portals: list[str], limit: int) -> Feed:
    """What a query finds, and what becomes of it.

    Raises:
        QueryError: it means nothing. IndexBusy: there is no index yet.
    """
    found = lately(home, Filters(query=query, portals=tuple(portals)), limit)
    shown = query + (f" ({', '.join(portals)})" if portals else "")
    return _feed(home, query_id("\n".join((query, *sorted(portals)))), f"Releases: {clean(shown, 120)}", found)


def check_query(query: str) -> None:
    """Raises QueryError: it means nothing."""
    parse(query)


def portal_page(home: Home, slug: str) -> str:
    """A portal's own address; empty when it is not known (any more)."""
    try:
        return home.portal(slug).url
    except ConfigError:
        row = Portal.objects.filter(slug=slug).first()
        return row.url if row else ""


def _feed(home: Home, ident: str, title: str, events: list[Event], page: str = "", *, one: bool = False) -> Feed:
    made = entries(events, one_portal=one)
    author = clean(home.settings.operator.name, 120) or "recordwatch"
    return Feed(ident, title, made, home=home.settings.link or page, author=author)


def lately(home: Home, filters: Filters, limit: int, looked_at: int = LOOKED_AT) -> list[Event]:
    """The newest events that `filters` let through, newest first, of the newest `looked_at`; without first crawls.

    Raises:
        QueryError: the query means nothing. IndexBusy: there is no index yet.
    """
    found = found_by(home, filters.query) if filters.query else None
    return list(islice(_passing(filters, found, looked_at), limit))


def _passing(filters: Filters, found: set[tuple[str, str]] | None, looked_at: int) -> Iterator[Event]:
    """The newest events that pass `filters`, newest first; `found`: (record, file or empty) that the query finds."""
    records = {record for record, _ in found or ()}
    known = set(filters.records) if filters.records else records if found is not None else _called(filters)
    events = _known_events(known)
    if filters.portals:
        events = events.filter(portal__in=filters.portals)
    if filters.kinds and not filters.records:
        health = Q(record="", kind__in=HEALTH_KINDS) if filters.health else Q(pk__in=())
        events = events.filter(Q(kind__in=filters.kinds) | health)
    if known is None:  # as far back as is looked at, whatever the rest leaves out
        oldest = Event.objects.order_by("-at").values_list("at", flat=True)[looked_at : looked_at + 1].first()
        events = events.filter(at__gte=oldest) if oldest else events
    start, size = 0, _FIRST
    while start < looked_at:
        page = list(events.order_by("-at", "-id")[start : start + size])
        asked = [event for event in page if found is None or not event.record or _tells(event, found, records)]
        looked = candidates(asked)
        yield from (event for event in asked if matches(filters, looked[event.id], asked=True))
        if len(page) < size:
            return
        start, size = start + size, min(2 * size, _PAGE)


def _called(filters: Filters) -> set[str] | None:
    """Ids of the records that the filters' keys name, where each is written as it is known; else None."""
    if not filters.keys or not filters.portals:
        return None
    found: set[str] = set()
    for key in filters.keys:
        own = set(Record.objects.filter(portal__in=filters.portals, key=key).values_list("id", flat=True))
        own |= set(Alias.objects.filter(portal__in=filters.portals, name=key).values_list("record", flat=True))
        if not own:
            return None
        found |= own
    return found


def _known_events(known: set[str] | None) -> QuerySet[Event]:
    """What feeds tell; of few records alone, and of portals themselves, where only these can be meant."""
    events = open_events(Event.objects.filter(backfill=False).exclude(kind__in=LEFT_OUT))
    if known is None or len(known) > _FEW:
        return events
    return events.filter(Q(record__in=known) | Q(record="", kind__in=HEALTH_KINDS))


def _tells(event: Event, found: set[tuple[str, str]], records: set[str]) -> bool:
    """Whether the query finds the event's record, or the file it is about."""
    if event.kind not in ABOUT_FILES:
        return event.record in records
    named = {(event.record, str(file.get("id"))) for file in event.files or []}
    return (event.record, "") in found or bool(named & found)


def found_by(home: Home, query: str, most: int = LOOKED_AT) -> set[tuple[str, str]]:
    """(record, file or empty) of the `most` newest documents that `query` finds in the index as it is.

    Raises:
        QueryError: it means nothing. IndexBusy: there is no index yet.
    """
    tree = parse(query)
    opened = place.opened(home.index)
    if opened is None:
        raise IndexBusy(
            "there is no search index yet", where=str(home.index), todo="run `recordwatch search --rebuild`"
        )
    anywhere, late = list(whole_words(tree)), behind(opened)
    if late and anywhere:
        raise not_ready(home.index)
    found = _owners(opened, compiled(tree, query, opened.searcher), most, late=late)
    if not anywhere:
        return found
    # What says the words is told too: it is why the others are found.
    saying = [
        (Occur.Must, said(anywhere, query, opened.searcher)),
        (Occur.Must, owned_by({record for record, _ in found})),
    ]
    return found | _owners(opened, Query.boolean_query(saying), most, late=late)


def _owners(opened: place.Opened, wanted: Any, most: int, *, late: bool) -> set[tuple[str, str]]:
    """`late`: words are in the index that are hidden by now; who asks for them finds nothing by them."""
    searcher = opened.searcher
    hits: Any = searcher.search(wanted, min(most, MOST) if late else most, False, "at", order=tantivy.Order.Desc).hits
    if late:
        documents = [(Key(0.0, 0), 0.0, address) for _, address in hits]
        told = [one.shown for one in Candidates(opened, "", None).shown(documents)]
    else:
        told = [msgspec.json.decode(bytes(searcher.doc(address)["shown"][0]), type=Shown) for _, address in hits]
    return {(record, file) for shown in told for _, record, file in shown.owners if record}
