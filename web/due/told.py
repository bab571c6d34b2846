"""Cases in the words of the deadlines page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.deadline import Deadline
from releases.alerts.wording import clean, field_label, web_link
from releases.deadlines.ahead import Ahead, sentence_ahead, when_words
from releases.deadlines.model import Clock, Judged
from releases.deadlines.urgency import stands
from web.front.told import record_address

BAD, WARN = ("overdue", "late"), ("past due unless extended", "late unless extended", "late or on time", "stopped")


@dataclass(frozen=True, slots=True)
class ToldClock:
    """One count of days."""

    field: str
    start: date | None
    due: date | None
    latest: date | None
    """If it was extended unseen; None where that makes no difference."""
    words: str


@dataclass(frozen=True, slots=True)
class ToldCase:
    """A case as a line of the list."""

    portal: str
    key: str
    title: str
    address: str
    source: str
    rule: str
    basis: str
    basis_url: str
    tone: str
    """bad, warn, or empty."""
    stand: str
    status: str
    why: str
    remarks: tuple[str, ...]
    clocks: tuple[ToldClock, ...]
    released: str


def told(one: Judged | Ahead, rules: Mapping[tuple[str, str], Deadline], *, named: bool) -> ToldCase:
    """`one` in words. `rules`: by portal and name. `named`: with the names of colleagues who noted something."""
    case, ahead = one.case, isinstance(one, Ahead)
    rule: Any = one.rule if isinstance(one, Ahead) else rules.get((case.portal, one.rule))
    common: dict[str, Any] = {
        "portal": case.portal,
        "key": clean(case.printed_key or case.key, 120),
        "title": clean(case.title, 240),
        "address": record_address(case.portal, case.key),
        "source": web_link(case.url),
        "rule": rule.name if ahead else one.rule,
        "basis": rule.basis if rule else "",
        "basis_url": web_link(rule.basis_url) if rule else "",
    }
    if isinstance(one, Ahead):
        said = clean(sentence_ahead(one), 400) if one.day else clean(one.why, 400)
        return ToldCase(**common, tone="", stand=when_words(one) if one.day else _("no day"), status="date", why=said,
                        remarks=(), clocks=(), released="")  # fmt: skip
    one = one if named else unnamed(one)
    standing = stands(one)
    released = ""
    if one.printed:
        released = _("released %(day)s, as the portal prints") % {"day": one.printed}
    elif one.seen:
        released = _("first seen %(day)s") % {"day": one.seen.by}
        if one.seen.after and one.seen.after < one.seen.by:
            released += ", " + _("not yet %(day)s") % {"day": one.seen.after}
    return ToldCase(
        **common,
        tone="bad" if standing in BAD else "warn" if standing in WARN else "",
        stand=stand_words(one, one.clock) if one.covered else status_words(one.status),
        status=one.status,
        why=clean(one.why, 400),
        remarks=tuple(clean(remark, 400) for remark in one.remarks),
        clocks=tuple(_clock(one, clock) for clock in (one.clock, one.second) if clock),
        released=released,
    )


def stand_words(one: Judged, clock: Clock) -> str:
    """How one clock stands, in a few words; as `releases.deadlines.wording.standing_words`, in the reader's language."""
    most, least = clock.late_most, clock.late_least
    if clock.standing == "on time" or most is None:
        return status_words(clock.standing)
    many = {"n": f"{abs(most):,}", "latest": clock.latest, "least": f"{least or 0:,}"}
    unless = _("unless extended to %(latest)s") % many
    business = one.unit != "day"

    def said(days: str, business_days: str) -> str:
        return (business_days if business else days) % many

    number = abs(most)
    if clock.standing == "due":
        if most == 0:
            return _("due today")
        return said(
            ngettext("due in %(n)s day", "due in %(n)s days", number),
            ngettext("due in %(n)s business day", "due in %(n)s business days", number),
        )
    if clock.standing == "overdue" and clock is one.clock:  # overdue is said by the first clock alone
        return said(
            ngettext("overdue by %(n)s day", "overdue by %(n)s days", number),
            ngettext("overdue by %(n)s business day", "overdue by %(n)s business days", number),
        )
    if clock.standing in {"overdue", "past due unless extended"}:
        past = said(
            ngettext("%(n)s day past due", "%(n)s days past due", number),
            ngettext("%(n)s business day past due", "%(n)s business days past due", number),
        )
        return past if clock.standing == "overdue" else f"{past}, {unless}"
    if clock.standing in {"late", "late unless extended"}:
        late = said(
            ngettext("%(n)s day late", "%(n)s days late", number),
            ngettext("%(n)s business day late", "%(n)s business days late", number),
        )
        if least != most:
            late = said(_("%(least)s to %(n)s days late"), _("%(least)s to %(n)s business days late"))
        return late if clock.standing == "late" else f"{late}, {unless}"
    if clock.standing == "late or on time":
        return said(
            ngettext("at most %(n)s day late, or on time", "at most %(n)s days late, or on time", number),
            ngettext(
                "at most %(n)s business day late, or on time", "at most %(n)s business days late, or on time", number
            ),
        )
    return status_words(clock.standing)


def status_words(status: str) -> str:
    """A status or standing in words."""
    known = {
        "overdue": _("overdue"), "past due unless extended": _("past due unless extended"), "due": _("due"),
        "stopped": _("the clock stands still"), "late": _("late"), "late unless extended": _("late unless extended"),
        "late or on time": _("late or on time"), "on time": _("on time"), "unknown": _("unknown"), "barred": _("barred"),
        "not covered": _("not covered"), "extended": _("extended"), "covered": _("covered"), "open": _("not released"),
        "released": _("released"), "ahead": _("days ahead"), "date": _("day ahead"),
    }  # fmt: skip
    return known.get(status, status)


def unnamed(one: Judged) -> Judged:
    """`one` without the names of those who noted something: what is noted is for all, who did is for colleagues."""

    def plain(text: str) -> str:
        for note in one.case.notes:
            text = text.replace(f" by {note.by}: ", ": ") if note.by else text
        return text

    return replace(one, why=plain(one.why), remarks=tuple(map(plain, one.remarks)))


def _clock(one: Judged, clock: Clock) -> ToldClock:
    latest = clock.latest if clock.latest != clock.due else None
    words = stand_words(one, clock) if one.covered and clock.due else clock.why
    return ToldClock(field_label(clock.field), clock.start, clock.due, latest, clean(words, 300))
