"""The list of portals: what needs a person first."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from web.figures.jobs import COUNTS, GLANCE, portals, ready
from web.figures.pictures import totals
from web.front.portals_rows import COLUMNS, UNWATCHED, data, portal_rows
from web.listing.formats import as_csv, as_json
from web.shell import place
from web.shell.viewer import allowed

WHOLE = 30
"""Portals with which all is well that are shown with everything; further ones have a line."""


@allowed("read")
def portal_list(request: HttpRequest, form: str | None = None) -> HttpResponseBase:
    """Every portal: its verdict and why, last proven fresh, what is held, when it is due, its last crawls."""
    home = place.home()
    found = ready(home, GLANCE, COUNTS)
    rows, counted = portal_rows(found[GLANCE.what]), found[COUNTS.what]
    if form == "json":
        return as_json(map(data, rows), next=None)
    if form == "csv":
        return as_csv("portals", COLUMNS, map(data, rows))
    watched = [row for row in rows if row["verdict"] != UNWATCHED]
    shown = {
        "rows": rows,
        "whole": [row for place, row in enumerate(rows) if row["needs"] or place < WHOLE],
        "brief": [row for place, row in enumerate(rows) if not row["needs"] and place >= WHOLE],
        "needing": sum(row["needs"] for row in rows),
        "watched": len(watched),
        "records": sum(row["records"] or 0 for row in rows),
        "uncounted": len(set(portals(home)) - {row["portal"] for row in rows}),
        "weeks": totals(one.body["weeks"] for one in counted.values()) if counted else None,
    }
    return render(request, "portals/list.html", shown)
