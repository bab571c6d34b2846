"""What the desk puts beside other pages: notes, folders, watching, citing."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

register = template.Library()


@register.inclusion_tag("desk/beside_record.html", takes_context=True)
def desk_beside_record(context: Context, record: Any) -> dict[str, Any]:
    """Beside a record's page; `record`: `releases.models.Record`."""
    return {"viewer": context["viewer"], "record": record, "request": context["request"]}
