"""The first screen: what was released, newest first."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from releases.ledger.queries import EDITORS_ONLY, EVENT, event_row
from releases.models import Event
from web.listing.formats import as_csv, as_json
from web.listing.keyset import page
from web.shell.viewer import allowed


@allowed("read")
def first(request: HttpRequest) -> HttpResponse:
    """Newest releases."""
    return render(request, "front/first.html", {"page": page(request, _events(), ("-at", "-id"))})


@allowed("read")
def releases(request: HttpRequest, form: str | None = None) -> HttpResponseBase:
    """The list itself, and as data."""
    if form == "csv":
        return as_csv("releases", EVENT, (event_row(event) for event in _events().order_by("-at", "-id").iterator()))
    found = page(request, _events(), ("-at", "-id"))
    if form == "json":
        return as_json(map(event_row, found.rows), next=found.next or None)
    return render(request, "front/first.html", {"page": found})


@allowed("anyone")
def language(request: HttpRequest) -> HttpResponse:
    """Remember a language, and go back."""
    there = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure()):
        there = "/"
    response = HttpResponseRedirect(there)
    wanted = request.GET.get("to", "")
    if wanted in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, wanted, max_age=365 * 86400, httponly=True, samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    return response


def _events() -> QuerySet[Event]:
    return Event.objects.exclude(kind__in=EDITORS_ONLY)
