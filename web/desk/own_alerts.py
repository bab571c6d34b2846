"""One's own subscriptions: a list, one of them with what it sent and why, changing, trying, pausing, deleting."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from config.errors import ConfigError, RecordwatchError
from releases.access import shut_records
from releases.alerts.channel import open_channel, shown
from releases.alerts.errors import DeliveryFailed
from releases.alerts.story import events_of
from releases.alerts.subscriptions import change, mute, send_test, unmute
from releases.alerts.webhook import new_secret
from releases.alerts.why import why
from releases.alerts.why_delivery import what_became
from releases.models import Account, Delivery, Subscription
from web.desk.asking import Form
from web.desk.in_words import asked_in_words, state_words
from web.desk.limits import Pace
from web.desk.mine import me, nothing, plain
from web.desk.models import SecretAddress
from web.front.told import tell
from web.listing.keyset import page
from web.shell import errors, place
from web.shell.viewer import allowed, viewer_of

EVENTS = 30
"""Events of one message that are shown."""
PARTS = ("gathered", "dropped")
_TESTS = Pace(burst=5, every=60)


def mine(account: Account, ident: str) -> Subscription:
    """One's own. Raises Shown (404): there is none, or it is somebody else's."""
    found = Subscription.objects.filter(owner=account, id=plain(ident, 36)).first()
    if found is None:
        raise nothing()
    return found


@allowed("read")
def subscriptions(request: HttpRequest) -> HttpResponse:
    """One's own; without an account, how to subscribe by mail."""
    viewer = viewer_of(request)
    found = Subscription.objects.filter(owner=viewer.account).order_by("-id") if viewer.account else ()
    rows = [
        {"it": one, "asks": asked_in_words(one.filters), "state": state_words(one), "channel": shown(one.channel)}
        for one in found
    ]
    return render(request, "subscriptions/list.html", {"rows": rows})


@allowed("report")
def subscription(request: HttpRequest, ident: str) -> HttpResponse:
    """One of them, and what became of its messages."""
    found = mine(me(request), ident)
    sent = page(
        request, Delivery.objects.filter(subscription=found).exclude(state__in=PARTS), ("-created_at", "-id"), 20
    )
    for row in sent.rows:
        row.subscription = found
    told: dict[str, Any] = {
        "subscription": found, "asks": asked_in_words(found.filters), "state": state_words(found),
        "channel": shown(found.channel), "page": sent,
        "deliveries": [{"it": one, "fate": what_became(one).sentence} for one in sent.rows],
        "addresses": SecretAddress.objects.filter(kind="subscription", about=found.id, owner=found.owner, revoked_at=None),
    }  # fmt: skip
    return render(request, "subscriptions/one.html", told)


@allowed("report")
def delivery(request: HttpRequest, ident: str, sent: str) -> HttpResponse:
    """One message: what it told, and why of each."""
    found = mine(me(request), ident)
    owed = Delivery.objects.filter(subscription=found, id=plain(sent, 36)).first()
    if owed is None:
        raise nothing()
    owed.subscription = found
    shut = shut_records()
    events = [event for event in events_of(owed.events[:EVENTS]) if event.record not in shut]
    rows = [{"told": told, "why": why(told.event.id, found.id).sentences} for told in tell(events)]
    more = max(0, len(owed.events) - EVENTS)
    told = {"subscription": found, "delivery": owed, "fate": what_became(owed).sentence, "rows": rows, "more": more,
            "asks": asked_in_words(found.filters)}  # fmt: skip
    return render(request, "subscriptions/delivery.html", told)


@allowed("report")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, ident: str) -> HttpResponse:
    """What it asks for, when and how it tells."""
    from web.desk.subscribing import check_role, check_way
    from web.desk.subscribing import page as form_page

    found, viewer = mine(me(request), ident), viewer_of(request)
    if request.method != "POST":
        return form_page(request, Form.of(found), subscription=found)
    form = Form.typed(request.POST, records=Form.of(found).records)
    if "look" in request.POST:
        return form_page(request, form, subscription=found)
    try:
        check_role(form, viewer)
        same = form.way != "mail" and form.address in {found.channel, shown(found.channel)}
        channel = found.channel if same else form.channel(viewer.account)
        if not same:
            check_way(form, viewer)
        change(found.id, name=form.name, note=form.note, filters=form.filters(place.home()), **form.choices())
        if channel != found.channel:
            _redirect(request, found, channel)
    except ConfigError as error:
        return form_page(request, form, error=error, status=400, subscription=found)
    messages.success(request, _("Changed."))
    return HttpResponseRedirect(reverse("subscription", args=[found.id]))


def _redirect(request: HttpRequest, found: Subscription, channel: str) -> None:
    """Send somewhere else from now on. Raises SubscriptionRefused."""
    web = channel.lower().startswith(("https:", "http:"))
    secret = (found.secret or new_secret()) if web else ""
    open_channel(channel, secret, place.home())
    Subscription.objects.filter(id=found.id).update(channel=channel, secret=secret)
    if web and not found.secret:
        messages.info(request, _("The receiver checks signatures with this secret, shown once: %s") % secret)


@allowed("report")
@require_POST
def act(request: HttpRequest, ident: str) -> HttpResponse:
    """Pause, start, try, delete."""
    found, action = mine(me(request), ident), request.POST.get("action")
    if action == "delete":
        SecretAddress.objects.filter(kind="subscription", about=found.id).update(revoked_at=datetime.now(UTC))
        found.delete()
        messages.success(request, _("Deleted, with what is known of its messages."))
        return HttpResponseRedirect(reverse("subscriptions"))
    if action == "stop":
        mute(found.id)
        messages.success(request, _("Paused: nothing is sent until you start it again."))
    elif action == "start":
        unmute(found.id)
        messages.success(request, _("Started: you will be told from the next news on."))
    elif action == "test":
        _test(request, found)
    else:
        raise errors.Shown(400, _("This request makes no sense."))
    return HttpResponseRedirect(reverse("subscription", args=[found.id]))


def _test(request: HttpRequest, found: Subscription) -> None:
    if _TESTS.wait(f"{found.owner_id}"):
        messages.error(request, _("Several tests were sent already. Wait a minute."))
        return
    try:
        send_test(place.home(), found.id)
    except (DeliveryFailed, RecordwatchError, OSError) as error:
        messages.error(request, _("The test was not taken: %s") % error)
    else:
        messages.success(request, _("%s took the test message.") % shown(found.channel))
