"""What editors have beside other pages: restricting, and what waits for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.db import DatabaseError
from django.template.context import Context

from archive.access import lasting
from archive.catalog.models import Restriction
from releases.models import Quarantine
from releases.restricting.texts import pages_with_text
from web.editing import told

register = template.Library()
_COUNTED = 1000
"""Pages that the notice counts at most."""


@register.inclusion_tag("editing/beside_record.html", takes_context=True)
def editing_beside_record(context: Context, record: Any) -> dict[str, Any]:
    """Beside a record's page; `record`: `releases.models.Record`."""
    viewer = context["viewer"]
    mark = {"portal": record.portal, "key": record.key}
    return {
        "viewer": viewer,
        "record": record,
        "restrictions": told.of_record(record.id) if viewer.edits else [],
        "restrict": urlencode({"kind": "record", **mark, "next": context["request"].path}),
        "merge": urlencode(mark),
    }


@register.inclusion_tag("editing/beside_capture.html", takes_context=True)
def editing_beside_capture(context: Context, capture: Any) -> dict[str, Any]:
    """Beside a capture's page and a file's; `capture`: `archive.catalog.models.Capture`."""
    viewer = context["viewer"]
    back = {"next": context["request"].path}
    restrictions = told.of_bytes([capture.payload_digest]) if viewer.edits else []
    file = context.get("file")
    ident = str(getattr(file, "id", "") or "")
    return {
        "viewer": viewer,
        "capture": capture,
        "restrictions": restrictions,
        "shut": any(one.kind == "bytes" for one in restrictions),
        "lines": bool(viewer.edits and pages_with_text(capture.payload_digest)),
        "restrict": urlencode({"kind": "capture", "capture": capture.id, **back}),
        "file": ident,
        "restrict_file": urlencode({"kind": "file", "file": ident, **back}),
    }


@register.inclusion_tag("editing/notice.html", takes_context=True)
def editing_notice(context: Context) -> dict[str, Any]:
    """For editors, on every page but their own: how much waits for them. Counts few rows, by index."""
    viewer = context.get("viewer")
    if viewer is None or not viewer.edits or context.get("section") == "editing":
        return {"waiting": 0, "due": 0}
    now = datetime.now(UTC)
    in_force = Restriction.objects.filter(lasting(now), lifted_at=None)
    overdue = in_force.filter(review_by__gt="", review_by__lte=now.date().isoformat())
    try:
        waiting = len(Quarantine.objects.filter(state="held").values_list("id", flat=True)[:_COUNTED])
        return {"waiting": waiting, "due": overdue.count()}
    except DatabaseError:  # then the page says so itself
        return {"waiting": 0, "due": 0}
