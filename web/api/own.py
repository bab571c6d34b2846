"""One's own subscriptions, for programs: by a token with the scope `subscribe`, as its owner and nobody else."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router, Status

from config.errors import ConfigError
from releases.alerts.channel import shown
from releases.alerts.subscriptions import mute, subscribe
from releases.models import Account, Subscription
from web.api.portals import WRONG
from web.api.schema import LIMIT, After, Error, Limit, Page
from web.api.schema_own import SubscriptionAsked, SubscriptionMade, SubscriptionRow
from web.desk.asking import Form, way_of
from web.desk.own_alerts import mine
from web.desk.subscribing import check_way, name_for
from web.shell import place
from web.shell.errors import Shown
from web.shell.viewer import viewer_of

router = Router(tags=["one's own"])
MOST = 200
"""Subscriptions of one account that programs may bring it to."""


@router.get("/subscriptions", response={200: Page[SubscriptionRow], WRONG: Error})
def subscriptions(request: HttpRequest, after: After = "", limit: Limit = LIMIT) -> Any:
    """One's own subscriptions, oldest first."""
    rows = list(Subscription.objects.filter(owner=_me(request), id__gt=after).order_by("id")[: limit + 1])
    return {"rows": [_row(one) for one in rows[:limit]], "next": rows[limit - 1].id if len(rows) > limit else None}


@router.post("/subscriptions", response={201: SubscriptionMade, WRONG: Error})
def subscribe_to(request: HttpRequest, asked: SubscriptionAsked) -> Any:
    """Ask to be told, as the form of the newsroom does; for who may do that there."""
    account, home = _me(request), place.home()
    if Subscription.objects.filter(owner=account).count() >= MOST:
        raise Shown(400, _("You have very many subscriptions."), _("Delete those that you no longer need."))
    given = asked.dict()
    lines = {name: "\n".join(given.pop(name)) for name in ("keys", "fields")}
    kinds = ", ".join(given.pop("record_kinds"))
    form = Form(**given | lines | {"record_kinds": kinds, "most_per_day": str(given["most_per_day"])})
    try:
        check_way(form, viewer_of(request))
        filters = form.filters(home)
        made = subscribe(
            home, form.channel(account), filters, name=form.name or name_for(filters), note=form.note, owner=account,
            **form.choices(),
        )  # fmt: skip
    except ConfigError as error:
        raise Shown(400, error.what, error.todo) from None
    return Status(201, _row(made) | {"secret": made.secret})


@router.get("/subscriptions/{ident}", response={200: SubscriptionRow, WRONG: Error})
def subscription(request: HttpRequest, ident: str) -> Any:
    """One of them."""
    return _row(mine(_me(request), ident))


@router.post("/subscriptions/{ident}/stop", response={200: SubscriptionRow, WRONG: Error})
def stop(request: HttpRequest, ident: str) -> Any:
    """Send nothing more to it. It stays, and its page can start it again."""
    return _row(mute(mine(_me(request), ident).id))


def _me(request: HttpRequest) -> Account:
    account = viewer_of(request).account
    assert account is not None  # the guard asked
    return account


def _row(one: Subscription) -> dict[str, Any]:
    return {
        "id": one.id, "name": one.name, "note": one.note, "filters": one.filters, "way": way_of(one.channel)[0],
        "channel": shown(one.channel), "cadence": one.cadence, "timezone": one.timezone, "quiet": one.quiet,
        "language": one.language, "created_at": one.created_at, "stopped_at": one.muted_at,
        "page": reverse("subscription", args=[one.id]),
    }  # fmt: skip
