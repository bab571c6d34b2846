"""The search page: one box, facets that stand in the query itself, hits that lead to the page or the second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from archive.catalog.models import Portal
from releases.alerts.feed_choice import found_by
from releases.retold import retold
from releases.search.errors import IndexBusy
from releases.search.hits import Hit
from releases.search.query import QueryError, parse
from releases.search.search import MOST, FacetValue, Found, every, search
from releases.search.whole import whole_words
from web.front.feeds import FORMS, feed
from web.front.feeds import MOST as ENTRIES
from web.front.filters import Filters
from web.front.walk import Walk, newest
from web.listing.formats import as_csv, as_json
from web.searching import asked as asking
from web.searching.asked import Asked
from web.searching.instead import others
from web.searching.shown import COLUMNS, groups, row
from web.searching.straight import ways
from web.searching.terms import address, anywhere, facet_term, terms, toggled, with_term, without_term
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed
from web.templatetags.newsroom import kind_words, record_state

SIZE = 20
ROWS = 50_000
"""Of a search as CSV."""
_VALUES = 8
"""Values of one facet that are listed."""
_DOCUMENTS = 5000
"""Newest documents whose records a feed of a search tells of."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet, and the page of a click on it."""

    value: str
    name: str
    count: int
    address: str
    on: bool


@allowed("read")
def searched(request: HttpRequest, form: str | None = None) -> HttpResponseBase:
    """What a query finds."""
    wanted = asking.of(request)
    try:
        return _page(request, wanted) if form is None else _data(request, wanted, form)
    except IndexBusy as error:
        raise Shown(503, _("The search is being made ready."), _("Try again in a minute.")) from error
    except QueryError as error:
        raise Shown(
            400, f"{retold(error.what[:1].upper() + error.what[1:])} ({error.where}).", retold(error.todo)
        ) from error


def _page(request: HttpRequest, wanted: Asked) -> HttpResponse:
    around: dict[str, Any] = {"asked": wanted, "sorts": asking.SORTS, "examples": _examples(), "sheet": _sheet()}
    if not wanted.query:
        return render(request, "searching/start.html", around)
    root = place.home().index
    try:
        found = _found(wanted, SIZE, facets=True)
    except QueryError as error:
        return render(request, "searching/wrong.html", around | _wrong(wanted, error), status=400)
    names = dict(Portal.objects.values_list("slug", "name"))
    given = {"sort": "" if wanted.sort == "best" else wanted.sort, "asof": str(wanted.day or "")}
    around |= {
        "found": found,
        "groups": groups(found.hits, wanted.query, names),
        "facets": _facets(found.facets, wanted.query, given, names),
        "beside": _beside(wanted, given) if found.hits and not wanted.after else [],
        "terms": [(one, address(without_term(wanted.query, one), given)) for one in terms(wanted.query)],
        "ways": [] if wanted.after else ways(wanted.query, names),
        "instead": [] if found.hits or wanted.after else others(root, wanted),
        "all": found.documents if found.next or wanted.after else len(found.hits),
        "whole": not (found.next or wanted.after),
        "most": ROWS,
    }
    return render(request, "searching/found.html", around)


def _data(request: HttpRequest, wanted: Asked, form: str) -> HttpResponseBase:
    if form in FORMS:
        if wanted.day is not None:
            raise Shown(
                400, _("A feed tells what is new: it is not as of a day."), _("Take the day out of its address.")
            )
        records = frozenset(record for record, _file in found_by(place.home(), wanted.query, _DOCUMENTS) if record)
        events = newest(Walk(Filters(words=wanted.query), records), ENTRIES)
        return feed(request, form, _("Search: %(query)s") % {"query": wanted.query}, events)
    if form == "csv":
        found = _found(wanted, MOST)  # a wrong query is refused before the first line is sent
        hits: Iterable[Hit] = found.hits
        if found.documents > MOST:  # more than one search gives: by time
            hits = islice(every(place.home().index, wanted.query, sort=wanted.sort, as_of=wanted.as_of), ROWS)
        return as_csv("search", COLUMNS, (row(hit, wanted.query) for hit in hits))
    found = _found(wanted, SIZE, facets=True)
    facets = {
        name: [{"value": one.value, "count": one.count} for one in values] for name, values in found.facets.items()
    }
    rows = [row(hit, wanted.query) for hit in found.hits]
    return as_json(rows, next=found.next or None, documents=found.documents, facets=facets)


