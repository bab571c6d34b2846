"""Deliveries and dead letters: that and why, never whose, whereto or of what."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from releases.alerts.deliver import retry as owe
from releases.models import Delivery
from web.accounts.audit import note
from web.listing.keyset import page
from web.operate.told_deliveries import told
from web.shell.errors import Shown
from web.shell.viewer import allowed

STATES = ("dead", "owed", "sending", "held", "sent", "gathered", "dropped")
_AT_ONCE = 1000
"""Dead deliveries that are owed again by one request."""


@allowed("operate")
def deliveries(request: HttpRequest) -> HttpResponse:
    """Those in one state, newest first."""
    state = request.GET.get("state") or "dead"
    if state not in STATES:
        raise Shown(400, _("No delivery is ever in this state."))
    rows = Delivery.objects.filter(state=state).select_related("subscription")
    found = page(request, rows, ("-next_at", "-id"))
    shown = {
        "page": found, "rows": [told(row) for row in found.rows], "state": state, "states": STATES,
        "dead": Delivery.objects.filter(state="dead")[:_AT_ONCE].count(), "owed": Delivery.objects.filter(state="owed")[:_AT_ONCE].count(),
    }  # fmt: skip
    return render(request, "operate/deliveries.html", shown)


@allowed("operate")
def retry(request: HttpRequest) -> HttpResponse:
    """Owe one again, or all that were given up; the next run sends them."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    ident = request.POST.get("id", "").replace("\0", "")[:36]
    if not ident and request.POST.get("all") != "dead":
        raise Shown(400, _("This request makes no sense."))
    dead = Delivery.objects.filter(state="dead").order_by("next_at").values_list("id", flat=True)
    owed = owe([ident] if ident else list(dead[:_AT_ONCE]))
    if owed:
        note(request, "delivery.retry", "", {"deliveries": owed})
        said = ngettext("%(n)d delivery leaves with the next run.", "%(n)d deliveries leave with the next run.", owed)
        messages.success(request, said % {"n": owed})
    else:
        messages.warning(request, _("Nothing was owed again: it is sent already, or its subscription is mute."))
    return HttpResponseRedirect("/operate/deliveries")
