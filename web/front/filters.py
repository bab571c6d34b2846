"""What of the releases is asked for: the whole state of the list, as the address has it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

from django.http import HttpRequest
from django.utils.translation import gettext as _

from releases.ledger.queries import EDITORS_ONLY
from releases.model import EventKind
from web.shell.errors import Shown
from web.shell.viewer import viewer_of

KINDS: tuple[str, ...] = get_args(EventKind)
_MOST = 50
"""Values of one filter."""
_LONGEST = 200
"""Characters of one value."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty: no filter."""

    portals: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Of events."""
    of: tuple[str, ...] = ()
    """Kinds of record: case, policy, …"""
    since: datetime | None = None
    """At or after."""
    until: datetime | None = None
    """Before."""
    words: str = ""
    """A query of the search: only records that it finds."""
    first: bool = False
    """What first looks found, and nothing else."""
    hidden: tuple[str, ...] = EDITORS_ONLY
    """Kinds of event that this reader is not told of."""

    @property
    def narrow(self) -> bool:
        """Whether rows must be looked at one by one: no index leads along these filters."""
        return bool(self.kinds or self.of or self.words)

    @property
    def any(self) -> bool:
        return bool(self.portals or self.narrow or self.since or self.until or self.first)


def of(request: HttpRequest) -> Filters:
    """The filters of an address.

    Raises:
        Shown: one of them means nothing.
    """
    kinds = _values(request, "kind")
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise Shown(
            400,
            _("There is no kind of event called “%(kind)s”.") % {"kind": unknown[0][:60]},
            _("Known are: %(kinds)s.") % {"kinds": ", ".join(kind for kind in KINDS if kind not in EDITORS_ONLY)},
        )
    return Filters(
        portals=_values(request, "portal"),
        kinds=kinds,
        of=_values(request, "of"),
        since=moment(request, "since"),
        until=moment(request, "until"),
        words=_text(request.GET.get("q", ""), 1000),
        first=request.GET.get("first") == "1",
        hidden=() if viewer_of(request).edits and set(kinds) & set(EDITORS_ONLY) else EDITORS_ONLY,
    )


def without(filters: Filters, kinds: tuple[str, ...]) -> Filters:
    """The same, but for these kinds of event."""
    return replace(filters, hidden=tuple({*filters.hidden, *kinds}))


def _values(request: HttpRequest, name: str) -> tuple[str, ...]:
    given = [_text(value, _LONGEST) for value in request.GET.getlist(name)[:_MOST]]
    return tuple(dict.fromkeys(value for value in given if value))


def _text(value: str, longest: int) -> str:
    """Without what no name has: databases refuse the sign NUL."""
    return "".join(c for c in value[:longest] if c.isprintable()).strip()


def moment(request: HttpRequest, name: str) -> datetime | None:
    """The parameter `name`: a day, whole, or a moment; in UTC where it does not say. Raises Shown: it is none."""
    value = request.GET.get(name, "").strip()
    if not value:
        return None
    try:
        if len(value) == len("2026-03-01"):
            day = date.fromisoformat(value)
            moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return moment + timedelta(days=1) if name == "until" else moment
        moment = datetime.fromisoformat(value.replace(" ", "+"))  # forms turn a plus into a space
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Shown(
            400,
            _("“%(value)s” is no day.") % {"value": value[:40]},
            _("Write a day as 2026-03-01, or a moment as 2026-03-01T09:30Z."),
        ) from None
