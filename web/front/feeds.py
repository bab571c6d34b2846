"""Feeds of a list of events: Atom, RSS and JSON Feed, whose entries lead to our own pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from releases.alerts.feed import Feed, entries, query_id
from releases.alerts.feed_formats import atom, json_feed, rss
from releases.alerts.wording import clean
from releases.models import Event
from web.front.told import named, record_address
from web.shell import place

MOST = 100
"""Entries of a feed."""
FORMS: dict[str, tuple[Callable[[Feed], bytes], str]] = {
    "atom": (atom, "application/atom+xml; charset=utf-8"),
    "rss": (rss, "application/rss+xml; charset=utf-8"),
    "feed.json": (json_feed, "application/feed+json"),
}
"""Ending → writer and media type."""


def feed(request: HttpRequest, form: str, title: str, events: Sequence[Event]) -> HttpResponse:
    """`events`, newest first, as the feed of this address."""
    base = origin(request)
    told = tuple(
        replace(
            entry,
            url=f"{base}{record_address(entry.portal, entry.key) if entry.key else f'/portals/{entry.portal}'}",
        )
        for entry in entries(named(events))
    )
    query = request.GET.copy()
    query.pop("after", None)
    asked = f"?{query.urlencode()}" if query else ""
    page = request.path.removesuffix(f".{form}")
    made = Feed(
        id=query_id(f"{page}{asked}"),
        title=clean(title, 160),
        entries=told,
        home=f"{base}{page}{asked}",
        address=f"{base}{request.path}{asked}",
        author=clean(place.home().settings.operator.name, 120) or "recordwatch",
    )
    write, kind = FORMS[form]
    return HttpResponse(write(made), content_type=kind)


def origin(request: HttpRequest) -> str:
    """Where readers find this newsroom: as `link` says, else as they came."""
    return place.home().settings.link.rstrip("/") or request.build_absolute_uri("/").rstrip("/")
