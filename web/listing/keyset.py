"""Pages of a list by keyset: the next page begins after the last row's own values, however many rows came before it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from web.shell.errors import Shown

M = TypeVar("M", bound=Model)
SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows of a list, and where it goes on."""

    rows: list[M]
    next: str
    """Cursor of the page after this one; empty at the end."""
    first: bool
    """Whether this is where the list begins."""


def page(request: HttpRequest, rows: QuerySet[M], keys: Sequence[str], size: int = SIZE) -> Page[M]:
    """The page of `rows` that the address' `after` names. `keys` as for `order_by`, all in one direction
    (`("-at", "-id")`), the last of them unique; an index must lead along them.

    Raises:
        Shown: `after` is no cursor of ours.
    """
    cursor = request.GET.get("after", "")
    names = [key.lstrip("-") for key in keys]
    try:
        if cursor:
            rows = rows.filter(after(names, read(cursor, len(names)), down=keys[0].startswith("-")))
        found = list(rows.order_by(*keys)[: size + 1])
    except (ValidationError, ValueError, TypeError, OverflowError):  # a cursor of another list's values
        raise nowhere() from None
    more = len(found) > size
    found = found[:size]
    return Page(found, write([getattr(found[-1], name) for name in names]) if more else "", first=not cursor)


def write(values: Sequence[Any]) -> str:
    """A cursor: it reveals nothing that the page did not."""
    text = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(msgspec.json.encode(text)).decode().rstrip("=")


def read(cursor: str, count: int) -> list[Any]:
    """The values of a cursor that `write` made of `count`.

    Raises:
        Shown: it is none of ours.
    """
    try:
        values = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(values, list) and len(values) == count and all(isinstance(v, (str, int)) for v in values):
            return values
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError):
        pass  # the last: brackets within brackets, by the thousand
    raise nowhere()


def nowhere() -> Shown:
    """What is said of a cursor that leads nowhere."""
    return Shown(400, _("This page of the list does not exist."), _("Begin at the list's first page."))


def after(names: Sequence[str], values: Sequence[Any], *, down: bool) -> Q:
    """Rows behind `values`: the first key alone narrows what the index gives, the whole decides."""
    sign = "lt" if down else "gt"
    wanted = Q()
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        same = Q(**{other: values[at] for at, other in enumerate(names[:place])})
        wanted |= same & Q(**{f"{name}__{sign}": value})
    return Q(**{f"{names[0]}__{sign}e": values[0]}) & wanted
