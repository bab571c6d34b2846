"""What the desk puts beside other pages: notes, folders, watching, citing."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from releases.documentcloud.asking import ending, sent_of
from web.desk.mine import teams_of, visible
from web.desk.models import Folder, Note, SharedRecord, Watched, WatchList
from web.shell import place

register = template.Library()
MANY = 100
NOTES = 20


@register.inclusion_tag("desk/beside_record.html", takes_context=True)
def desk_beside_record(context: Context, record: Any) -> dict[str, Any]:
    """Beside a record's page; `record`: `releases.models.Record`."""
    told = _beside(context, "record", record.id)
    viewer = context["viewer"]
    told["record"] = record
    if viewer.reports:
        lists = list(visible(WatchList, viewer.account).order_by("name", "id")[:MANY])
        on = set(Watched.objects.filter(record=record.id, list__in=lists).values_list("list", flat=True))
        told |= {
            "lists": [{"it": one, "on": one.id in on} for one in lists], "watched": bool(on),
            "links": visible(SharedRecord, viewer.account).filter(record=record.id, revoked_at=None).count(),
        }  # fmt: skip
    return told


@register.inclusion_tag("desk/beside.html", takes_context=True)
def desk_beside(
    context: Context, kind: str, ident: str, page: int | None = 0, version: int | None = 0
) -> dict[str, Any]:
    """Beside a file's page or a capture's: notes, folders, citing. `kind`: file, capture."""
    return _beside(context, kind, ident) | {"page": page or 0, "version": version or 0}


@register.inclusion_tag("desk/beside_documentcloud.html", takes_context=True)
def desk_documentcloud(context: Context, opened: Any) -> dict[str, Any]:
    """Beside a file's page: sending a version to DocumentCloud, and where it is there. `opened`: `web.files.opening`."""
    documentcloud = place.home().settings.documentcloud
    told: dict[str, Any] = {"shown": False, "file": opened.file, "version": opened.version}
    if context["viewer"].reports and opened.version is not None and opened.why is None:
        sending = sent_of(opened.file.id, opened.version.number)
        told |= {"sending": sending, "shown": bool(sending) or (documentcloud.there and bool(ending(opened.version)))}
    return told


@register.inclusion_tag("desk/beside_search.html", takes_context=True)
def desk_beside_search(context: Context, query: str) -> dict[str, Any]:
    """Beside what a search found: be told, collect it, a secret address."""
    return _beside(context, "search", "") | {"query": query}


def _beside(context: Context, kind: str, ident: str) -> dict[str, Any]:
    viewer = context["viewer"]
    told: dict[str, Any] = {"viewer": viewer, "kind": kind, "what": ident, "request": context["request"],
                            "csrf_token": context.get("csrf_token")}  # fmt: skip
    if viewer.reports:
        account = viewer.account
        told |= {
            "notes": visible(Note, account).filter(kind=kind, what=ident).order_by("page", "-changed_at")[:NOTES],
            "folders": visible(Folder, account).order_by("-changed_at", "id")[:MANY], "teams": teams_of(account),
        }  # fmt: skip
    return told
