"""Links to one record for somebody without an account: read only, until a day, revocable; they show that record alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from archive.catalog.models import Capture
from releases.access import shut_records, withheld, without_names
from releases.alerts.story_portal import portal_name
from releases.alerts.wording import clean, web_link
from releases.ledger.queries import EDITORS_ONLY
from releases.models import Event, File, FileVersion, Record, RecordVersion
from web.accounts import audit
from web.accounts.links import base_of
from web.desk import secret as secrets
from web.desk.feeds import opens_for
from web.desk.limits import Pace
from web.desk.mine import begun, me, nothing, one, plain, shown_record
from web.desk.models import SharedRecord
from web.desk.numbers import number
from web.front.told import record_address, tell
from web.shell import errors, place
from web.shell.viewer import allowed

LONGEST_DAYS = 365
EVENTS = 200
FILES = 200
R = TypeVar("R", bound=HttpResponseBase)
_PACE = Pace(burst=120, every=1)


@allowed("report")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Make a link. It is said once."""
    record = shown_record(plain(request.POST.get("record"), 36))
    columns = begun(me(request), plain(request.POST.get("for"), 36))
    days = min(max(number(request.POST.get("days")), 1), LONGEST_DAYS)
    words, digest = secrets.new()
    made = SharedRecord.objects.create(
        **columns, record=record.id, digest=digest, note=plain(request.POST.get("note"), 200),
        expires_at=columns["created_at"] + timedelta(days=days),
    )  # fmt: skip
    audit.note(request, "link.made", detail={"days": days})
    messages.success(
        request,
        _("Here is the link; it is shown only this once, and works until %(until)s: %(link)s")
        % {"until": f"{made.expires_at:%Y-%m-%d}", "link": f"{base_of(request)}{reverse('shared', args=[words])}"},
    )
    return HttpResponseRedirect(record_address(record.portal, record.key))


@allowed("report")
@require_POST
def revoke(request: HttpRequest, ident: str) -> HttpResponse:
    """From now on it opens nothing."""
    found = one(SharedRecord, ident, me(request))
    SharedRecord.objects.filter(id=found.id, revoked_at=None).update(revoked_at=datetime.now(UTC))
    audit.note(request, "link.revoked")
    messages.success(request, _("This link no longer works."))
    return HttpResponseRedirect(reverse("desk") + "#links")


@allowed("anyone")
@require_safe
def shared(request: HttpRequest, secret: str) -> HttpResponse:
    """The record: fields, what happened, files."""
    link, record = _opened(secret)
    if request.method == "GET":
        SharedRecord.objects.filter(id=link.id).update(opened=F("opened") + 1)
    version = RecordVersion.objects.filter(record=record.id).order_by("-number").first()
    events = Event.objects.filter(record=record.id).exclude(kind__in=EDITORS_ONLY).order_by("-at", "-id")
    told: dict[str, Any] = {
        "link": link, "secret": secret, "portal": portal_name(place.home(), record.portal),
        "key": clean(record.printed_key or record.key, 120), "title": without_names(clean(record.title, 300)),
        "source": web_link(record.url), "fields": list(without_names(version.fields).items()) if version else [],
        "told": tell(list(events[:EVENTS])), "files": _files(record), "record": record,
        "proofs": list(Capture.objects.filter(id__in=version.captures[:20]).order_by("at")) if version else [],
    }  # fmt: skip
    return _private(render(request, "desk/shared.html", told))


@allowed("anyone")
@require_safe
def shared_bytes(request: HttpRequest, secret: str, ident: str, version: int) -> HttpResponseBase:
    """A file of that record, as everybody who reads here would get it: nothing that is held back."""
    from web.files.byte_views import file_bytes

    _link, record = _opened(secret)
    if not File.objects.filter(id=plain(ident, 36), record=record.id).exists():
        raise nothing()
    response: HttpResponseBase = file_bytes(request, plain(ident, 36), version)
    return _private(response)


def _opened(secret: str) -> tuple[SharedRecord, Record]:
    """Raises Shown: there is no such link (any more), or what it showed is restricted now."""
    found = secrets.opened(SharedRecord, secret)
    if found is None or found.revoked_at or found.expires_at <= datetime.now(UTC) or not opens_for(found):
        raise errors.Shown(
            404, _("This link does not work, or no longer."), _("Ask whoever gave it to you for another.")
        )
    if _PACE.wait(found.id):
        raise errors.Shown(429, _("This link is asked for too often."), _("Wait a moment."))
    record = Record.objects.filter(id=found.record).first()
    if record is None or record.id in shut_records():
        raise nothing()
    return found, record


def _files(record: Record) -> list[dict[str, Any]]:
    files = list(File.objects.filter(record=record.id).order_by("first_seen_at", "id")[:FILES])
    held = list(FileVersion.objects.filter(file__in=[file.id for file in files]).order_by("-number"))
    why = withheld({version.digest for version in held})
    rows = []
    for file in files:
        versions = [version for version in held if version.file == file.id and why.get(version.digest) != "restricted"]
        if not versions and any(version.file == file.id for version in held):
            continue  # all that is held of it is restricted: it is not there
        rows.append({
            "id": file.id, "name": without_names(clean(file.name or file.identity, 200)), "kind": file.kind,
            "state": file.state, "versions": [{"it": version, "why": why.get(version.digest)} for version in versions],
        })  # fmt: skip
    return rows


def _private(response: R) -> R:
    """The address is a secret: no other server hears of it, no cache keeps its page."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "private, no-store"
    return response
