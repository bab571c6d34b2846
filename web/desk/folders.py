"""Case folders: what belongs to one story, in an order, with remarks; taken along as Markdown, CSV or JSON with citations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from releases.alerts.feed_choice import check_query
from releases.models import Account
from web.accounts.links import base_of
from web.desk.citing import Citation, cite, markdown
from web.desk.mine import begun, me, name_of, nothing, one, plain
from web.desk.models import Folder, FolderItem
from web.desk.numbers import number
from web.desk.things import named_items, thing
from web.listing.formats import as_csv, as_json
from web.shell import errors
from web.shell.viewer import allowed

MOST = 1000
"""Items of one folder."""
LONGEST = 20_000
COLUMNS = ("place", "kind", "title", "text", "agency", "captured_at", "digest", "permalink", "evidence", "source", "id", "version", "page")  # fmt: skip


@allowed("report")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """A folder, with something in it where that is named."""
    account = me(request)
    with transaction.atomic():
        made = Folder.objects.create(
            **begun(account, plain(request.POST.get("for"), 36)), name=name_of(request.POST.get("name")),
            changed_at=datetime.now(UTC),
        )  # fmt: skip
        if request.POST.get("kind"):
            _put(request, made, account)
    messages.success(request, _("The folder is made."))
    return HttpResponseRedirect(reverse("folder", args=[made.id]))


@allowed("report")
def folder(request: HttpRequest, ident: str, form: str | None = None) -> HttpResponseBase:
    """What is in it; the same to take along."""
    found = one(Folder, ident, me(request))
    rows = named_items(list(found.items.order_by("place", "id")))
    if form is None:
        return render(request, "desk/folder.html", {"folder": found, "rows": rows})
    cited = [(row, _cited(request, row)) for row in rows]
    flat = [_row(row, citation) for row, citation in cited]
    if form == "csv":
        return as_csv("folder", COLUMNS, flat)
    if form == "json":
        return as_json(flat, name=found.name, about=found.about)
    response = HttpResponse(_document(found, cited), content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="folder.md"'
    return response


@allowed("report")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put something into a folder, from wherever it is shown."""
    account = me(request)
    found = one(Folder, plain(request.POST.get("folder"), 36), account)
    address = _put(request, found, account)
    messages.success(request, _("It is in the folder “%s” now.") % found.name)
    return HttpResponseRedirect(address or reverse("folder", args=[found.id]))


@allowed("report")
@require_POST
def change(request: HttpRequest, ident: str) -> HttpResponse:
    """Rename, describe, reorder, take out, delete."""
    found, action = one(Folder, ident, me(request)), request.POST.get("action")
    if action == "delete":
        found.delete()
        messages.success(request, _("The folder is deleted; what was in it stays in the archive."))
        return HttpResponseRedirect(reverse("desk"))
    if action == "describe":
        found.name, found.about = name_of(request.POST.get("name")), plain(request.POST.get("about"), LONGEST)
    elif action in {"up", "down", "out", "remark"}:
        _rearrange(request, found, action)
    else:
        raise errors.Shown(400, _("This request makes no sense."))
    found.changed_at = datetime.now(UTC)
    found.save(update_fields=["name", "about", "changed_at"])
    messages.success(request, _("Changed."))
    return HttpResponseRedirect(reverse("folder", args=[found.id]))


def _rearrange(request: HttpRequest, found: Folder, action: str) -> None:
    with transaction.atomic():
        items = list(found.items.select_for_update().order_by("place", "id"))
        item = next((item for item in items if item.pk == number(request.POST.get("item"))), None)
        if item is None:
            raise nothing()
        at = items.index(item)
        if action == "out":
            item.delete()
            return
        if action == "remark":
            text = plain(request.POST.get("text"), LONGEST)
            FolderItem.objects.filter(pk=item.pk).exclude(kind="search").update(text=text)
            return
        items.insert(max(0, at - 1) if action == "up" else at + 1, items.pop(at))
        for place, each in enumerate(items):
            each.place = place
        FolderItem.objects.bulk_update(items, ["place"])


def _put(request: HttpRequest, found: Folder, account: Account) -> str:
    """Put in what the form names; gives the page of it, empty for a note. Raises Shown, QueryError."""
    kind, text = plain(request.POST.get("kind"), 16), plain(request.POST.get("text"), LONGEST)
    what = address = ""
    if kind == "search":
        text = plain(request.POST.get("q"), 2000)
        if not text:
            raise errors.Shown(400, _("There is no search to keep."))
        check_query(text)
    elif kind == "note":
        if not text:
            raise errors.Shown(400, _("The note is empty."))
    else:
        about = thing(kind, request.POST.get("what"))
        what, address = about.id, about.address
    with transaction.atomic():
        Folder.objects.select_for_update().get(id=found.id)
        if found.items.count() >= MOST:
            raise errors.Shown(409, _("This folder is full. Begin another one."))
        last = found.items.aggregate(last=Max("place"))["last"]
        now = datetime.now(UTC)
        FolderItem.objects.create(
            folder=found, place=0 if last is None else last + 1, kind=kind, what=what, text=text, at=now, by=account,
            version=number(request.POST.get("version")), page=number(request.POST.get("page")),
        )  # fmt: skip
        Folder.objects.filter(id=found.id).update(changed_at=now)
    return address


def _cited(request: HttpRequest, row: dict[str, Any]) -> Citation | None:
    if row["about"] is None:
        return None
    item: FolderItem = row["it"]
    return cite(item.kind, item.what, base_of(request), version=item.version, page=item.page, about=row["about"])


def _row(row: dict[str, Any], citation: Citation | None) -> dict[str, Any]:
    item: FolderItem = row["it"]
    plainly = {
        "place": item.place + 1, "kind": item.kind, "title": row["title"], "text": item.text, "id": item.what,
        "version": item.version or None, "page": item.page or None,
    }  # fmt: skip
    return plainly | ({
        "agency": citation.agency, "captured_at": citation.captured_at, "digest": citation.digest,
        "permalink": citation.permalink, "evidence": citation.evidence, "source": citation.source,
    } if citation else {})  # fmt: skip


def _document(found: Folder, cited: list[tuple[dict[str, Any], Citation | None]]) -> str:
    lines = [f"# {found.name}", ""] + ([found.about, ""] if found.about else [])
    for row, citation in cited:
        item: FolderItem = row["it"]
        if item.kind == "note":
            lines += [item.text, ""]
        elif item.kind == "search":
            lines += [f"- {_('Search')}: `{item.text.replace('`', ' ')}`", ""]
        else:
            lines += [f"- {markdown(citation)}" if citation else f"- {row['title']}"]
            lines += [f"  {line}" for line in item.text.splitlines()] + [""]
    return "\n".join(lines)
