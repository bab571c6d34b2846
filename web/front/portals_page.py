"""One portal: whether it is seen, what it released, how it keeps its deadlines, its crawls, records and file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from archive.catalog.models import Crawl
from config.portal import SLUG
from releases.access import of_portals, shut_records, without_names
from releases.alerts.feed import LEFT_OUT
from releases.alerts.wording import clean, web_link
from releases.models import Record
from web.figures.jobs import COUNTS, DUE, GLANCE, ready
from web.figures.shelf import Kept
from web.front.feeds import MOST, feed
from web.front.filters import Filters, without
from web.front.portals_rows import UNWATCHED, data, portal_row
from web.front.portals_told import gaps, told_crawls, toml_text
from web.front.told import record_address, tell
from web.front.walk import Walk, whole
from web.listing.formats import MOST_ROWS, as_csv, as_json
from web.listing.keyset import page
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed

CRAWLS, RELEASES = 8, 8
STATES = ("present", "withdrawn", "deposited")
CRAWL = ("id", "started_at", "ended_at", "verdict", "coverage", "backfill", "reason", "answers", "counts")
RECORD = ("key", "printed_key", "title", "kind", "state", "url", "first_seen_at", "last_seen_at", "missing_since")
LONGEST_KEY = 512
_RARE = 0.2
"""Share of a portal's records below which those of one state are found by the index of states."""


@allowed("read")
def portal(request: HttpRequest, slug: str, form: str | None = None) -> HttpResponseBase:
    """The portal's page; the same as data; its releases as a feed."""
    row, counts, due = _known(slug)
    if form == "atom":
        walk = Walk(without(Filters(portals=(slug,)), LEFT_OUT))
        return feed(request, form, row["name"] or slug, list(islice(chain.from_iterable(_events(walk)), MOST)))
    crawls = list(_crawls(slug)[:CRAWLS])
    if form == "json":
        told = {"strip": row["strip"], "counts": counts and counts.body, "deadlines": due and due.body["rules"]}
        return as_json([data(row)], **told, crawls=[_crawl(one) for one in told_rows(crawls)])
    newest = next(iter(Walk(Filters(portals=(slug,))).rows(RELEASES)), [])[:RELEASES]
    shown = {
        "row": row,
        "slug": slug,
        "source": web_link(row["url"] or ""),
        "counts": counts and counts.body,
        "counted_at": counts and counts.at,
        "rules": due and due.body["rules"],
        "newest": tell(whole(one.id for one in newest)),
        "crawls": told_crawls(crawls),
        "gaps": gaps(slug),
        "toml": toml_text(place.home(), slug),
        "watched": row["verdict"] != UNWATCHED,
    }
    return render(request, "portals/portal.html", shown)


@allowed("read")
def crawls(request: HttpRequest, slug: str, form: str | None = None) -> HttpResponseBase:
    """All its crawls, newest first."""
    row, _counts, _due = _known(slug)
    if form == "csv":
        rows = told_rows(_crawls(slug)[:MOST_ROWS].iterator(chunk_size=200))
        return as_csv(f"{slug}-crawls", CRAWL, map(_crawl, rows))
    found = page(request, _crawls(slug), ("-started_at", "-id"), 30)
    if form == "json":
        return as_json(map(_crawl, told_rows(found.rows)), next=found.next or None)
    shown = {"row": row, "slug": slug, "page": found, "crawls": told_crawls(found.rows)}
    return render(request, "portals/crawls.html", shown)


@allowed("read")
def records(request: HttpRequest, slug: str, form: str | None = None) -> HttpResponseBase:
    """What is held of it, by key."""
    row, counts, _due = _known(slug)
    state, begin = request.GET.get("state", "present"), request.GET.get("from", "").strip()
    if state not in STATES:
        raise Shown(400, _("There is no such state of a record."), _("Use present, withdrawn or deposited."))
    if len(begin) > LONGEST_KEY or not begin.isprintable():
        raise Shown(400, _("No key is like that."), _("Give the beginning of a key, as the portal prints it."))
    wanted = _records(slug, state, counts)
    if begin:
        wanted = wanted.filter(key__gte=begin)
    if form == "csv":
        rows = wanted.order_by("key")[:MOST_ROWS].iterator(chunk_size=500)
        return as_csv(f"{slug}-records", RECORD, (one for some in _batches(rows) for one in _named(some)))
    found = page(request, wanted, ("key",))
    if form == "json":
        return as_json(_named(found.rows), next=found.next or None)
    listed = [{**one, "address": record_address(slug, one["key"]), "title": clean(one["title"], 240)}
              for one in _named(found.rows)]  # fmt: skip
    held = counts.body["states"] if counts else {}
    shown = {
        "row": row, "slug": slug, "page": found, "records": listed, "state": state, "begin": begin,
        "states": [(name, held.get(name, 0)) for name in STATES if name == "present" or held.get(name)],
        "kinds": sorted(counts.body["kinds"].items(), key=lambda item: (-item[1], item[0])) if counts else [],
    }  # fmt: skip
    return render(request, "portals/records.html", shown)


def told_rows(crawls: Any) -> Iterator[Crawl]:
    """`crawls` without what nobody may read."""
    for one in crawls:
        one.reason, one.answers = of_portals([one.reason, one.answers])
        yield one


def _known(slug: str) -> tuple[dict[str, Any], Kept | None, Kept | None]:
    """What is kept of the portal. Raises Shown: there is none of this name."""
    if SLUG.fullmatch(slug):
        found = ready(place.home(), GLANCE, COUNTS, DUE, portal=slug)
        if slug in found[GLANCE.what]:
            glance, counts, due = (found[job.what].get(slug) for job in (GLANCE, COUNTS, DUE))
            assert glance is not None
            return portal_row(glance), counts, due
    raise Shown(404, _("No portal of this name is watched, or ever was."), _("See the list of portals."))


def _crawls(slug: str) -> QuerySet[Crawl]:
    return Crawl.objects.filter(portal=slug).order_by("-started_at", "-id").defer("figures")


def _crawl(one: Crawl) -> dict[str, Any]:
    return {name: getattr(one, name) for name in CRAWL}


def _records(slug: str, state: str, counts: Kept | None) -> QuerySet[Record]:
    """Records in this state, led along their keys; where few are in it, by the index of states."""
    found = Record.objects.filter(portal=slug).exclude(id__in=shut_records())
    held: Mapping[str, int] = counts.body["states"] if counts else {}
    if held.get(state, 0) <= _RARE * sum(held.values()):
        return found.filter(state=state)
    # An expression is no column: the index of states, which would have all of them sorted, does not come in.
    return found.annotate(known=Concat("state", Value(""))).filter(known=state)


def _batches(rows: Iterator[Record]) -> Iterator[list[Record]]:
    while some := list(islice(rows, 500)):
        yield some


def _named(rows: list[Record]) -> Iterator[dict[str, Any]]:
    texts = without_names([one.title for one in rows])
    for one, title in zip(rows, texts, strict=True):
        yield {name: getattr(one, name) for name in RECORD} | {"title": title}


def _events(walk: Walk) -> Iterator[Any]:
    return (whole(row.id for row in part) for part in walk.rows())
