"""Asking to be told: with an account at once, without one after the owner of the address has said yes."""

from __future__ import annotations

from typing import Any

import msgspec
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config.errors import ConfigError, RecordwatchError
from releases.access import shut_records
from releases.alerts.cadence import CADENCES, DAYS
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.feed_choice import lately
from releases.alerts.filters import KINDS, Filters, write_filters
from releases.alerts.own_network import named_inside
from releases.alerts.subscriptions import subscribe
from releases.models import Subscription
from releases.people import ROLES
from releases.search.errors import IndexBusy
from web.accounts.letters import can_send
from web.accounts.links import base_of
from web.accounts.throttle import network_of
from web.desk import watched_portals
from web.desk.asking import Form, way_of
from web.desk.in_words import asked_in_words
from web.desk.limits import may_ask
from web.desk.mine import NAME_LONGEST, me
from web.desk.models import Question
from web.front.told import Told, tell
from web.shell import place
from web.shell.viewer import Viewer, allowed, viewer_of

SHOWN = 5
"""Events of a preview."""
LOOKED_AT = 600
"""Newest events that a preview looks at."""
_TOLD_KINDS = tuple(kind for kind in KINDS if kind != "quarantined")


@allowed("read")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The form, with what it would have told lately; and what becomes of it."""
    viewer, sent = viewer_of(request), request.method == "POST"
    form = Form.typed(request.POST if sent else request.GET)
    if not sent:
        _begin(form, viewer)
        if form.keys and "cadence" not in request.GET:
            form.cadence = "instant"
    if sent and "look" not in request.POST:
        try:
            return _made(request, form, viewer)
        except ConfigError as error:
            return page(request, form, error=error, status=400)
    return page(request, form)


def page(
    request: HttpRequest, form: Form, *, error: RecordwatchError | None = None, status: int = 200,
    subscription: Subscription | None = None,
) -> HttpResponse:  # fmt: skip
    """The form. Its preview says what is wrong with what it asks for, too."""
    home, viewer = place.home(), viewer_of(request)
    found: list[Told] = []
    if form.asks and error is None:
        try:
            found = preview(form.filters(home))
        except (ConfigError, IndexBusy) as problem:
            error, status = problem, 400 if request.method == "POST" else 200
    told: dict[str, Any] = {
        "form": form, "error": error, "preview": found, "subscription": subscription,
        "portals": watched_portals.choices(home), "kinds": _TOLD_KINDS + (("quarantined",) if viewer.edits else ()),
        "cadences": CADENCES, "days": DAYS, "ways": ways(viewer), "mail_works": can_send(home),
        "roles": [role for role in ("reader", "editor", "operator") if ROLES.index(role) <= ROLES.index(viewer.role)],
        "mail_alone": not viewer.reports,
    }  # fmt: skip
    return render(request, "subscriptions/form.html", told, status=status)


def preview(filters: Filters) -> list[Told]:
    """The newest few things it would have told; not when a portal could not be seen."""
    shut = shut_records()
    news = msgspec.structs.replace(filters, health=False)
    events = lately(place.home(), news, SHOWN + len(shut), LOOKED_AT)
    return tell([event for event in events if event.record not in shut][:SHOWN])


def ways(viewer: Viewer) -> list[str]:
    """How this viewer can be told."""
    if not viewer.reports:
        return ["mail"]
    mail = ["mail"] if viewer.account and viewer.account.email else []
    slack = ["slack"] if place.home().settings.slack.there else []
    return [*mail, *slack, "webhook", "service"]


def check_way(form: Form, viewer: Viewer) -> None:
    """Raises SubscriptionRefused for what this viewer may not choose."""
    if form.way not in ways(viewer):
        raise SubscriptionRefused(_("messages cannot be sent this way"), todo=_("Choose another way."))
    check_role(form, viewer)
    if form.way == "mail":
        return
    channel = form.channel(viewer.account)
    if way_of(channel)[0] != form.way:
        raise SubscriptionRefused(_("this address is not of the kind that was chosen"), todo="https://… / ntfy://…")
    if not viewer.operates and named_inside(channel):
        raise SubscriptionRefused(
            _("messages are not sent into this newsroom's own network"), todo=_("An operator can set that up.")
        )


def check_role(form: Form, viewer: Viewer) -> None:
    """Raises SubscriptionRefused for what is told to others alone."""
    if form.role not in ROLES or ROLES.index(form.role) > ROLES.index(viewer.role if viewer.reports else "reader"):
        raise SubscriptionRefused(_("this is not told to your role"))


def _begin(form: Form, viewer: Viewer) -> None:
    """What an empty form suggests."""
    form.language = (get_language() or "en")[:2]
    if form.way not in (possible := ways(viewer)):
        form.way = possible[0]
    if form.portals and form.timezone == "UTC":
        form.timezone = next(
            (p.timezone for p in watched_portals.choices(place.home()) if p.slug in form.portals), "UTC"
        )


def _made(request: HttpRequest, form: Form, viewer: Viewer) -> HttpResponse:
    """Raises SubscriptionRefused, QueryError: nothing was made."""
    home = place.home()
    check_way(form, viewer)
    filters = form.filters(home)
    if viewer.reports:
        account = me(request)
        made = subscribe(
            home,
            form.channel(account),
            filters,
            name=form.name or name_for(filters),
            note=form.note,
            owner=account,
            **form.choices(),
        )
        messages.success(request, _("You will be told. Nobody else can see this, operators neither."))
        if made.secret:
            messages.info(request, _("The receiver checks signatures with this secret, shown once: %s") % made.secret)
        return HttpResponseRedirect(reverse("subscription", args=[made.id]))
    ask(request, form, filters)
    return HttpResponseRedirect(reverse("subscription-asked"))


def name_for(filters: Filters) -> str:
    """What a subscription is called that got no name."""
    return " · ".join(said for _name, said in asked_in_words(write_filters(filters)))[:NAME_LONGEST]


def ask(request: HttpRequest, form: Form, filters: Filters) -> None:
    """Have the owner of the form's address asked; whoever asks for it learns nothing of what becomes of that.

    Raises SubscriptionRefused: this can be no mail address, or mail is not set up.
    """
    home = place.home()
    with transaction.atomic():
        made = subscribe(home, form.channel(None), filters, name=name_for(filters), ask=True, **form.choices())
        if may_ask(form.address, network_of(request)):
            Question.objects.create(subscription=made, base=base_of(request)[:300], next_at=timezone.now())
        else:
            made.delete()


@allowed("read")
def asked(request: HttpRequest) -> HttpResponse:
    """What happens now: the same, whatever becomes of it."""
    return render(request, "subscriptions/asked.html")
