"""The operators' first page, the store, and the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from config import signs
from web.accounts.actions import ACTIONS
from web.accounts.audit import note
from web.accounts.models import AuditEntry
from web.listing.formats import MOST_ROWS, as_csv
from web.listing.keyset import page
from web.operate import jobs, sizes, told_audit
from web.operate.models import Figure, Job
from web.operate.today import findings
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import allowed, viewer_of


@allowed("operate")
def today(request: HttpRequest) -> HttpResponse:
    """What needs a hand."""
    home, now = place.home(), datetime.now(UTC)
    shown = {
        "findings": findings(home, now), "run": signs.last_seen(home.path), "keeper": signs.last_seen(home.path, "keeper"),
        "underway": signs.all_underway(home.path),
    }  # fmt: skip
    return render(request, "operate/today.html", shown)


@allowed("operate")
def store(request: HttpRequest) -> HttpResponse:
    """Sizes, disks, the last verify, and what works on this machine."""
    home = place.home()
    asked = Job.objects.filter(kind="doctor").order_by("-asked_at").first()
    looking = jobs.as_it_is(home, asked).state in {"waiting", "running"} if asked else False
    shown = {
        "sizes": Figure.objects.filter(name="sizes").first(), "room": sizes.room(home),
        "database": sizes.database_bytes(home), "kind": home.settings.store.kind,
        "verified": signs.last_verified(home.path),
        "doctor": Job.objects.filter(kind="doctor", state="done").order_by("-asked_at").first(),
        "looking": asked if looking else None,
    }  # fmt: skip
    return render(request, "operate/store.html", shown)


@allowed("operate")
def doctor(request: HttpRequest) -> HttpResponse:
    """Have the keeper look at this machine again."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if jobs.ask("doctor", viewer_of(request).account):
        messages.success(request, _("The keeper looks again; this takes some seconds."))
    else:
        messages.warning(request, _("Too much waits for the keeper already."))
    return HttpResponseRedirect("/operate/store#doctor")


@allowed("operate")
def audit(request: HttpRequest, form: str | None = None) -> HttpResponseBase:
    """Who did what; as a page, or all of it that fits the filters as CSV."""
    rows = _chosen(request)
    if form == "csv":
        note(request, "export", "audit")
        return as_csv("audit", told_audit.COLUMNS, _rows(rows))
    found = page(request, rows, ("-at", "-id"))
    shown = {
        "page": found, "entries": list(told_audit.told(found.rows)), "actions": sorted(ACTIONS.items(), key=lambda one: str(one[1])),
        "given": {name: request.GET.get(name, "")[:150] for name in ("action", "name", "since", "until")},
    }  # fmt: skip
    return render(request, "operate/audit.html", shown)


def _chosen(request: HttpRequest) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.all()
    for name in ("action", "name"):
        if value := request.GET.get(name, "").replace("\0", ""):
            rows = rows.filter(**{name: value[:150]})
    if since := _day(request.GET.get("since", "")):
        rows = rows.filter(at__gte=since)
    if until := _day(request.GET.get("until", "")):
        rows = rows.filter(at__lt=until + timedelta(days=1))
    return rows


def _day(said: str) -> datetime | None:
    if not said:
        return None
    try:
        day = date.fromisoformat(said)
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if 1970 <= day.year < 9999 else None
    except ValueError:
        raise Shown(400, _("This is no day."), _("Write it as 2026-03-01.")) from None


def _rows(rows: QuerySet[AuditEntry]) -> Iterator[dict[str, Any]]:
    yield from told_audit.told(rows.order_by("-at", "-id")[:MOST_ROWS].iterator())
