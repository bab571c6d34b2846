"""The page where people make tokens for their programs, and take them back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from releases.models import Account
from web.accounts.audit import note
from web.api.models import Token
from web.api.tokens import DAYS, SCOPES, make, valid
from web.shell.errors import Shown
from web.shell.viewer import allowed, viewer_of

_PAGE = "/accounts/me/tokens"


@allowed("read")
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens. A new one is shown in the answer that made it, and nowhere again."""
    account = _account(request)
    if account is None:
        return HttpResponseRedirect(f"/accounts/enter?next={_PAGE}")
    words = ""
    if request.method == "POST":
        days = request.POST.get("days", "")
        number = int(days) if days in {str(one) for one in DAYS} else 0
        words = make(account, request.POST.get("name", ""), request.POST.getlist("scope"), number)
        note(request, "token.made", account.username, {"scopes": request.POST.getlist("scope")[:5], "days": number})
    saying = {
        "read": _("read what is held"), "search": _("search"), "export": _("export whole tables"),
        "subscribe": _("list, make and stop your own subscriptions"),
    }  # fmt: skip
    shown = {
        "rows": [
            {"token": one, "may": ", ".join(str(saying.get(scope, scope)) for scope in one.scopes.split())}
            for one in valid(account).order_by("-made_at")
        ],
        "words": words,
        "scopes": [(scope, saying[scope]) for scope in SCOPES],
        "days": DAYS,
    }
    answer = render(request, "api/tokens.html", shown)
    if words:
        answer.headers["Cache-Control"] = "no-store"
    return answer


@allowed("read")
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """From now on it is good for nothing."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    account = _account(request)
    if account is None:
        raise Shown(403, _("You are not logged in."))
    if Token.objects.filter(account=account, pk=min(number, 2**62), revoked_at=None).update(revoked_at=timezone.now()):
        note(request, "token.revoked", account.username)
        messages.success(request, _("The token is revoked."))
    return HttpResponseRedirect(_PAGE)


def _account(request: HttpRequest) -> Account | None:
    return viewer_of(request).account
