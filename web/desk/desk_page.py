"""The desk: what is mine and my teams', on one page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from releases.models import Subscription
from web.desk.mine import me, teams_of, visible
from web.desk.models import Folder, Note, SecretAddress, SharedRecord, WatchList
from web.desk.things import named_notes, titles_of
from web.shell.viewer import allowed

NOTES = 20
MANY = 200


@allowed("report")
def desk(request: HttpRequest) -> HttpResponse:
    """Lists, folders, notes, links and addresses, whoever's they are being said."""
    account, now = me(request), datetime.now(UTC)
    links = list(visible(SharedRecord, account).filter(revoked_at=None, expires_at__gt=now).order_by("-id")[:MANY])
    titles = titles_of({link.record for link in links})
    told: dict[str, Any] = {
        "lists": visible(WatchList, account).annotate(count=Count("watched")).order_by("name", "id")[:MANY],
        "folders": visible(Folder, account).annotate(count=Count("items")).order_by("-changed_at", "id")[:MANY],
        "notes": named_notes(list(visible(Note, account).order_by("-changed_at", "-id")[:NOTES])),
        "links": [{"it": link, "record": titles.get(link.record)} for link in links],
        "addresses": visible(SecretAddress, account).filter(revoked_at=None).order_by("-id")[:MANY],
        "teams": teams_of(account),
        "alerts": Subscription.objects.filter(owner=account).count(),
    }  # fmt: skip
    return render(request, "desk/desk.html", told)
