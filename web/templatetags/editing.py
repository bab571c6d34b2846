"""What editors have beside other pages: restricting."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

register = template.Library()


@register.inclusion_tag("editing/beside_record.html", takes_context=True)
def editing_beside_record(context: Context, record: Any) -> dict[str, Any]:
    """Beside a record's page; `record`: `releases.models.Record`."""
    return {"viewer": context["viewer"], "record": record, "request": context["request"]}


@register.inclusion_tag("editing/beside_capture.html", takes_context=True)
def editing_beside_capture(context: Context, capture: Any) -> dict[str, Any]:
    """Beside a capture's page and a file's; `capture`: `archive.catalog.models.Capture`."""
    return {"viewer": context["viewer"], "capture": capture, "request": context["request"]}
