"""What the ledger has wrong: two records that are one, an event that told something that was not so."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archive.catalog.models import Portal
from config.errors import RecordwatchError
from releases.amend import amend
from releases.ledger.merge import merged_record, plan_merge, plan_unmerge
from releases.ledger.queries import find
from releases.ledger.retract import open_event, plan_retraction
from releases.models import Event, Record
from releases.restricting.shown import as_told, open_records, unnamed
from web.editing.doing import acted, refused, who
from web.editing.forms import Merging, Retracting
from web.shell import place
from web.shell.viewer import allowed

_MERGED_SHOWN = 50


@allowed("edit")
def merge(request: HttpRequest) -> HttpResponse:
    """`?portal=&key=&into=`: say that two records are one; and what was merged before."""
    if request.method != "POST":
        form = Merging(initial={name: value[:512] for name, value in request.GET.items()})
        return _merging(request, form)
    form = Merging(request.POST)
    if form.is_valid():
        given = {name: value.strip() for name, value in form.cleaned_data.items()}
        answer = acted(
            request,
            lambda: _merge(given["portal"], given["key"], given["into"]),
            _("These two records are one now. Both histories stay; it can be undone below."),
            ("record.merged", f"{given['portal']} {given['key']}", {"into": given["into"]}),
            "/editing/merge",
        )
        if not isinstance(answer, str):
            return answer
        form.add_error(None, answer)
    return _merging(request, form, status=400)


def _merge(portal: str, key: str, into: str) -> None:
    first, second = find(portal, key), find(portal, into)
    amend(place.home(), portal, "merge", lambda: plan_merge(first.id, second.id, datetime.now(UTC)), opened=True)


def _merging(request: HttpRequest, form: Merging, *, status: int = 200) -> HttpResponse:
    # Merged records are few, and found by portal and state. Asked for the newest, the database would walk through all
    # records in the order of their ids instead.
    merged = Record.objects.filter(portal__in=list(Portal.objects.values_list("slug", flat=True)), state="merged")
    newest = sorted(open_records(merged).values_list("id", flat=True), reverse=True)[:_MERGED_SHOWN]
    before = Record.objects.filter(id__in=newest).order_by("-id")
    return render(request, "editing/merge.html", {"form": form, "merged": unnamed(before)}, status=status)


@allowed("edit")
@require_POST
def unmerge(request: HttpRequest) -> HttpResponse:
    """Let a merged record stand for itself again; `id`: the record's."""
    ident = request.POST.get("id", "")[:64].replace("\0", "")
    record = Record.objects.filter(id=ident, state="merged").first()
    if record is None:
        return refused(request, _("This record is not merged."), "/editing/merge")
    portal, key = record.portal, record.key
    answer = acted(
        request,
        lambda: amend(
            place.home(), portal, "unmerge", lambda: plan_unmerge(merged_record(portal, key).id, datetime.now(UTC)),
            opened=True,
        ),
        _("It stands for itself again."),
        ("record.unmerged", f"{portal} {key}", {}),
        "/editing/merge",
    )  # fmt: skip
    return refused(request, answer, "/editing/merge") if isinstance(answer, str) else answer


@allowed("edit")
def retract(request: HttpRequest) -> HttpResponse:
    """`?event=`: say that an event was wrong; whoever was told hears of it."""
    event: Event | None = None
    asked = (request.POST.get("event") or request.GET.get("event") or "")[:36].replace("\0", "")
    if asked:
        try:
            event = open_event(asked)
        except RecordwatchError as error:
            if request.method != "POST":
                return refused(request, f"{error.what[:1].upper()}{error.what[1:]}.", "/editing")
    if request.method != "POST":
        return _retracting(request, Retracting(initial={"event": asked}), event)
    form = Retracting(request.POST)
    if form.is_valid() and event is None:
        form.add_error("event", _("No event has this id."))
    if form.is_valid() and event is not None:
        wrong, why = event, form.cleaned_data["why"]
        answer = acted(
            request,
            lambda: amend(
                place.home(), wrong.portal, "retraction",
                lambda: plan_retraction(wrong.id, why, who(request), datetime.now(UTC)), opened=True,
            ),
            _("Taken back: the event stays with its correction, and whoever was told is told so."),
            ("event.retracted", wrong.id, {"why": why}),
        )  # fmt: skip
        if not isinstance(answer, str):
            return answer
        form.add_error(None, answer)
    return _retracting(request, form, event, status=400)


def _retracting(request: HttpRequest, form: Retracting, event: Event | None, *, status: int = 200) -> HttpResponse:
    return render(
        request, "editing/retract.html", {"form": form, "event": as_told(event) if event else None}, status=status
    )
