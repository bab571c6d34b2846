"""What pages of files have."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

register = template.Library()


@register.simple_tag(takes_context=True)
def file_link(context: Context, **changes: Any) -> str:
    """This page with another page, part, second or screenful; None takes it away."""
    link: str = context["asked"].link(**changes)
    return link
