"""Watch lists: records that somebody, or a team, keeps an eye on; what became of them; one alert for all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from releases.access import shut_records
from releases.alerts.filters import Filters, read_filters, write_filters
from releases.alerts.subscriptions import subscribe
from releases.ledger.queries import EDITORS_ONLY, EVENT, event_row
from releases.models import Account, Event, Subscription
from web.desk.mine import begun, me, name_of, one, plain, shown_record
from web.desk.models import ListAlert, Watched, WatchList
from web.desk.things import titles_of
from web.front.told import named, record_address, tell
from web.listing.formats import as_csv, as_json
from web.listing.keyset import page
from web.shell import errors, place
from web.shell.viewer import allowed

MOST = 2000
"""Records of one list."""
SHOWN = 100
"""Records named beside what happened, those put on last first."""
NO_RECORD = "none"
"""What a subscription to an empty list asks for: without any record it would ask for everything."""


@allowed("report")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """A list, with a record on it where one is named."""
    made = WatchList.objects.create(
        **begun(me(request), plain(request.POST.get("for"), 36)), name=name_of(request.POST.get("name"))
    )
    if ident := plain(request.POST.get("record"), 36):
        put(made, ident, me(request))
    messages.success(request, _("The list is made."))
    return HttpResponseRedirect(reverse("watch-list", args=[made.id]))


@allowed("report")
@require_POST
def watch(request: HttpRequest) -> HttpResponse:
    """Put a record on a list, or take it off: from beside the record. Without a list: one's first, made if needed."""
    account, record = me(request), shown_record(plain(request.POST.get("record"), 36))
    if ident := plain(request.POST.get("list"), 36):
        found = one(WatchList, ident, account)
    else:
        found = WatchList.objects.filter(owner=account).order_by("id").first() or WatchList.objects.create(
            **begun(account, ""), name=_("Watched")
        )
    if "off" in request.POST:
        take_off(found, record.id)
        messages.success(request, _("No longer on the list “%s”.") % found.name)
    else:
        put(found, record.id, account)
        messages.success(request, _("On the list “%s” now.") % found.name)
    return HttpResponseRedirect(record_address(record.portal, record.key))


@allowed("report")
def watch_list(request: HttpRequest, ident: str, form: str | None = None) -> HttpResponseBase:
    """The records of a list, and what became of them, newest first."""
    account = me(request)
    found = one(WatchList, ident, account)
    on_it = list(found.watched.order_by("-at", "-id").values_list("record", flat=True))
    shown = set(on_it) - shut_records()
    events = Event.objects.filter(record__in=shown).exclude(kind__in=EDITORS_ONLY)
    if form == "csv":
        return as_csv("watch-list", EVENT, (event_row(event) for event in named(events.order_by("-at", "-id"))))
    sent = page(request, events, ("-at", "-id"), 30)
    if form == "json":
        return as_json(map(event_row, named(sent.rows)), next=sent.next or None)
    some = [ident for ident in on_it if ident in shown][:SHOWN]
    titles = titles_of(some)
    told: dict[str, Any] = {
        "list": found, "page": sent, "told": tell(sent.rows), "records": [titles[i] for i in some if i in titles],
        "count": len(shown), "more": len(shown) - len(some), "hidden": len(on_it) - len(shown), "alert": _alert(found, account),
    }  # fmt: skip
    return render(request, "desk/list.html", told)


@allowed("report")
@require_POST
def change(request: HttpRequest, ident: str) -> HttpResponse:
    """Rename, take a record off, be told, delete."""
    account = me(request)
    found, action = one(WatchList, ident, account), request.POST.get("action")
    here = HttpResponseRedirect(reverse("watch-list", args=[found.id]))
    if action == "delete":
        delete(found)
        messages.success(request, _("The list is deleted; the records are not."))
        return HttpResponseRedirect(reverse("desk"))
    if action == "rename":
        found.name = name_of(request.POST.get("name"))
        found.save(update_fields=["name"])
    elif action == "off":
        take_off(found, plain(request.POST.get("record"), 36))
    elif action == "tell":
        return _tell(request, found, account)
    else:
        raise errors.Shown(400, _("This request makes no sense."))
    messages.success(request, _("Changed."))
    return here


def put(found: WatchList, ident: str, account: Account) -> None:
    """Put a record on a list; again changes nothing. Raises Shown."""
    record = shown_record(ident)
    with transaction.atomic():
        WatchList.objects.select_for_update().get(id=found.id)
        if found.watched.count() >= MOST:
            raise errors.Shown(409, _("This list is full. Begin another one."))
        Watched.objects.get_or_create(list=found, record=record.id, defaults={"at": datetime.now(UTC), "by": account})
        follow(found)


def take_off(found: WatchList, ident: str) -> None:
    """Take a record off."""
    with transaction.atomic():
        Watched.objects.filter(list=found, record=ident).delete()
        follow(found)


def follow(found: WatchList) -> None:
    """Have the list's subscriptions ask for the records that are on it now."""
    records = tuple(found.watched.order_by("id").values_list("record", flat=True)) or (NO_RECORD,)
    for alert in found.alerts.select_related("subscription"):
        filters = msgspec.structs.replace(read_filters(alert.subscription.filters), records=records)
        Subscription.objects.filter(id=alert.subscription_id).update(filters=write_filters(filters))


def delete(found: WatchList) -> None:
    """A list, and the subscriptions that tell of it."""
    with transaction.atomic():
        Subscription.objects.filter(id__in=found.alerts.values_list("subscription", flat=True)).delete()
        found.delete()


def forget_member(team: str, account: Account) -> None:
    """Who leaves a team is told of its lists no more."""
    mine = ListAlert.objects.filter(list__team=team, subscription__owner=account)
    Subscription.objects.filter(id__in=mine.values_list("subscription", flat=True)).delete()


def _alert(found: WatchList, account: Account) -> Subscription | None:
    return Subscription.objects.filter(id__in=found.alerts.values("subscription"), owner=account).first()


def _tell(request: HttpRequest, found: WatchList, account: Account) -> HttpResponse:
    """One's own subscription to the list: made, and opened where it can be changed."""
    with transaction.atomic():
        mine = _alert(found, account)
        if mine is None:
            if not account.email:
                raise errors.Shown(409, _("Your account has no mail address."), _("Give it one, and try again."))
            records = tuple(found.watched.order_by("id").values_list("record", flat=True)) or (NO_RECORD,)
            mine = subscribe(
                place.home(), f"mailto:{account.email}", Filters(records=records, health=False), name=found.name,
                owner=account, cadence="instant", language=account.language or "en",
            )  # fmt: skip
            ListAlert.objects.create(list=found, subscription=mine)
            messages.success(request, _("You will be told at once of whatever happens to these records."))
    return HttpResponseRedirect(reverse("subscription", args=[mine.id]))
