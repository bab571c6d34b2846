"""Pages for what does not work: one clear sentence, and a way on. As JSON where data was asked for."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from config.errors import RecordwatchError
from web.shell.viewer import Right, allowed


class Shown(Exception):
    """Answer with an error page. For views that find out deep inside."""

    def __init__(self, status: int, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.status, self.what, self.todo = status, what, todo


def page(request: HttpRequest, status: int, what: str, todo: str = "", *, reference: str = "") -> HttpResponse:
    """An error, as a page or as data. `reference`: names the traceback for the operator."""
    if request.path.startswith("/api/") or request.path.endswith((".json", ".csv", ".atom", ".ics", ".xlsx")):
        body: dict[str, Any] = {"error": what} | ({"todo": todo} if todo else {})
        return _marked(JsonResponse(body | ({"reference": reference} if reference else {}), status=status))
    shown = {"what": what, "todo": todo, "status": status, "reference": reference}
    return _marked(render(request, "shell/error.html", shown, status=status))


def _marked(response: HttpResponse) -> HttpResponse:
    """What is gone until somebody puts it back is kept by no cache."""
    if response.status_code == 410:
        response.headers["Cache-Control"] = "private, no-store"
    elif response.status_code == 503:
        response.headers["Retry-After"] = "60"
    return response


def of(request: HttpRequest, error: RecordwatchError, status: int = 400) -> HttpResponse:
    """One of our own errors: it says what, where and what to do."""
    what = f"{error.what} ({error.where})" if error.where else error.what
    return page(request, status, f"{what[:1].upper()}{what[1:]}.", error.todo)


def refused(request: HttpRequest, right: Right) -> HttpResponse:
    """They may not."""
    who = {
        "read": _("This newsroom is for people with an account."),
        "report": _("This is for reporters, editors and operators."),
        "edit": _("This is for editors and operators."),
        "operate": _("This is for operators."),
    }
    return page(request, 403, who.get(right, ""), _("Ask an operator of this newsroom for an account or a role."))


@allowed("anyone")
def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    del exception
    return page(request, 404, _("There is nothing at this address, or it is not shown."), _("Search for it instead."))


@allowed("anyone")
def wrong(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    if isinstance(exception, DisallowedHost):
        return page(
            request,
            400,
            _("This newsroom does not know itself by the name that was asked for."),
            _("Its operator writes the name into recordwatch.toml: as link, or among hosts under [newsroom]."),
        )
    return page(request, 400, _("This request makes no sense."))


@allowed("anyone")
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    del exception
    return page(request, 403, _("This is not for you."))


@allowed("anyone")
def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from a page of ours, or from an old one."""
    del reason
    return page(
        request,
        403,
        _("This form is too old, or did not come from this newsroom. Nothing was changed."),
        _("Go back, load the page again, and send it once more."),
    )


@allowed("anyone")
def failed(request: HttpRequest) -> HttpResponse:
    """500; what was raised is written down by `web.shell.failing`."""
    reference = getattr(request, "reference", "")
    return page(
        request,
        500,
        _("This should not have happened. Nothing that is archived was touched."),
        _("Try again; if it stays, tell an operator the reference below."),
        reference=reference,
    )
