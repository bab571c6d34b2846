"""The editors' queue: passages that an agency meant to black out, and what is restricted."""

from __future__ import annotations

from typing import Any, Literal, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from archive.access import listed as in_force
from archive.access import restricted
from config.errors import RecordwatchError
from releases.access import without_names
from releases.models import Quarantine
from releases.quarantine.decide import decide as decide_passages
from releases.quarantine.gate import hidden, masked
from releases.quarantine.listing import described, words_of
from releases.restricting.texts import page_text
from web.accounts.audit import note
from web.editing import told
from web.editing.doing import LONGEST_ID, acted, ids, refused, unkept, way_back, who
from web.editing.pictured import pictured
from web.listing.keyset import page
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed, viewer_of

_MOST_SHOWN = 200
"""Restrictions on the first page; the others are in the history."""


@allowed("edit")
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, and what is restricted; what should be looked at again first."""
    waiting = page(request, Quarantine.objects.filter(state="held"), ("-at", "-id"))
    rows = without_names(described(waiting.rows))
    restricted = in_force()
    shown = {
        "page": waiting,
        "held": rows,
        "restrictions": told.restrictions(restricted[:_MOST_SHOWN]),
        "more": max(0, len(restricted) - _MOST_SHOWN),
    }
    return render(request, "editing/queue.html", shown)


@allowed("edit")
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Release the passages that were ticked, or keep them hidden."""
    chosen, why = ids(request), request.POST.get("why", "").strip()[:2000]
    state = request.POST.get("state", "")
    back = way_back(request)
    if state not in {"released", "kept"}:
        return refused(request, _("Say whether these passages may be read, or stay hidden."), back)
    if not chosen:
        return refused(request, _("Nothing is ticked: nothing was decided."), back)
    if not why:
        return refused(request, _("A decision needs a reason. Nothing was changed."), back)
    count = len(chosen)
    if state == "released":
        said = ngettext("The words of %(n)d page may be read now.", "The words of %(n)d pages may be read now.", count)
    else:
        said = ngettext("The words of %(n)d page stay hidden.", "The words of %(n)d pages stay hidden.", count)
    act = "passages.released" if state == "released" else "passages.kept"
    answer = acted(
        request,
        lambda: decide_passages(
            place.holdings(), chosen, cast("Literal['released', 'kept']", state), who(request), why
        ),
        said % {"n": count},
        (act, "", {"ids": chosen[:50], "why": why}),
        back,
    )
    return refused(request, answer, back) if isinstance(answer, str) else answer


@allowed("edit")
def held(request: HttpRequest, ident: str) -> HttpResponse:
    """One page's passages: where they stand, and the text around them; not the words."""
    return render(request, "editing/held.html", _about(request, _row(ident)))


@allowed("edit")
@require_POST
def words(request: HttpRequest, ident: str) -> HttpResponse:
    """The words themselves: asked for by name, once, and written down who did."""
    row = _row(ident)
    if restricted([row.digest]):
        return refused(request, _("These bytes are under a restriction: lift it first."), f"/editing/held/{row.id}")
    try:
        found = words_of(place.holdings(), row.id)
    except RecordwatchError as error:
        return refused(request, error.what, f"/editing/held/{row.id}")
    note(request, "passages.read", row.id, {"portal": row.portal, "page": row.page})
    shown = _about(request, row) | {"passages": [" ".join(one.split()) for one in without_names(found)]}
    return unkept(render(request, "editing/held.html", shown))


def _row(ident: str) -> Quarantine:
    found = None
    if len(ident) <= LONGEST_ID and "\0" not in ident:
        found = Quarantine.objects.filter(id=ident).first()
    if found is None:
        raise Shown(404, _("Nothing is in quarantine under this id."), _("The list has what waits."))
    return found


def _about(request: HttpRequest, row: Quarantine) -> dict[str, Any]:
    try:
        text = "" if restricted([row.digest]) else page_text(place.holdings(), row.digest, row.page)
    except RecordwatchError:
        text = ""
    spans = hidden({row.digest}).get(row.digest, {}).get(row.page, [])
    sheet = told.sheet(row)
    picture = pictured(row, sheet, viewer_of(request)) if sheet else None
    return {
        "row": row,
        "one": without_names(described([row])[0]),
        "sheet": picture.sheet if picture else sheet and sheet.shown(sheet.turned),
        "picture": picture,
        "text": without_names(masked(text, spans)),
        "passages": None,
    }
