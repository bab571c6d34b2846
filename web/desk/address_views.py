"""Secret addresses: made, shown once, listed, revoked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from archive.ids import uuid7
from releases.alerts.feed_choice import check_query
from web.accounts import audit
from web.accounts.links import base_of
from web.desk import secret as secrets
from web.desk import watched_portals
from web.desk.mine import begun, me, nothing, one, plain
from web.desk.models import SecretAddress, WatchList
from web.desk.own_alerts import mine as my_subscription
from web.shell import place
from web.shell.viewer import allowed

MOST = 200
"""Addresses of one owner that work at the same time."""


@allowed("report")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Make one, for a portal, a search, a subscription, a list, deadlines, everything."""
    account, kind = me(request), plain(request.POST.get("kind"), 16)
    about = plain(request.POST.get("about"), 2000)
    columns = begun(account, plain(request.POST.get("for"), 36))
    give(request, kind, about, _checked(request, kind, about), columns)
    return HttpResponseRedirect(reverse("desk") + "#addresses")


def _checked(request: HttpRequest, kind: str, about: str) -> str:
    """What it is called. Raises Shown (404) for what is not there, or not theirs."""
    account = me(request)
    if kind == "everything" and not about:
        return _("Everything")
    names = {choice.slug: choice.name for choice in watched_portals.choices(place.home())}
    if kind == "portal" and about in names:
        return names[about]
    if kind == "deadlines" and (not about or about in names):
        return _("Deadlines: %s") % names[about] if about else _("Deadlines")
    if kind == "search" and about:
        check_query(about)
        return about
    if kind == "subscription":
        return my_subscription(account, about).name
    if kind == "list":
        return one(WatchList, about, account).name
    raise nothing()


def give(request: HttpRequest, kind: str, about: str, name: str, columns: dict[str, Any] | None = None) -> None:
    """Make an address and say it, once. Without `columns` it belongs to nobody: that of a subscription by mail."""
    words, digest = secrets.new()
    beside = columns or {"id": uuid7(), "created_at": datetime.now(UTC)}
    owner, team = beside.get("owner"), beside.get("team")
    same = SecretAddress.objects.filter(owner=owner, team=team, revoked_at=None)
    if (same if columns else same.filter(kind=kind, about=about)).count() >= MOST:
        messages.error(request, _("There are too many of these already. Revoke some first."))
        return
    SecretAddress.objects.create(kind=kind, about=about, name=name[:200], digest=digest, **beside)
    messages.success(
        request,
        _("Here is the address; it is shown only this once: %(address)s (also .rss, .json, .csv, .ics)")
        % {"address": f"{base_of(request)}{reverse('feed', args=[words, 'atom'])}"},
    )


@allowed("report")
@require_POST
def revoke(request: HttpRequest, ident: str) -> HttpResponse:
    """From now on it opens nothing."""
    found = one(SecretAddress, ident, me(request))
    SecretAddress.objects.filter(id=found.id, revoked_at=None).update(revoked_at=datetime.now(UTC))
    audit.note(request, "address.revoked")
    messages.success(request, _("This address no longer works."))
    return HttpResponseRedirect(reverse("desk") + "#addresses")


def revoke_of_subscription(subscription: str, ident: str) -> None:
    """For who has no account."""
    found = SecretAddress.objects.filter(id=ident, kind="subscription", about=subscription, owner=None, team=None)
    found.update(revoked_at=datetime.now(UTC))
