"""A record's page: what it is now, what happened to it, and what proves it; the same as JSON, CSV and Atom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from archive.catalog.models import Crawl, Portal, Restriction
from releases.access import withheld, without_names
from releases.alerts import feed, feed_formats
from releases.alerts.story_portal import portal_name
from releases.alerts.wording import clean, web_link
from releases.ledger.queries import EDITORS_ONLY, record_rows
from releases.ledger.retract import corrected
from releases.ledger.timeline import Entry, timeline
from releases.models import Alias, Event, Record, RecordVersion
from releases.restricting.shown import undigested
from web.listing.formats import as_csv
from web.records.attached import files
from web.records.clocks import rules
from web.records.found import NoRecord, Shut, record_of
from web.records.history import MOST, history
from web.records.numbers import number
from web.records.proofs import proofs
from web.records.related import same_matter
from web.records.story import latest, story
from web.records.values import shown
from web.shell import errors, place
from web.shell.viewer import allowed, viewer_of

FORMS = (".json", ".csv", ".atom")
_NAMES = 20
_FEED = 100
_DAYS = 100
"""Entries of the timeline over several records."""


@allowed("read")
def record(request: HttpRequest, slug: str, key: str) -> HttpResponseBase:
    """The page; with an ending that belongs to no key, its data."""
    viewer = viewer_of(request)
    stem, form = key, ""
    try:
        try:
            found = record_of(slug, key, viewer)
        except NoRecord:
            form = next((ending for ending in FORMS if key.endswith(ending)), "")
            if not form:
                raise
            stem = key.removesuffix(form)
            found = record_of(slug, stem, viewer)
    except NoRecord as error:
        return _none(request, error)
    except Shut as error:
        return _shut(request, error.record)
    if found.key != stem:
        return _moved(request, found, stem, form)
    if form == ".json":
        return HttpResponse(msgspec.json.encode(data_of(found)), content_type="application/json")
    if form == ".csv":
        return _versions(found)
    if form == ".atom":
        return _feed(request, found)
    return render(request, "records/record.html", _context(request, found))


@allowed("read")
def by_key(request: HttpRequest, slug: str) -> HttpResponse:
    """`?key=`: for keys that no address can hold, such as `..`; and for a form."""
    key = request.GET.get("key", "")
    if not key:
        return HttpResponseRedirect(f"/portals/{quote(slug, safe='')}")
    # A browser would take dots for steps in the address; a line's end is in none of ours.
    if set(key.split("/")) & {".", ".."} or not key.isprintable():
        answer = record(request, slug, key)
        return answer if isinstance(answer, HttpResponse) else HttpResponse(status=404)
    return HttpResponseRedirect(reverse("record", args=[slug, key]))


def _context(request: HttpRequest, found: Record) -> dict[str, Any]:
    home, query = place.home(), request.GET
    past = history(found)
    rows = Alias.objects.filter(record=found.id, ended_at=None).order_by("at", "id")
    names = list(rows.values_list("name", flat=True)[:_NAMES])
    known = {found.key.casefold(), found.printed_key.casefold()}
    also = [name for name in names if name.casefold() not in known]
    portals = dict(Portal.objects.values_list("slug", "name"))
    matter = same_matter(found, [found.key, found.printed_key, *also], portals)
    crawl = Crawl.objects.filter(id=found.last_crawl).only("verdict", "started_at").first()
    oldest_first = query.get("order") == "old"
    proven = proofs(past, number(query.get("captures")))  # first: it asks of most bytes whether they are withheld
    told = story(past, portals, number(query.get("story")), oldest_first=oldest_first)
    attached = files(found, number(query.get("files")))
    mark = {"portal": found.portal, "key": found.key}
    return {
        "record": found,
        "title": without_names(clean(found.title, 400)) or found.key,
        "source": web_link(found.url),
        "portal_name": clean(portals.get(found.portal), 120) or portal_name(home, found.portal),
        "asked_as": query.get("as", "")[:512] if query.get("as", "") in names else "",
        "also": [without_names(name) for name in also],
        "crawl": crawl,
        "version": past.newest,
        "versions": past.steps[:MOST],
        "fields": shown(without_names(past.newest.fields)) if past.newest else [],
        "story": told,
        "latest": None if oldest_first or told.page > 1 else latest(told),
        "oldest_first": oldest_first,
        "files": attached,
        "replaced": any(one.replaced for one in attached.rows),
        "proofs": proven,
        "rules": rules(home, found),
        "matter": [(one, without_names(clean(one.title, 200)) or one.key) for one in matter],
        "together": _together(found, matter) if query.get("matter") == "1" else [],
        "watch": f"/subscriptions/new?{urlencode(mark)}",
    }


def _together(found: Record, matter: list[Record]) -> list[Entry]:
    """The newest days of this record and those of the same matter, newest first."""
    return without_names(timeline([found, *matter])[: -_DAYS - 1 : -1])


def _none(request: HttpRequest, error: NoRecord) -> HttpResponse:
    what = _("No record of this portal has this key or name.")
    if request.path.endswith(FORMS):
        return errors.page(request, 404, what, ", ".join(error.near))
    held = Record.objects.filter(portal=error.slug[:64].replace("\0", "")).exists()
    told = {"what": what, "asked": clean(error.key, 200), "slug": error.slug, "near": error.near, "held": held}
    return render(request, "records/none.html", told, status=404)


def _shut(request: HttpRequest, found: Record) -> HttpResponse:
    """For editors: that it is under a restriction, and why."""
    why = Restriction.objects.filter(kind="record", record=found.id, lifted_at=None).order_by("-at", "-id")
    if request.path.endswith(FORMS):
        return errors.page(request, 404, _("This record is under a restriction."))
    return render(request, "records/restricted.html", {"record": found, "why": why[:10]}, status=403)


def _moved(request: HttpRequest, found: Record, stem: str, form: str) -> HttpResponse:
    query = request.GET.copy()
    query["as"] = stem
    there = HttpResponsePermanentRedirect(
        f"{reverse('record', args=[found.portal, found.key])}{form}?{query.urlencode()}"
    )
    there.headers["Cache-Control"] = "max-age=300"  # a merge can be undone
    return there


def data_of(found: Record) -> dict[str, Any]:
    row = record_rows(found)
    why = corrected(Event.objects.filter(record=found.id))
    row["events"] = [event | ({"corrected": why[event["id"]]} if event["id"] in why else {}) for event in row["events"]]
    digests = {version["digest"] for file in row["files"] for version in file["versions"]}
    held_back = withheld(digests | {capture["payload_digest"] for capture in row["captures"]})
    for file in row["files"]:
        file["versions"] = [one | {"withheld": held_back.get(one["digest"])} for one in file["versions"]]
    row["captures"] = [one | {"withheld": held_back.get(one["payload_digest"])} for one in row["captures"]]
    return without_names(undigested(row, {digest for digest, why in held_back.items() if why == "restricted"}))


def _versions(found: Record) -> HttpResponseBase:
    rows = RecordVersion.objects.filter(record=found.id).order_by("number")
    names = dict.fromkeys(name for fields in rows.values_list("fields", flat=True) for name in fields)
    fixed = ("version", "at", "title", "url", "noise", "captures")

    def lines() -> Iterator[dict[str, Any]]:
        for row in rows.iterator(chunk_size=200):
            own = {
                "version": row.number, "at": row.at, "title": row.title, "url": row.url, "noise": row.noise,
                "captures": " ".join(row.captures),
            }  # fmt: skip
            yield without_names(own | {f"field {name}": value for name, value in row.fields.items()})

    name = re.sub(r"[^A-Za-z0-9._-]+", "-", found.key)[:80].strip(".-")
    return as_csv(f"{name}-versions", [*fixed, *(f"field {name}" for name in names)], lines())


def _feed(request: HttpRequest, found: Record) -> HttpResponse:
    events = Event.objects.filter(record=found.id).exclude(kind__in=EDITORS_ONLY).order_by("-at", "-id")[:_FEED]
    entries = tuple(
        replace(entry, title=without_names(entry.title), html=without_names(entry.html))
        for entry in feed.entries(events, one_portal=True)
    )
    here = reverse("record", args=[found.portal, found.key])
    made = feed.Feed(
        f"urn:uuid:{found.id}", without_names(clean(found.title, 200)) or found.key, entries,
        home=request.build_absolute_uri(here), address=request.build_absolute_uri(f"{here}.atom"),
    )  # fmt: skip
    return HttpResponse(feed_formats.atom(made), content_type="application/atom+xml; charset=utf-8")
