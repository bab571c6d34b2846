"""What was released, and the records that it is about."""

# ruff: noqa: B008  the parameters of an operation are described where they stand
from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router
from ninja.params.functions import Query

from releases.ledger.queries import event_row
from releases.models import Event, Record
from web.api.portals import WRONG
from web.api.schema import LIMIT, After, Error, EventRow, Limit, OneRecord, Page, RecordRow, Words
from web.api.told import open_records, walked
from web.front import filters
from web.front.told import named
from web.front.views import walk_of
from web.front.walk import Walk, beginning, whole
from web.listing.keyset import write
from web.records.found import NoRecord, Shut, record_of
from web.records.views import data_of
from web.shell.errors import Shown
from web.shell.viewer import viewer_of

router = Router(tags=["ledger"])
Many = list[Words]
_RECORD = (
    "id", "portal", "key", "printed_key", "title", "kind", "state", "url", "version", "first_seen_at", "last_seen_at",
    "missing_since",
)  # fmt: skip


@router.get("/releases", response={200: Page[EventRow], WRONG: Error})
def releases(
    request: HttpRequest,
    portal: Many = Query([], description="Only of these; may be repeated."),
    kind: Many = Query([], description="Kinds of event: new, changed, file_added, file_replaced, withdrawn, …"),
    of: Many = Query([], description="Kinds of record: case, policy, …"),
    since: Words = Query("", description="A day or a moment, in UTC where it does not say."),
    until: Words = "",
    q: Words = Query("", description="Only records that this search finds; a token needs the scope `search`."),
    first: bool = Query(False, description="What first looks found, instead of news."),
    after: After = "",
    limit: Limit = LIMIT,
) -> Any:
    """Events, newest first: what was released, changed, replaced, withdrawn, when, and the captures that prove it."""
    del portal, kind, of, since, until, after
    scopes = getattr(request, "scopes", None)
    if q.strip() and scopes is not None and "search" not in scopes:
        raise Shown(403, _("This token is not for that: it has not the scope “%(scope)s”.") % {"scope": "search"})
    wanted = filters.of(request)
    if first:
        wanted = filters.Filters(**{**{n: getattr(wanted, n) for n in wanted.__slots__}, "first": True})
    walk = walk_of(wanted)
    walk.at = beginning(request)
    rows, on = _some(walk, limit)
    return {"rows": [event_row(one) | {"title": one.title, "url": one.url} for one in named(rows)], "next": on}


def _some(walk: Walk, limit: int) -> tuple[list[Event], str | None]:
    ids: list[tuple[datetime, str]] = []
    for part in walk.rows():
        ids += [(row.at, row.id) for row in part]
        if len(ids) > limit:
            return whole(ident for _at, ident in ids[:limit]), write(ids[limit - 1])
    return whole(ident for _at, ident in ids), write(walk.at) if walk.at and not walk.ended else None


@router.get("/records", response={200: Page[RecordRow], WRONG: Error})
def records(
    request: HttpRequest,
    portal: Words = "",
    kind: Words = "",
    state: Words = "",
    after: After = "",
    limit: Limit = LIMIT,
) -> Any:
    """Records by portal and key."""
    del request
    rows = Record.objects.filter(portal=portal) if portal else Record.objects.all()
    rows = rows.exclude(state="merged")

    def keep(batch: list[Record]) -> list[Record]:
        return [one for one in batch if (not kind or one.kind == kind) and (not state or one.state == state)]

    keys = ("key",) if portal else ("portal", "key")
    found, on = walked(rows, keys, after, limit, keep)
    return {"rows": [{name: getattr(one, name) for name in _RECORD} for one in open_records(found)], "next": on}


@router.get("/records/{slug}/{path:key}", response={200: OneRecord, WRONG: Error})
def record(request: HttpRequest, slug: str, key: str) -> Any:
    """One record, by its key or another name of it: versions, files with theirs, events, captures; oldest first."""
    try:
        return data_of(record_of(slug, key, viewer_of(request)))
    except (NoRecord, Shut) as error:
        near = ", ".join(error.near) if isinstance(error, NoRecord) else ""
        raise Shown(404, _("No record of this portal has this key or name."), near) from None
