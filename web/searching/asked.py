"""What a search page was asked: its address, read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _

from releases.search.query import MOST_CHARACTERS
from web.shell.errors import Shown

Sort = Literal["best", "newest", "oldest"]
SORTS: tuple[Sort, ...] = ("best", "newest", "oldest")


@dataclass(frozen=True, slots=True)
class Asked:
    """One search."""

    query: str
    sort: Sort = "best"
    after: str = ""
    day: date | None = None
    """Search what was held at the end of this day; None: now."""

    @property
    def as_of(self) -> datetime | None:
        """The moment after that day."""
        if self.day is None:
            return None
        return datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC) + timedelta(days=1)


def of(request: HttpRequest) -> Asked:
    """The search of an address.

    Raises:
        Shown: a part of it means nothing. What the query itself means is asked of the search.
    """
    sort = request.GET.get("sort", "best") or "best"
    if sort not in SORTS:
        raise Shown(400, _("There is no such order."), _("Known are: %(orders)s.") % {"orders": ", ".join(SORTS)})
    query = request.GET.get("q", "").replace("\0", " ").strip()
    return Asked(query[: MOST_CHARACTERS + 1], sort, request.GET.get("after", "")[:2000], _day(request))


def _day(request: HttpRequest) -> date | None:
    value = request.GET.get("asof", "").strip()
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
        if not 1990 <= day.year < 2200:
            raise ValueError  # noqa: TRY301  one sentence for every wrong day
    except ValueError:
        raise Shown(400, _("“%(value)s” is no day.") % {"value": value[:40]}, _("Write a day as 2026-03-01.")) from None
    return day
