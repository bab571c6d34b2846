"""Pictures in pages: SVG of our own, with what they say in words and a table behind each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django import template

from web.figures import pictures

register = template.Library()


@register.inclusion_tag("figures/weeks.html")
def weeks_picture(found: Mapping[str, Mapping[str, int]], name: str = "weeks") -> dict[str, Any]:
    """Releases per week. `name`: unlike that of any other picture of the page."""
    return {"picture": pictures.weeks(found, datetime.now(UTC).date()), "name": name}


@register.inclusion_tag("figures/bars.html")
def lag_picture(rule: Mapping[str, Any], number: int = 1) -> dict[str, Any]:
    """Lag against one rule. `number`: which of the page's."""
    return {"picture": pictures.lag(rule), "name": f"lag-{number}"}


@register.inclusion_tag("figures/bars.html")
def kinds_picture(files: Mapping[str, Mapping[str, int]], name: str = "kinds") -> dict[str, Any]:
    """File kinds."""
    return {"picture": pictures.kinds(files), "name": name}


@register.inclusion_tag("figures/strip.html")
def health_strip(crawls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The last crawls."""
    return {"strip": pictures.strip(crawls)}
