"""`fields=` of lists: only what was asked for of each row."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Schema

from web.shell.errors import Shown

_LONGEST = 2000
ABOUT = "Names of fields with commas between them: only these of each row."


def selecting(view: Callable[..., HttpResponse], row: type[Schema]) -> Callable[..., HttpResponse]:
    """`view`, which answers with rows of this shape, giving only the fields that `fields=` names, in that order."""

    @wraps(view)
    def answer(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        wanted = _wanted(request.GET.get("fields", ""), row)
        made = view(request, *given, **named)
        if wanted and made.status_code == 200:
            said = msgspec.json.decode(made.content)
            said["rows"] = [{name: one[name] for name in wanted if name in one} for one in said["rows"]]
            made.content = msgspec.json.encode(said)
        return made

    return answer


def _wanted(text: str, row: type[Schema]) -> list[str]:
    """Raises Shown: there is no such field."""
    names = list(dict.fromkeys(name.strip() for name in text[:_LONGEST].split(",") if name.strip()))
    if unknown := [name for name in names if name not in row.model_fields]:
        raise Shown(
            400,
            _("There is no field “%(name)s”.") % {"name": unknown[0][:60]},
            _("There are: %(all)s.") % {"all": ", ".join(row.model_fields)},
        )
    return names
