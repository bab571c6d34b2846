"""One's own data: all that is kept about oneself, as JSON to take along; and all of it but the account deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.contrib import messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from releases.models import Account, Delivery, Sending, Subscription
from web.accounts import audit
from web.desk.mine import me
from web.desk.models import Folder, FolderItem, Member, Note, SecretAddress, SharedRecord, Watched, WatchList
from web.shell.viewer import allowed

_HIDDEN = frozenset({"digest", "mute_token", "confirm_token", "password"})
"""Columns that would open something, or log somebody in."""
OWNED: tuple[type[models.Model], ...] = (WatchList, Folder, Note, SecretAddress, SharedRecord)


@allowed("read")
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest, form: str | None = None) -> HttpResponse:
    """What is kept, in words; as JSON; and its end."""
    account = me(request)
    if request.method == "POST":
        return _delete(request, account)
    found = everything(account)
    if form:
        response = HttpResponse(
            msgspec.json.format(msgspec.json.encode(found), indent=1), content_type="application/json"
        )
        response.headers["Content-Disposition"] = 'attachment; filename="recordwatch-my-data.json"'
        return response
    counts = [(name, len(rows)) for name, rows in found.items() if isinstance(rows, list)]
    return render(request, "desk/data.html", {"counts": counts})


def everything(account: Account) -> dict[str, Any]:
    """All that is kept about one account, as JSON: its own things, and what it put into teams' things."""
    subscriptions = Subscription.objects.filter(owner=account).order_by("id")
    return {
        "account": _row(account, "id", "username", "email", "first_name", "last_name", "role", "language", "date_joined", "last_login"),
        "subscriptions": [_row(one) for one in subscriptions],
        "deliveries": [_row(one) for one in Delivery.objects.filter(subscription__in=subscriptions).order_by("id")],
        "watch_lists": [
            _row(one) | {"records": list(one.watched.values_list("record", flat=True))}
            for one in WatchList.objects.filter(owner=account).order_by("id")
        ],
        "folders": [
            _row(one) | {"items": [_row(item) for item in one.items.order_by("place")]}
            for one in Folder.objects.filter(owner=account).order_by("id")
        ],
        "notes": [_row(one) for one in Note.objects.filter(made_by=account).order_by("id")],
        "secret_addresses": [_row(one) for one in SecretAddress.objects.filter(owner=account).order_by("id")],
        "shared_links": [_row(one) for one in SharedRecord.objects.filter(owner=account).order_by("id")],
        "sent_to_documentcloud": [
            _row(one, "id", "file", "version", "access", "asked_at", "state", "address")
            for one in Sending.objects.filter(by=account).order_by("id")
        ],
        "teams": [{"team": one.team.name, "since": one.since} for one in Member.objects.filter(account=account).select_related("team")],
        "put_on_team_lists": [_row(one) for one in Watched.objects.filter(by=account, list__owner=None).order_by("id")],
        "put_into_team_folders": [_row(one) for one in FolderItem.objects.filter(by=account, folder__owner=None).order_by("id")],
    }  # fmt: skip


def _row(item: models.Model, *only: str) -> dict[str, Any]:
    names = only or tuple(field.attname for field in item._meta.concrete_fields)  # noqa: SLF001  Django's public API
    return {name: getattr(item, name) for name in names if name not in _HIDDEN}


def _delete(request: HttpRequest, account: Account) -> HttpResponse:
    """Everything of one's own. What is a team's stays the team's, without one's name."""
    if request.POST.get("name") != account.username:
        messages.error(request, _("Nothing was deleted: your account's name was not repeated."))
        return HttpResponseRedirect(reverse("own-data"))
    with transaction.atomic():
        Subscription.objects.filter(owner=account).delete()
        for model in OWNED:
            model._default_manager.filter(owner=account).delete()  # noqa: SLF001  Django's public API
            model._default_manager.filter(made_by=account).update(made_by=None)  # noqa: SLF001
        for placed in (Watched, FolderItem, Sending):
            placed._default_manager.filter(by=account).update(by=None)  # noqa: SLF001
        audit.note(request, "data.deleted", detail={"at": f"{datetime.now(UTC):%Y-%m-%d}"})
    messages.success(request, _("All of it is deleted. Your account is still there."))
    return HttpResponseRedirect(reverse("own-data"))
