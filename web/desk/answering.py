"""What links in mails lead to: saying yes, stopping, changing. A GET changes nothing: scanners of mail follow every link."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from config.errors import ConfigError
from releases.alerts.cadence import CADENCES
from releases.alerts.confirm import asked, confirm
from releases.alerts.subscriptions import change, mute, unmute
from releases.alerts.unsubscribe import MOST_BYTES, asked_for, holder, stop
from releases.models import Subscription
from web.desk import address_views
from web.desk.in_words import asked_in_words
from web.desk.mine import nothing, plain
from web.desk.models import SecretAddress
from web.shell import errors
from web.shell.viewer import allowed, open_to_all


@allowed("anyone")
@require_http_methods(["GET", "HEAD", "POST"])
def yes(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the question."""
    found = asked(token)
    if found is None:
        raise errors.Shown(
            404, _("This question is not open any more."), _("Subscribe again; the answer is due in a week.")
        )
    if request.method == "POST":
        done = confirm(token)
        if done is None:
            raise nothing()
        messages.success(request, _("Thank you. You will be told from now on."))
        return _private(HttpResponseRedirect(reverse("subscription-by-link", args=[done.mute_token])))
    told = {"subscription": found, "asks": asked_in_words(found.filters)}
    return _private(render(request, "subscriptions/yes.html", told))


@csrf_exempt  # RFC 8058: mail programs post without having seen the page; the token is what counts
@allowed("anyone")
@require_http_methods(["GET", "HEAD", "POST"])
def muting(request: HttpRequest, token: str) -> HttpResponse:
    """The link that stops messages; answers the same whether anybody has this token."""
    if request.method != "POST":
        return _private(render(request, "subscriptions/stop.html", {"token": token}))
    length = request.headers.get("Content-Length", "0")
    if int(length if length.isascii() and length.isdigit() else 0) > MOST_BYTES or not asked_for(request.body):
        raise errors.Shown(400, _("Nothing was stopped."), _("Open the link in a browser and press the button."))
    stop(token)
    return _private(render(request, "subscriptions/stopped.html", {"token": token}))


@allowed("anyone")
@require_http_methods(["GET", "HEAD", "POST"])
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """One's subscription, without an account."""
    found = _held(token)
    if request.method == "POST":
        return _private(_do(request, found))
    mine = SecretAddress.objects.filter(kind="subscription", about=found.id, owner=None, team=None, revoked_at=None)
    told: dict[str, Any] = {
        "subscription": found, "asks": asked_in_words(found.filters), "cadences": CADENCES, "addresses": mine,
        "feeds": open_to_all() and found.owner_id is None,
    }  # fmt: skip
    return _private(render(request, "subscriptions/by_link.html", told))


def _do(request: HttpRequest, found: Subscription) -> HttpResponse:
    action, here = request.POST.get("action"), HttpResponseRedirect(request.path)
    if found.owner_id is not None and action in {"delete", "feed"}:  # a chat's whole channel may have this link
        raise errors.Shown(403, _("This alert belongs to an account."), _("Its owner can do that after logging in."))
    if action == "delete":
        SecretAddress.objects.filter(kind="subscription", about=found.id).delete()
        found.delete()
        messages.success(request, _("It is gone, and with it your address."))
        return HttpResponseRedirect(reverse("subscriptions"))
    if found.waits:
        raise errors.Shown(409, _("You were asked whether this is your address. Say yes first."))
    if action == "stop":
        mute(found.id)
        messages.success(request, _("You get no more of these messages."))
    elif action == "start":
        unmute(found.id)
        messages.success(request, _("You will be told again, from the next news on."))
    elif action == "change":
        try:
            change(found.id, cadence=plain(request.POST.get("cadence"), 16), digest_at=plain(request.POST.get("digest_at"), 5) or found.digest_at)  # fmt: skip
        except ConfigError as error:
            raise errors.Shown(400, str(error), error.todo) from error
        messages.success(request, _("Changed."))
    elif action == "feed" and open_to_all():
        address_views.give(request, "subscription", found.id, found.name)
    elif action == "revoke":
        address_views.revoke_of_subscription(found.id, plain(request.POST.get("address"), 36))
        messages.success(request, _("This address no longer works."))
    else:
        raise errors.Shown(400, _("This request makes no sense."))
    return here


def _held(token: str) -> Subscription:
    ident = holder(token)
    found = Subscription.objects.filter(id=ident).first() if ident else None
    if found is None:
        raise nothing()
    return found


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a secret, and no cache keeps its page. No other server hears of it, as of every page (see
    `web.shell.headers`); with `no-referrer` browsers would send `Origin: null` with its form, which is refused.
    """
    response.headers["Cache-Control"] = "no-store"
    return response
