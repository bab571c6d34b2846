"""The deadlines page: what is due and overdue, how late each release was, who is late; the same as data and calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.deadline import Deadline
from config.home import Home
from releases.deadlines.ahead import Ahead
from releases.deadlines.ics import calendar
from releases.deadlines.model import Judged
from web.due import asked as asking
from web.due.asked import Asked
from web.due.cases import data, every, page
from web.due.told import told, unnamed
from web.figures.due import PLACES, watched
from web.figures.jobs import DUE, portals, ready
from web.figures.shelf import Kept
from web.listing.formats import MOST_ROWS, as_csv, as_json
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed, viewer_of

MOST_ENTRIES = 2_000
"""Of a calendar: more than that no program opens gladly."""
SOON = 6
"""Days ahead beside the list."""
_CLOCK = ("field", "start", "due", "due_if_extended", "standing", "days_late_least", "days_late", "days_left")
COLUMNS = (
    "portal", "key", "printed_key", "title", "kind", "state", "rule", "status", "why", "remarks", "unit", *_CLOCK,
    *(f"second_{name}" for name in _CLOCK), "overdue", "released", "released_printed", "released_seen_by",
    "released_not_seen_on", "seen_after_printed_days", "what", "days_past", "basis", "url", "notes",
)  # fmt: skip
Rules = dict[tuple[str, str], Deadline]


@allowed("read")
def deadlines(request: HttpRequest, form: str | None = None) -> HttpResponseBase:
    """Every case that a rule is about, the most urgent first."""
    wanted, home = asking.of(request), place.home()
    summaries = ready(home, DUE)[DUE.what]
    if wanted.portal and wanted.portal not in portals(home):
        raise Shown(404, _("No portal of this name is watched, or ever was."), _("See the list of portals."))
    reports = viewer_of(request).reports
    if form == "csv":
        rows = (_cells(data(_for(one, named=reports), notes=reports)) for one in every(home, wanted, MOST_ROWS))
        columns = COLUMNS if reports else COLUMNS[:-1]
        return as_csv("deadlines", columns, rows)
    if form == "ics":
        return _calendar(home, wanted, named=reports)
    found = page(home, wanted, request.GET.get("after", ""))
    if form == "json":
        rows = (data(_for(one, named=reports), notes=reports) for one in found.rows)
        return as_json(rows, next=found.next or None)
    rules = _rules(home, {one.case.portal for one in found.rows})
    beside = Asked("ahead", wanted.portal, within=wanted.within)
    soon = page(home, beside, "", SOON).rows if found.first and wanted.status != "ahead" else []
    shown = {
        "asked": wanted,
        "page": found,
        "cases": [told(one, rules, named=reports) for one in found.rows],
        "soon": [told(one, {}, named=reports) for one in soon],
        "tabs": _tabs(summaries, wanted),
        "late": _late(summaries, wanted),
        "portals": sorted(slug for slug, kept in summaries.items() if kept.body["rules"] or kept.body["ahead"]),
        "uncounted": sorted(set(portals(home)) - set(summaries)),
        "as_of": min((kept.at for kept in summaries.values()), default=None),
        "most_entries": MOST_ENTRIES,
    }
    return render(request, "due/deadlines.html", shown)


def _for(one: Judged | Ahead, *, named: bool) -> Judged | Ahead:
    return one if named or isinstance(one, Ahead) else unnamed(one)


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """Lists as one text."""
    row["remarks"] = "; ".join(row.get("remarks", ()))
    row["notes"] = "; ".join(f"{note['kind']}: {note['why']}" for note in row.get("notes", ()))
    return row


def _calendar(home: Home, wanted: Asked, *, named: bool) -> HttpResponse:
    """What is open and what comes, unless the address asks for something else; the most urgent entries."""
    chosen = [wanted] if wanted.status or wanted.within is not None else [
        Asked("open", wanted.portal, wanted.rule), Asked("ahead", wanted.portal, wanted.rule)
    ]  # fmt: skip
    found = [_for(one, named=named) for some in chosen for one in every(home, some, MOST_ENTRIES)]
    rules = _rules(home, {one.case.portal for one in found})
    judged = [one for one in found if isinstance(one, Judged) and (one.case.portal, one.rule) in rules]
    body = calendar(judged, rules, [one for one in found if isinstance(one, Ahead)])
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    return response


def _rules(home: Home, slugs: set[str]) -> Rules:
    """Rules of these portals' files as they are."""
    files = ((slug, watched(home, slug)) for slug in slugs)
    return {(slug, rule.name): rule for slug, portal in files if portal for rule in portal.deadlines}


def _tabs(summaries: Mapping[str, Kept], wanted: Asked) -> list[tuple[str, int]]:
    """Status → number of cases, of the chosen portal and rule."""
    counted = dict.fromkeys((*PLACES, "ahead", "extended"), 0)
    for rule in _chosen(summaries, wanted):
        for name, number in rule["stands"].items():
            counted[name] += number
        counted["extended"] += rule["extended"]
    for slug, kept in summaries.items():
        if wanted.portal in {"", slug}:
            counted["ahead"] += kept.body["ahead"]
    return [(name, number) for name, number in counted.items() if number or name == wanted.status]


def _late(summaries: Mapping[str, Kept], wanted: Asked) -> list[dict[str, Any]]:
    """How each rule was kept, the worst first."""
    rows = [rule for rule in _chosen(summaries, wanted) if rule["all"]]
    return sorted(rows, key=lambda rule: (-(rule["overdue"]), -(rule["share_late"] or 0), rule["portal"], rule["rule"]))


def _chosen(summaries: Mapping[str, Kept], wanted: Asked) -> Iterator[dict[str, Any]]:
    for slug, kept in summaries.items():
        for rule in kept.body["rules"]:
            if wanted.portal in {"", slug} and wanted.rule in {"", rule["rule"]}:
                yield {**rule, "portal": slug}