def _found(wanted: Asked, limit: int, *, after: str = "", facets: bool = False) -> Found:
    return search(
        place.home().index, wanted.query, limit=limit, sort=wanted.sort, after=after or wanted.after,
        as_of=wanted.as_of, facets=facets,
    )  # fmt: skip


def _facets(
    facets: Mapping[str, Iterable[FacetValue]], query: str, given: Mapping[str, str], names: Mapping[str, str]
) -> list[tuple[str, list[Choice]]]:
    """(name, values) of each facet that has a choice to make, or one made."""
    headings = {"portal": _("Portal"), "type": _("Found in"), "kind": _("Kind"), "year": _("Year"), "state": _("State")}
    made = []
    for facet, values in facets.items():
        choices = []
        for one in list(values)[:_VALUES]:
            term = facet_term(facet, one.value)
            if not term:
                continue
            then, on = toggled(query, term)
            name = names.get(one.value, one.value) if facet == "portal" else _value_words(facet, one.value)
            choices.append(Choice(one.value, name, one.count, address(then, given), on))
        if len(choices) > 1 or any(one.on for one in choices):
            made.append((headings.get(facet, facet), choices))
    return made


def _value_words(facet: str, value: str) -> str:
    if facet == "state":
        return record_state(value)
    return kind_words(value) if facet in {"kind", "type"} else value


def _beside(wanted: Asked, given: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name, address): the videos of the records that say the words, or these records alone."""
    if any(one.lower().startswith(("kind:", "title:", "file:")) for one in terms(wanted.query)):
        return []
    if not any(whole_words(parse(wanted.query), every=True)):
        return []
    return [
        (_("Videos of these records"), address(with_term(wanted.query, "kind:video"), given)),
        (_("The records alone"), address(with_term(anywhere(wanted.query), "kind:record"), given)),
    ]


def _wrong(wanted: Asked, error: QueryError) -> dict[str, Any]:
    """A query that means nothing, with the place where it stops to mean something."""
    at = min(max(error.at, 0), len(wanted.query))
    return {
        "what": f"{error.what[:1].upper()}{error.what[1:]}.",
        "todo": f"{error.todo[:1].upper()}{error.todo[1:]}",
        "before": wanted.query[:at],
        "there": wanted.query[at : at + 1],
        "behind": wanted.query[at + 1 :],
    }


def _examples() -> list[tuple[str, str]]:
    return [
        ("taser officer", _("both words, in any order")),
        ('"relieved of duty"', _("these words in a row")),
        ("taser OR baton", _("one of them is enough")),
        ("taser -training", _("the first without the second")),
        ("polic*", _("police, policy, policies: every word that begins so")),
        ("title:pursuit", _("in titles alone")),
        ("taser district:04 kind:video", _("videos of cases in district 4 that say so in any of their documents")),
        ("key:LH-2025-0103", _("one case and its files")),
    ]


def _sheet() -> list[tuple[str, str]]:
    return [
        ("taser officer", _("both words, anywhere, in any order; case and accents do not matter")),
        ('"relieved of duty"', _("these words next to each other")),
        ("taser OR baton", _("one of them at least; OR in capitals")),
        ("taser -training", _('without a word; also -"two words" and -(a OR b)')),
        ("(taser OR baton) sergeant", _("parentheses group")),
        ("redact*", _("every word that begins so")),
        ("title:pursuit", _('only in titles; title:"use of force"')),
        ("portal:copa", _("of one portal")),
        ("kind:video", _("record, page or file; or case, report, video, policy …")),
        (
            "taser kind:video",
            _("the videos of every record that says so anywhere: in its fields, its page, any of its files"),
        ),
        ("anywhere:taser kind:record", _("every record that says so anywhere, once")),
        ("key:LH-2025-0103", _("one record and its files; key:LH-2025*")),
        ("since:2024-05 until:2024", _("captured or changed from May 2024 to the end of 2024")),
        ("district:04", _("any field of a record; finding:* for any value, date:>=2024-01, amount:10..20")),
        ("taser asof:2024-05", _("as it was held then")),
        ("state:withdrawn", _("what the portal no longer lists")),
    ]
