"""Notes beside records, files and captures: plain words, for oneself or for a team."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from web.desk.mine import begun, me, one, plain
from web.desk.models import Note
from web.desk.numbers import number
from web.desk.things import named_notes, thing
from web.shell import errors
from web.shell.viewer import allowed

LONGEST = 20_000


@allowed("report")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Write one."""
    about = thing(plain(request.POST.get("kind"), 16), request.POST.get("what"))
    made = Note.objects.create(
        **begun(me(request), plain(request.POST.get("for"), 36)), kind=about.kind, what=about.id,
        page=number(request.POST.get("page")), text=_text(request), changed_at=datetime.now(UTC),
    )  # fmt: skip
    messages.success(request, _("Noted. The team sees it.") if made.team else _("Noted, for you alone."))
    return HttpResponseRedirect(named_notes([made])[0]["address"])


@allowed("report")
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, ident: str) -> HttpResponse:
    """One note, to be changed or deleted."""
    found = one(Note, ident, me(request))
    told = named_notes([found])[0]
    if request.method != "POST":
        return render(request, "desk/note.html", told)
    back = HttpResponseRedirect(told["address"] or reverse("desk"))
    if request.POST.get("action") == "delete":
        found.delete()
        messages.success(request, _("The note is deleted."))
        return back
    found.text, found.changed_at = _text(request), datetime.now(UTC)
    found.save(update_fields=["text", "changed_at"])
    messages.success(request, _("Changed."))
    return back


def _text(request: HttpRequest) -> str:
    text = plain(request.POST.get("text"), LONGEST).replace("\r\n", "\n")
    if not text:
        raise errors.Shown(400, _("The note is empty."))
    return text
