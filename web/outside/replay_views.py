"""A capture as it looked, in a frame that shuts it in; and what to do where that is not to be had."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from archive.catalog.models import Capture
from releases.access import without_names
from releases.alerts.story_portal import portal_name
from web.outside.replay_component import COMMAND, folder_of, found
from web.outside.replay_feed import shown
from web.outside.replay_origin import answers, link_for
from web.outside.replay_tickets import ticket
from web.shell import place
from web.shell.errors import Shown
from web.shell.headers import POLICY
from web.shell.viewer import allowed


@allowed("read")
@require_safe
def replay(request: HttpRequest, ident: str) -> HttpResponse:
    """The page; 503 where the component cannot show it now."""
    row = Capture.objects.filter(pk=ident).first() if len(ident) <= 36 and "\0" not in ident else None
    if row is None or not shown(row):
        raise Shown(
            404,
            _("There is no such capture, or it is not shown as it looked."),
            _("The capture's own page says why, where it may be known."),
        )
    home = place.home()
    told = {
        "capture": row, "url": without_names(row.url), "portal_name": portal_name(home, row.portal), "command": COMMAND,
    }  # fmt: skip
    link = link_for(home, request.get_host())
    trouble = (
        "missing" if found(folder_of(home)) is None
        else "link" if not link
        else "" if answers(home)
        else "stopped"
    )  # fmt: skip
    if trouble:
        response = render(request, "outside/replay_missing.html", told | {"trouble": trouble}, status=503)
        if trouble == "stopped":
            response.headers["Retry-After"] = "10"  # it is started again by itself
        return response
    address = f"{link}/{ticket()}/open/{row.id}"
    response = render(request, "outside/replay.html", told | {"address": address})
    response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src {link}"
    response.headers["Cache-Control"] = "no-store"  # the address in it is good for an hour
    return response
