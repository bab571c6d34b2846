"""Days that matter before they come: what each `[[dates]]` rule says of each record on one day.

A clock of `[[deadlines]]` counts days from what happened; here the portal prints the day itself (a contract's
last day, the end of a comment window), and nobody is late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.db.models import Q

from config.dates import DateAhead
from config.portal import Portal
from releases.alerts.wording import clean
from releases.deadlines.coverage import matching
from releases.deadlines.dates import Place, Unreadable, place_of, quoted, read_day
from releases.deadlines.looks import Looks
from releases.deadlines.model import Case
from releases.deadlines.read import cases
from releases.deadlines.wording import days
from releases.model import DEPOSITED
from releases.models import Record
from releases.restricting.shown import open_records

DayStanding = Literal["ahead", "today", "passed", "unreadable", "none"]
"""`none`: the portal prints no day, or the rule's `only` says that the record is not concerned (any more)."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What one rule says of one record on one day."""

    case: Case
    rule: DateAhead
    day: date | None
    standing: DayStanding
    left: int | None
    """Days until then; negative when it has passed."""
    why: str = ""
    """Why there is no day; else empty."""

    @property
    def listed(self) -> bool:
        """Whether the record is still on its portal: of others nothing is announced."""
        return self.case.state != "withdrawn"

    @property
    def shown(self) -> bool:
        """Whether people look for it here: to come, just passed, or not to be read."""
        if self.standing == "none" or not self.listed:
            return False
        return self.left is None or self.left >= -self.rule.keep_days

    @property
    def reached(self) -> int | None:
        """The nearest of the rule's notify days that has come; None while none has, and when the day has passed."""
        if self.left is None or self.left < 0 or not self.listed:
            return None
        return min((number for number in self.rule.notify_days if self.left <= number), default=None)


def concerns(rule: DateAhead, kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether the rule is about records of this kind at all. One that names none is about those with its field."""
    return kind in rule.kinds if rule.kinds else rule.field in fields


def ahead(case: Case, rule: DateAhead, today: date, place: Place) -> Ahead:
    """What `rule` says of `case` on the day `today` at the portal's place."""
    value = case.fields.get(rule.field)
    for name, patterns in rule.only.items():
        if not matching({name: patterns}, case.fields):
            said = quoted(case.fields.get(name) or "nothing")
            return Ahead(case, rule, None, "none", None, f"{name} says {said}, which the rule is not about")
    if value is None or value in ("", []):
        return Ahead(case, rule, None, "none", None, f"the portal prints no {rule.field}")
    try:
        day = read_day(value, place)
    except Unreadable as unreadable:
        return Ahead(case, rule, None, "unreadable", None, f"{rule.field} is {unreadable}")
    left = (day - today).days
    return Ahead(case, rule, day, "today" if left == 0 else "ahead" if left > 0 else "passed", left)


def dates_ahead(portal: Portal, now: datetime, *, keys: Iterable[str] = ()) -> Iterator[Ahead]:
    """What each rule of `portal` says of each record it is about, at the time `now`. Reads the ledger.

    `keys`: only these records.
    """
    if not portal.dates:
        return
    place = place_of(portal)
    today = place.day(now)
    wanted = Q(portal=portal.slug) & ~Q(state__in=("merged", DEPOSITED))
    if only := list(keys):
        wanted &= Q(key__in=only)
    if all(rule.kinds for rule in portal.dates):
        wanted &= Q(kind__in=sorted({kind for rule in portal.dates for kind in rule.kinds}))
    for case in cases(open_records(Record.objects.filter(wanted)), Looks(portal.slug, place), history=False):
        for rule in portal.dates:
            if concerns(rule, case.kind, case.fields):
                yield ahead(case, rule, today, place)


def soonest(one: Ahead) -> tuple[Any, ...]:
    """Sorts what comes first before what comes later, then what passed last, then what cannot be read."""
    rank = {"today": 0, "ahead": 0, "passed": 1, "unreadable": 2, "none": 3}[one.standing]
    return rank, abs(one.left or 0), one.case.portal, one.case.key, one.rule.name


def when_words(one: Ahead) -> str:
    """`in 12 days`, `today`, `3 days ago`; why there is none."""
    if one.left is None:
        return one.why
    if one.left == 0:
        return "today"
    return f"in {days(one.left)}" if one.left > 0 else f"{days(-one.left)} ago"


def sentence_ahead(one: Ahead) -> str:
    """What happens when, in a sentence a reporter may quote: `on 2027-06-30, in 30 days, the contract expires`."""
    return f"on {one.day}, {when_words(one)}, {clean(one.rule.what)}"


def row(one: Ahead) -> dict[str, Any]:
    """One day for machines; the names are those of `releases.deadlines.rows` where they mean the same."""
    case = one.case
    return {
        **case.about(),
        "rule": one.rule.name,
        "status": "date",
        "what": one.rule.what,
        "field": one.rule.field,
        "due": one.day,
        "standing": one.standing,
        "days_left": one.left if one.left is not None and one.left >= 0 else None,
        "days_past": -one.left if one.left is not None and one.left < 0 else None,
        "why": one.why,
        "basis": one.rule.basis,
        "url": case.url,
    }


def within(found: Iterable[Ahead], most: int) -> list[Ahead]:
    """Those that come within so many days."""
    return [one for one in found if one.left is not None and 0 <= one.left <= most]
