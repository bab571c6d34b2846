"""Evidence packages: asked for, watched while they are made, fetched."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from releases.access import shut_records, withheld, without_names
from releases.alerts.wording import clean
from releases.models import Record
from web.accounts.audit import note
from web.accounts.throttle import network_of
from web.desk.limits import may_take
from web.records import export_jobs
from web.records.found import NoRecord, Shut, record_of
from web.shell import errors, place
from web.shell.compressing import as_it_is
from web.shell.viewer import allowed, viewer_of

_A_DAY = 4000
"""Megabytes of evidence that one network may have packed in a day; an account ten times that."""
_TYPES = {"wacz": "application/wacz", "warc.gz": "application/warc"}


@allowed("read")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Have one made."""
    form = request.POST.get("form", "")
    if form not in export_jobs.FORMS:
        raise errors.Shown(400, _("A package is a WACZ or a WARC."))
    try:
        found = record_of(request.POST.get("portal", ""), request.POST.get("key", ""), viewer_of(request))
    except (NoRecord, Shut):
        raise errors.Shown(404, _("No record of this portal has this key or name.")) from None
    wanted: export_jobs.Form = "wacz" if form == "wacz" else "warc.gz"
    try:
        with export_jobs.alone(place.home()):
            job = export_jobs.there(place.home(), found, wanted) or _begun(request, found, wanted)
    except (export_jobs.NoRoom, export_jobs.TooMany) as error:
        raise errors.Shown(503, f"{error.what[:1].upper()}{error.what[1:]}.", error.todo) from error
    return HttpResponseRedirect(reverse("export", args=[job.id]))


@allowed("read")
def export(request: HttpRequest, ident: str, form: str | None = None) -> HttpResponse:
    """How far it is."""
    job, found = _job(ident)
    home = place.home()
    written = 0 if job.ended else min(export_jobs.progress(home, job), job.expected)
    if form == "json":
        said = {"state": job.state, "written": written, "expected": job.expected, "size": job.size, "said": job.said}
        return JsonResponse(said)
    if job.state == "done":
        _still_shown(job)
    told = {
        "job": job, "record": found, "written": written, "until": job.at + export_jobs.KEPT,
        "title": without_names(clean(found.title, 200)) or found.key,
    }  # fmt: skip
    return render(
        request, "records/export_state.html" if request.headers.get("HX-Request") else "records/export.html", told
    )


@allowed("read")
def package(request: HttpRequest, ident: str) -> HttpResponseBase:
    """The file."""
    del request
    job, found = _job(ident)
    path = export_jobs.package(place.home(), job)
    if job.state != "done" or not path.is_file():
        raise errors.Shown(404, _("This package is not there, or not there yet."))
    _still_shown(job)
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in f"{found.portal}-{found.key}")
    name = f"{name.strip('-.')[:80]}-{job.at.astimezone(UTC):%Y%m%d}.{job.form}"
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=_TYPES[job.form])
    sent: HttpResponseBase = as_it_is(answer)
    return sent


def _begun(request: HttpRequest, found: Record, form: export_jobs.Form) -> export_jobs.Job:
    """Raises Shown: this visitor has had a day's share; NoRoom, TooMany."""
    account = viewer_of(request).account
    who = f"account {account.pk}" if account else f"network {network_of(request)}"
    most = _A_DAY * (10 if account else 1)
    if not may_take(who, 1 + export_jobs.expected(found) // 1_000_000, most):
        raise errors.Shown(429, _("You have had many packages made today."), _("Go on tomorrow, or ask an operator."))
    job = export_jobs.start(place.holdings(), found, form)
    if account:
        note(request, "export", f"package.{form}")
    return job


def _job(ident: str) -> tuple[export_jobs.Job, Record]:
    job = export_jobs.read(place.home(), ident) if len(ident) == 32 and ident.isalnum() and ident.isascii() else None
    found = Record.objects.filter(id=job.record).first() if job else None
    if job is None or found is None or found.id in shut_records() or datetime.now(UTC) - job.at > export_jobs.KEPT:
        raise errors.Shown(404, _("This package is not there."), _("Packages are kept for a day: have it made anew."))
    return job, found


def _still_shown(job: export_jobs.Job) -> None:
    """What was hidden since it was made must not be given with it."""
    if withheld(job.digests):
        export_jobs.forget(place.home(), job)
        raise errors.Shown(410, _("Something in this package is not shown any more."), _("Have it made anew."))
