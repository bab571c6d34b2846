"""What of the deadlines is asked for: the whole state of the list, as the address has it."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from config.deadline import LONGEST_NAME
from config.portal import SLUG
from web.figures.due import AHEAD, PLACES, UNREADABLE
from web.shell.errors import Shown

MOST_DAYS = 3650
SPANS = {
    "": (0, len(PLACES) - 1),
    "open": (0, PLACES.index("stopped")),
    "released": (PLACES.index("late"), PLACES.index("on time")),
    "covered": (0, PLACES.index("on time")),
    **{word: (place, place) for place, word in enumerate(PLACES)},
    "extended": (0, len(PLACES) - 1),
    "ahead": (AHEAD, UNREADABLE),
}
"""`status` of an address → first and last place of such cases (`web.figures.due.PLACES`)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Empty: no filter."""

    status: str = ""
    """One of SPANS."""
    portal: str = ""
    rule: str = ""
    within: int | None = None
    """Only what is due, or comes, within so many days."""

    @property
    def any(self) -> bool:
        return self != Asked()


def of(request: HttpRequest) -> Asked:
    """The filters of an address.

    Raises:
        Shown: one of them means nothing.
    """
    status = request.GET.get("status", "").strip().replace("_", " ")
    if status not in SPANS:
        known = ", ".join(name for name in SPANS if name)
        raise Shown(400, _("There is no such status of a deadline."), _("Known are: %(known)s.") % {"known": known})
    portal, rule = request.GET.get("portal", "").strip(), request.GET.get("rule", "").strip()
    if portal and not SLUG.fullmatch(portal):
        raise Shown(400, _("No portal has such a name."), _("See the list of portals."))
    if len(rule) > LONGEST_NAME or not rule.isprintable():
        raise Shown(400, _("No rule has such a name."), _("See the table of rules."))
    return Asked(status, portal, rule, _days(request.GET.get("within", "")))


def _days(text: str) -> int | None:
    number = text.strip().removesuffix("d").strip()
    if not number:
        return None
    if not (number.isascii() and number.isdigit()) or len(number) > len(str(MOST_DAYS)):
        raise Shown(400, _("“within” is a number of days."), _("Write it as within=14."))
    return min(int(number), MOST_DAYS)
