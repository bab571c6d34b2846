"""Searches, deadlines, comparisons."""

# ruff: noqa: B008  the parameters of an operation are described where they stand
from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router
from ninja.params.functions import Query

from releases.access import without_names
from releases.deadlines.ahead import Ahead
from releases.diff.fields import fields_diff
from releases.diff.sides import values_of
from releases.models import File
from releases.search.errors import IndexBusy
from releases.search.query import QueryError
from releases.search.search import search as find
from web.api.portals import WRONG
from web.api.schema import LIMIT, After, Error, Limit, Page, Words
from web.api.schema_asked import Compared, Deadline, Hits
from web.diffs.choice import Choice, choose
from web.diffs.comparing import compared
from web.diffs.results import Wanted
from web.due import asked as due_asked
from web.due.cases import data as case_row
from web.due.cases import page as case_page
from web.due.told import unnamed
from web.figures.jobs import DUE, portals, ready
from web.records.found import NoRecord, Shut, record_of
from web.searching import asked as search_asked
from web.searching.shown import row as hit_row
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import viewer_of

router = Router(tags=["questions"])


@router.get("/search", response={200: Hits, WRONG: Error})
def search(
    request: HttpRequest,
    q: Words = Query(..., description="In the syntax of docs/reference/search-syntax.md."),
    sort: Words = Query("best", description="best, newest, oldest."),
    asof: Words = Query("", description="A day: what was held at its end."),
    facets: bool = True,
    after: Words = "",
    limit: Limit = LIMIT,
) -> Any:
    """Records, files and pages that a query finds; `marks` are the places of the words in `snippet`."""
    del sort, asof, after
    wanted = search_asked.of(request)
    try:
        found = find(
            place.home().index, wanted.query, limit=limit, sort=wanted.sort, after=wanted.after, as_of=wanted.as_of,
            facets=facets,
        )  # fmt: skip
    except IndexBusy as error:
        raise Shown(503, _("The search is being made ready."), _("Try again in a minute.")) from error
    except QueryError as error:
        raise Shown(400, f"{error.what[:1].upper()}{error.what[1:]} ({error.where}).", error.todo) from error
    del q
    return {
        "rows": [hit_row(hit, wanted.query) for hit in found.hits],
        "next": found.next or None,
        "documents": found.documents,
        "facets": {
            name: [{"value": one.value, "count": one.count} for one in values] for name, values in found.facets.items()
        },
    }


@router.get("/deadlines", response={200: Page[Deadline], WRONG: Error})
def deadlines(
    request: HttpRequest,
    status: Words = Query("", description="overdue, due, late, on time, open, released, covered, extended, ahead, …"),
    portal: Words = "",
    rule: Words = "",
    within: Words = Query("", description="Only what is due, or comes, within so many days."),
    after: After = "",
    limit: Limit = LIMIT,
) -> Any:
    """Every case that a rule is about, the most urgent first: due, overdue, or released and how late."""
    del status, portal, rule, within
    wanted, home = due_asked.of(request), place.home()
    ready(home, DUE)
    if wanted.portal and wanted.portal not in portals(home):
        raise Shown(404, _("No portal of this name is watched, or ever was."), _("See the list of portals."))
    found = case_page(home, wanted, after, limit)
    rows = [case_row(one if isinstance(one, Ahead) else unnamed(one), notes=False) for one in found.rows]
    return {"rows": rows, "next": found.next or None}


@router.get("/diff/{slug}/{path:key}", response={200: Compared, WRONG: Error})
def diff(
    request: HttpRequest,
    slug: str,
    key: str,
    old: Words = Query("", alias="from", description="A version's number, or a moment; else the one before."),
    new: Words = Query("", alias="to", description="Else the newest."),
    file: Words = Query("", description="Id or name of one of its files, to compare that instead."),
) -> Any:
    """What changed between two versions of a record, or of one of its files."""
    del old, new, file
    try:
        found = record_of(slug, key, viewer_of(request))
    except (NoRecord, Shut):
        raise Shown(404, _("No record of this portal has this key or name."), _("Search for it instead.")) from None
    picked = choose(found, request.GET)
    made: dict[str, Any] = {
        "portal": found.portal, "key": without_names(found.key), "file": picked.file.id if picked.file else None,
        "old": picked.old.number if picked.old else None, "new": picked.new.number if picked.new else None,
        "fields": _fields(picked),
    }  # fmt: skip
    return made | _inside(picked)


def _fields(picked: Choice) -> list[dict[str, Any]]:
    if picked.versions is None:
        return []
    names = dict(File.objects.filter(record=picked.record.id).values_list("identity", "name")[:2000])
    left, right = (without_names(values_of(version, names)) for version in picked.versions)
    return [{"name": one.name, "old": one.old, "new": one.new} for one in fields_diff(left, right).changes]


def _inside(picked: Choice) -> dict[str, Any]:
    old, new = picked.old, picked.new
    if old is None or new is None:
        return {"state": "none"}
    if "restricted" in {old.why, new.why}:
        return {"state": "withheld"}
    if old.source is None or new.source is None or not (old.source.size and new.source.size):
        return {"state": "none"}
    if old.digest == new.digest:
        return {"state": "done"}
    name = (picked.file.name or picked.file.identity) if picked.file else "page"
    result = compared(place.holdings(), Wanted("inside", old.source, new.source, name))
    if result == "running":
        return {"state": "running"}
    inside = msgspec.to_builtins(result.inside) if result.inside else None
    return {"state": "done", "inside": without_names(inside), "trouble": result.trouble}
