"""What an editor decides, done: committed, written down, told; and nothing lost where a crawl is in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from archive.portal_lock import PortalLocked
from config.errors import RecordwatchError
from web.accounts.audit import note
from web.shell.viewer import viewer_of

_SECONDS = "20"
"""After which it is worth trying again."""
MOST_IDS = 1000
LONGEST_ID = 64


def who(request: HttpRequest) -> str:
    """Who decides, as commit records name them."""
    return viewer_of(request).name


def acted(
    request: HttpRequest,
    act: Callable[[], object],
    said: str,
    audit: tuple[str, str, Mapping[str, object]],
    there: str = "/editing",
) -> HttpResponse | str:
    """Do it, note it (`audit`: action, about what, detail) and go on; a sentence where it is refused.

    A crawl that runs just now, or a store that is away, gives a page with everything that was filled in, to be sent again.
    """
    try:
        act()
    except PortalLocked:
        return busy(request, crawl=True)
    except RecordwatchError as error:
        if error.retryable:
            return busy(request, crawl=False)
        what = f"{error.what} ({error.where})" if error.where else error.what
        return f"{what[:1].upper()}{what[1:]}." + (f" {error.todo}" if error.todo else "")
    note(request, audit[0], audit[1], dict(audit[2]))
    messages.success(request, said)
    return HttpResponseRedirect(there)


def busy(request: HttpRequest, *, crawl: bool) -> HttpResponse:
    """Try again in a moment: the form as it was sent."""
    sent = [(name, value) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken" for value in values]
    shown = {"sent": sent, "action": request.get_full_path(), "crawl": crawl}
    response = render(request, "editing/busy.html", shown, status=503)
    response.headers["Retry-After"] = _SECONDS
    return response


def unkept(response: HttpResponse) -> HttpResponse:
    """A page that no browser keeps: it has words that few may read."""
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(request: HttpRequest, what: str, there: str = "/editing") -> HttpResponse:
    """Say why not, and go back."""
    messages.error(request, what)
    return HttpResponseRedirect(there)


def ids(request: HttpRequest) -> list[str]:
    """Ids that were ticked."""
    return [one for one in request.POST.getlist("id")[:MOST_IDS] if one and len(one) <= LONGEST_ID and "\0" not in one]


def way_back(request: HttpRequest, otherwise: str = "/editing") -> str:
    """The page that the form stood on, if it is one of ours."""
    there = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return there if ours else otherwise
