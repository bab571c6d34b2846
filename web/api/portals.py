"""Portals, their crawls, their verdicts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router

from archive.catalog.models import Crawl
from releases.access import of_portals, without_names
from web.api.schema import LIMIT, After, CrawlRow, Error, Limit, OnePortal, Page, PortalRow, Words
from web.api.told import walked
from web.figures.jobs import DUE, GLANCE, ready
from web.front.portals_rows import data, portal_row, portal_rows
from web.shell import place
from web.shell.errors import Shown

router = Router(tags=["portals"])
WRONG = frozenset({400, 401, 403, 404, 429, 503})
_RULE = ("rule", "basis", "days", "unit", "stands", "share_late", "worst")


@router.get("/portals", response={200: Page[PortalRow], WRONG: Error})
def portals(request: HttpRequest) -> Any:
    """Every portal that is watched or was: its verdict and why, when it was last proven fresh, what is held of it."""
    del request
    rows = portal_rows(ready(place.home(), GLANCE)[GLANCE.what])
    return {"rows": [data(row) for row in rows], "next": None}


@router.get("/portals/{slug}", response={200: OnePortal, WRONG: Error})
def portal(request: HttpRequest, slug: str) -> Any:
    """One portal, and how it keeps each rule."""
    del request
    found = ready(place.home(), GLANCE, DUE, portal=slug[:64]) if slug.isprintable() else {GLANCE.what: {}}
    glance = found[GLANCE.what].get(slug)
    if glance is None:
        raise Shown(404, _("No portal of this name is watched, or ever was."), _("See the list of portals."))
    due = found[DUE.what].get(slug)
    rules = [{name: rule.get(name) for name in _RULE} for rule in due.body["rules"]] if due else []
    return {**data(portal_row(glance)), "rules": rules}


@router.get("/crawls", response={200: Page[CrawlRow], WRONG: Error})
def crawls(
    request: HttpRequest, portal: Words = "", verdict: Words = "", after: After = "", limit: Limit = LIMIT
) -> Any:
    """Crawls, newest first: each with its verdict, the reason for it, and the answers that it follows from."""
    del request
    rows = Crawl.objects.defer("figures")
    rows = rows.filter(portal=portal) if portal else rows
    keys = ("-started_at", "-id") if portal else ("-id",)

    def keep(batch: list[Crawl]) -> list[Crawl]:
        return [one for one in batch if not verdict or one.verdict == verdict]

    found, on = walked(rows, keys, after, limit, keep)
    names = ("id", "portal", "started_at", "ended_at", "verdict", "coverage", "backfill", "reason", "answers", "counts")
    for one, told in zip(found, of_portals([[one.reason, one.answers] for one in found]), strict=True):
        one.reason, one.answers = told
    return {"rows": without_names([{name: getattr(one, name) for name in names} for one in found]), "next": on}
