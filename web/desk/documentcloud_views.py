"""Sending a version of a file to the organisation's DocumentCloud: asked first, watched while it goes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from config.errors import ConfigError
from releases.access import shut_records, withheld, without_names
from releases.documentcloud.asking import ACCESS, ask, check, fields, sent_of
from releases.documentcloud.client import Refused
from releases.models import File, FileVersion, Sending
from web.accounts import audit
from web.desk.mine import me, nothing, plain
from web.desk.numbers import number
from web.shell import place
from web.shell.viewer import allowed, viewer_of

ENDED = frozenset({"done", "failed"})


@allowed("report")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """What would be sent, to whom it would be shown; and sending it."""
    given = request.POST if request.method == "POST" else request.GET
    file, version = _version(plain(given.get("file"), 36), number(given.get("v")))
    home = place.home()
    access = plain(given.get("access"), 16) or "private"
    error: Refused | ConfigError | None = None
    try:
        if request.method == "POST":
            made = ask(home, file, version, access, viewer_of(request).account)
            audit.note(request, "documentcloud.asked", detail={"access": made.access})
            messages.success(request, _("It is on its way to DocumentCloud."))
            return HttpResponseRedirect(reverse("documentcloud", args=[made.id]))
        check(home, file, version)
    except (Refused, ConfigError) as problem:
        error = problem
    told: dict[str, Any] = {"file": file, "version": version, "access": ACCESS, "chosen": access, "error": error,
                            "name": _name(file)}  # fmt: skip
    if error is None:
        draft = Sending(id="", access=access)
        told |= {
            "fields": fields(home, draft, file, version), "before": sent_of(file.id, version.number),
            "account": home.settings.documentcloud.username,
        }  # fmt: skip
    return render(
        request, "desk/documentcloud_new.html", told, status=400 if error and request.method == "POST" else 200
    )


@allowed("report")
@require_safe
def one(request: HttpRequest, ident: str) -> HttpResponse:
    """How far it is, and where it is."""
    me(request)
    sending = Sending.objects.filter(id=plain(ident, 36)).first()
    if sending is None:
        raise nothing()
    file, version = _version(sending.file, sending.version)
    told = {"sending": sending, "file": file, "version": version, "ended": sending.state in ENDED, "name": _name(file)}
    part = "desk/documentcloud_state.html" if request.headers.get("HX-Request") else "desk/documentcloud.html"
    return render(request, part, told)


def _name(file: File) -> str:
    return without_names(file.name) or _("A file without a name")


def _version(ident: str, wanted: int) -> tuple[File, FileVersion]:
    """A file that may be shown and its version, without a number the newest. Raises Shown (404)."""
    file = File.objects.filter(pk=ident).first() if ident else None
    if file is None or file.record in shut_records():
        raise nothing()
    found = FileVersion.objects.filter(file=file.id)
    version = (found.filter(number=wanted) if wanted else found.order_by("-number")).first()
    if version is None or withheld([version.digest]).get(version.digest) == "restricted":
        raise nothing()
    return file, version
