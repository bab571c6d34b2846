"""Restricting a record, a capture, a file or a name; lifting it, looking at it again, and what was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from archive.access import Order, RestrictionRefused
from archive.catalog.models import Restriction
from config.errors import RecordwatchError
from releases.ledger.queries import find_any
from releases.models import File
from releases.restricting import commit
from web.editing import told
from web.editing.doing import acted, ids, refused, unkept, way_back, who
from web.editing.forms import Looked, OfCapture, OfFile, OfName, OfRecord, Reasoned, Restricting
from web.listing.keyset import page
from web.shell import place
from web.shell.viewer import allowed

Done = tuple[Callable[[Order], int], str, dict[str, str]]
KINDS: dict[str, tuple[type[Restricting], Any, Any]] = {
    "record": (
        OfRecord,
        gettext_lazy("A record"),
        gettext_lazy(
            "Nothing of it is shown to anybody: not its fields, files and history, nor in lists, feeds, alerts, search and "
            "exports; nor the bytes of pages and lists that tell of it."
        ),
    ),
    "capture": (
        OfCapture,
        gettext_lazy("What was captured"),
        gettext_lazy("These bytes, and their text, are shown to nobody, at whichever record or portal they also are."),
    ),
    "file": (
        OfFile,
        gettext_lazy("A file"),
        gettext_lazy(
            "The bytes of all its versions, and their text, are shown to nobody; that there is such a file is."
        ),
    ),
    "name": (
        OfName,
        gettext_lazy("A name"),
        gettext_lazy(
            "It is masked in every title, field, text and transcript, for everybody. Documents and pages that hold it are "
            "shown as text alone: their bytes would say it."
        ),
    ),
}


@allowed("edit")
def restrict(request: HttpRequest) -> HttpResponse:
    """`?kind=record&portal=&key=`, `?kind=capture&capture=`, `?kind=file&file=`, `?kind=name`: the form, filled in."""
    kind = request.POST.get("kind") or request.GET.get("kind") or "record"
    if kind not in KINDS:
        kind = "record"
    form_class, title, hides = KINDS[kind]
    back = way_back(request)
    if request.method != "POST":
        form = form_class(initial={name: value[:512] for name, value in request.GET.items() if name != "kind"})
        return _form(request, form, kind, title, hides, back)
    form = form_class(request.POST)
    if form.is_valid():
        try:
            order = form.order(who(request))
            act, about, detail = _plan(kind, form.cleaned_data)
            answer = acted(
                request, lambda: _done(act(order)), _("Restricted: it is shown to nobody from now on."),
                (f"restriction.{kind}", about, detail), back,
            )  # fmt: skip
        except RecordwatchError as error:
            answer = f"{error.what[:1].upper()}{error.what[1:]}." + (f" {error.todo}" if error.todo else "")
        if not isinstance(answer, str):
            return answer
        form.add_error(None, answer)
    return _form(request, form, kind, title, hides, back, status=400)


def _form(
    request: HttpRequest, form: Restricting, kind: str, title: Any, hides: Any, back: str, *, status: int = 200
) -> HttpResponse:
    kinds = [(name, one[1]) for name, one in KINDS.items()]
    shown = {"form": form, "kind": kind, "kinds": kinds, "title": title, "hides": hides, "back": back}
    return unkept(render(request, "editing/restrict.html", shown, status=status))


def _plan(kind: str, given: dict[str, Any]) -> Done:
    """What to do, and what the audit log says of it: never a name."""
    holdings = place.holdings()
    if kind == "record":
        record = find_any(given["portal"].strip(), given["key"].strip())
        return lambda order: commit.shut_record(holdings, record, order), record.id, {"portal": record.portal}
    if kind == "capture":
        capture = given["capture"].strip()
        return lambda order: commit.shut_captures(holdings, [capture], order), capture, {}
    if kind == "file":
        file = given["file"].strip()
        if not File.objects.filter(id=file).exists():
            raise RestrictionRefused(_("no file has this id"))
        return lambda order: commit.shut_file(holdings, file, order), file, {}
    return lambda order: commit.shut_name(holdings, given["name"], order), "", {}


def _done(count: int) -> None:
    if not count:
        raise RestrictionRefused(_("this is under a restriction already, or there are no bytes of it"))


@allowed("edit")
@require_POST
def lift(request: HttpRequest) -> HttpResponse:
    """Show again what was ticked."""
    chosen, form, back = ids(request), Reasoned(request.POST), way_back(request)
    if not chosen or not form.is_valid():
        return refused(request, _("Tick what is to be shown again, and give a reason. Nothing was changed."), back)
    why = form.cleaned_data["why"]
    answer = acted(
        request,
        lambda: commit.lift(place.holdings(), chosen, who(request), why, datetime.now(UTC)),
        _("Lifted: it is shown again. That it was restricted, and why, stays in the history."),
        ("restriction.lifted", "", {"ids": chosen[:50], "why": why}),
        back,
    )
    return refused(request, answer, back) if isinstance(answer, str) else answer


@allowed("edit")
@require_POST
def review(request: HttpRequest) -> HttpResponse:
    """Somebody looked: it holds on until it is looked at again."""
    chosen, form, back = ids(request), Looked(request.POST), way_back(request)
    if not chosen or not form.is_valid():
        return refused(
            request, _("Tick what you looked at, give a reason and the next day. Nothing was changed."), back
        )
    given = form.cleaned_data
    until = given["review_by"].isoformat()
    answer = acted(
        request,
        lambda: commit.review(place.holdings(), chosen, who(request), given["why"], until, datetime.now(UTC)),
        _("It stays restricted, and comes back here by %(day)s.") % {"day": until},
        ("restriction.reviewed", "", {"ids": chosen[:50], "until": until}),
        back,
    )
    return refused(request, answer, back) if isinstance(answer, str) else answer


@allowed("edit")
def history(request: HttpRequest) -> HttpResponse:
    """Everything that is or was restricted, newest first."""
    found = page(request, Restriction.objects.all(), ("-at", "-id"))
    return render(request, "editing/history.html", {"page": found, "restrictions": told.restrictions(found.rows)})
