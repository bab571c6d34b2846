"""The first screen and the list of releases: what was released, newest first, and how far that can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from releases.alerts.feed import LEFT_OUT
from releases.alerts.feed_choice import found_by
from releases.ledger.queries import EDITORS_ONLY, EVENT, event_row
from releases.models import Event
from releases.search.errors import IndexBusy
from releases.search.query import QueryError
from web.front import filters as asked
from web.front.feeds import FORMS, MOST, feed
from web.front.grouped import shown
from web.front.kept import kept
from web.front.seen import Watched, sentence, watched
from web.front.told import named
from web.front.visit import last_visit, remember
from web.front.walk import Walk, beginning, newest, whole
from web.listing.formats import MOST_ROWS, as_csv, as_json
from web.listing.keyset import SIZE, write
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed

COLUMNS = (*EVENT, "title", "url")
_FOUND = 5000
"""Newest documents that words may find here; the search page has all."""
_FEW = 8
"""Portals that are listed by name though all is well with them."""


@allowed("read")
def first(request: HttpRequest) -> HttpResponse:
    """The first screen."""
    now = datetime.now(UTC)
    portals = watched(place.home())
    trouble, trust = [one for one in portals if not one.calm], sentence(portals)
    visit = last_visit(request, now)
    response = render(
        request,
        "front/first.html",
        {
            "listed": _listed(request, asked.Filters()),
            "seen": _seen(portals, trouble, trust),
            "trouble": trouble,
            "trust": trust,
            "yesterday": (now - timedelta(days=1)).date(),
            "week": (now - timedelta(days=7)).date(),
            "visit": visit,
        },
    )
    remember(request, response, now)
    return response


@allowed("read")
def releases(request: HttpRequest, form: str | None = None) -> HttpResponseBase:
    """The list with filters, and as data."""
    wanted = asked.of(request)
    if form is None:
        around = {
            "listed": _listed(request, wanted),
            "filters": wanted,
            "kinds": [kind for kind in asked.KINDS if kind not in EDITORS_ONLY],
            "portals": watched(place.home()),
            "title": _title(wanted),
        }
        return render(request, "front/releases.html", around)
    walk = walk_of(wanted)
    if form == "csv":
        walk.most = None
        return as_csv("releases", COLUMNS, islice(_rows(walk), MOST_ROWS))
    if form in FORMS:
        walk.filters = asked.without(wanted, LEFT_OUT)
        return feed(request, form, _title(wanted), newest(walk, MOST))
    walk.at = beginning(request)
    rows, on = _flat(walk)
    return as_json(map(_row, named(rows)), next=on)


@allowed("anyone")
def language(request: HttpRequest) -> HttpResponse:
    """Remember a language, and go back."""
    there = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure()):
        there = "/"
    response = HttpResponseRedirect(there)
    wanted = request.GET.get("to", "")
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=365 * 86400, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    return response


def _seen(portals: list[Watched], trouble: list[Watched], trust: str) -> SafeString:
    """How far every portal is seen, as HTML: the same for everybody while nothing about any of them changes."""
    calm = [one for one in portals if one.calm]
    around = {"portals": portals, "trouble": trouble, "calm": calm, "few": _FEW, "trust": trust}
    return kept(("seen", tuple(portals)), lambda: render_to_string("front/seen.html", around))


def _listed(request: HttpRequest, wanted: asked.Filters) -> SafeString:
    """The list itself, as HTML."""

    def make() -> SafeString:
        walk = walk_of(wanted)
        walk.at = beginning(request)
        return render_to_string("front/list.html", {"page": shown(walk), "filters": wanted}, request)

    # What words find follows the index, which knows of no commit.
    return make() if wanted.words else kept((request.get_full_path(), wanted), make)


def walk_of(wanted: asked.Filters) -> Walk:
    """A walk along these filters, words looked up. Raises Shown: they mean nothing, or cannot be looked up yet."""
    if not wanted.words:
        return Walk(wanted)
    try:
        found = found_by(place.home(), wanted.words, _FOUND)
    except IndexBusy as error:
        raise Shown(503, _("The search is being made ready."), _("Try again in a minute.")) from error
    except QueryError as error:
        raise Shown(400, f"{error.what[:1].upper()}{error.what[1:]} ({error.where}).", error.todo) from error
    return Walk(wanted, frozenset(record for record, _file in found if record))


def _flat(walk: Walk) -> tuple[list[Event], str | None]:
    """One page of events, and the cursor of the next."""
    ids: list[tuple[datetime, str]] = []
    for part in walk.rows():
        ids += [(row.at, row.id) for row in part]
        if len(ids) > SIZE:
            return whole(ident for _at, ident in ids[:SIZE]), write(ids[SIZE - 1])
    rows = whole(ident for _at, ident in ids)
    return rows, write(walk.at) if walk.at and not walk.ended else None


def _whole(walk: Walk) -> Iterator[list[Event]]:
    return (whole(row.id for row in part) for part in walk.rows())


def _rows(walk: Walk) -> Iterator[dict[str, Any]]:
    return (_row(event) for part in _whole(walk) for event in named(part))


def _row(event: Event) -> dict[str, Any]:
    return event_row(event) | {"title": event.title, "url": event.url}


def _title(wanted: asked.Filters) -> str:
    said = [", ".join(wanted.portals), wanted.words]
    return ": ".join([_("Releases"), *filter(None, [" · ".join(filter(None, said))])])
