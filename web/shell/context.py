"""What every page's layout knows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from web.shell import place
from web.shell.viewer import Viewer


def around(request: HttpRequest) -> dict[str, Any]:
    """Template variables of `base.html`. Cheap: no query."""
    home = place.home()
    viewer = getattr(request, "viewer", None) or Viewer(None, reads=False)
    section = request.path.strip("/").partition("/")[0].partition(".")[0]
    if request.path.startswith("/accounts/people"):
        section = "operate"
    return {
        "viewer": viewer,
        "section": section,
        "newsroom_name": home.settings.operator.name,
        "query": request.GET.get("q", "") if section == "search" else "",
        "here": request.get_full_path(),
    }
