"""The tick: which cases became overdue, which of those told were not, and which days are near. Plans; nothing here writes.

Called once a day at the portal's place, after each crawl, and when a rule or a note changed, with every
commit of the portal applied. What it plans is told once: a case that has an `overdue` event of a rule which
nobody retracted gets no other, and one that was told of a day so many days before it is not told so again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from config.dates import DateAhead
from config.deadline import Deadline
from config.portal import Portal
from releases.deadlines.ahead import Ahead, dates_ahead, sentence_ahead
from releases.deadlines.dates import place_of
from releases.deadlines.looks import Looks
from releases.deadlines.model import Case, Judged
from releases.deadlines.read import RULE, judged
from releases.deadlines.wording import overdue_sentence
from releases.ledger.canonical import clip
from releases.ledger.observation import Plan
from releases.ledger.retract import retractions
from releases.ledger.rows import Rows, Subject
from releases.models import DeadlineNote, Event

Key = tuple[str, str]
"""Record id and name of the rule."""


def plan_deadlines(portal: Portal, now: datetime, crawl: str = "") -> Plan:
    """What the rules of `portal` make news at the time `now`.

    What was overdue already when a rule is looked at for the first time in its present words (with the
    portal's first crawl, or after its file was edited) is told as a backfill: one digest.
    """
    place = place_of(portal)
    standing = _standing(portal.slug)
    if not portal.deadlines and not portal.dates and not standing:
        return Plan()
    crawl = crawl or Looks(portal.slug, place).newest
    if not crawl:  # never looked at: its first crawl begins its history
        return Plan()
    rows = Rows(portal.slug, crawl, now)
    today = place.day(now)
    fresh = _watch(rows, portal, today)
    for one in judged(portal, now, keep={record for record, _ in standing}) if portal.deadlines or standing else ():
        told = standing.get((one.case.id, one.rule))
        if told is None:
            if one.overdue and one.case.state != "withdrawn":
                limit = one.clock.latest or today
                long_since = one.rule in fresh and limit < today - timedelta(days=1)
                _tell(rows, one, _rule(portal, one.rule), backfill=long_since)
        elif not one.was_overdue:
            _correct(rows, one, told)
    _announce(rows, portal, now)
    return Plan(operations=rows.operations(), events=rows.events)


def next_tick(portal: Portal, now: datetime) -> datetime:
    """When the next day begins at the portal's place: then something else may be overdue."""
    zone = place_of(portal).zone
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)


def _standing(portal: str) -> dict[Key, Event]:
    """`overdue` events that nobody retracted, by record and rule."""
    events = list(Event.objects.filter(portal=portal, kind="overdue").order_by("at", "id"))
    gone = retractions(events)
    return {(event.record, str((event.new or {}).get("rule", ""))): event for event in events if event.id not in gone}


def _announce(rows: Rows, portal: Portal, now: datetime) -> None:
    """`upcoming`, once for each record, rule, day and notify day; of several that have come, the nearest alone.

    A day that the portal moved is another day: it counts anew. What was told and retracted is not told again.
    """
    told: dict[tuple[str, str, str], int] = {}
    for event in Event.objects.filter(portal=portal.slug, kind="upcoming") if portal.dates else ():
        said = event.new or {}
        key = (event.record, str(said.get("rule", "")), str(said.get("date", "")))
        told[key] = min(told.get(key, int(said["days_before"])), int(said["days_before"]))
    for one in dates_ahead(portal, now):
        number = one.reached
        if number is not None and number < told.get((one.case.id, one.rule.name, str(one.day)), number + 1):
            _tell_ahead(rows, one, number)


def _tell_ahead(rows: Rows, one: Ahead, number: int) -> None:
    case = one.case
    new: dict[str, Any] = {
        "rule": one.rule.name,
        "why": sentence_ahead(one),
        one.rule.field: str(one.day),
        "date": str(one.day),
        "days_left": one.left,
        "days_before": number,
    }
    if case.last_look:
        new["last_looked"] = str(case.last_look)
    new["basis"] = one.rule.basis
    rows.event("upcoming", _subject(case), new=new, captures=case.captures, backfill=False)


def _watch(rows: Rows, portal: Portal, today: date) -> set[str]:
    """Note down the words of each rule that has new ones, and since when; the names of these rules."""
    notes = DeadlineNote.objects.filter(portal=portal.slug, record="", kind=RULE).order_by("at", "id")
    known = dict(notes.values_list("rule", "why"))
    fresh: set[str] = set()
    rules: tuple[Deadline | DateAhead, ...] = (*portal.deadlines, *portal.dates)
    for rule in rules:
        words = msgspec.json.encode(rule, order="sorted").decode()
        if known.get(rule.name) != words:
            fresh.add(rule.name)
            rows.insert(
                "releases.DeadlineNote", portal=portal.slug, record="", rule=rule.name, kind=RULE,
                days=rule.days if isinstance(rule, Deadline) else max(rule.notify_days, default=0),
                since=today.isoformat(), until="", why=words, by="", at=rows.at, ended_at=None, ended_by="",
            )  # fmt: skip
    return fresh


def _tell(rows: Rows, one: Judged, rule: Deadline, *, backfill: bool) -> None:
    clock, case = one.clock, one.case
    assert clock.due is not None
    limit = clock.latest or clock.due
    blind = case.last_look is None or case.last_look <= limit
    new: dict[str, Any] = {
        "rule": one.rule,
        "why": overdue_sentence(one),
        clock.field: str(clock.start),
        "due": str(clock.due),
        "days_late": clock.late_most,
    }
    if limit != clock.due:
        new["due_if_extended"] = str(limit)
    if one.second is not None and one.second.due is not None:
        new[one.second.field] = str(one.second.start)
        new["due_by_second_clock"] = str(one.second.due)
    if case.last_look:
        new["last_looked"] = str(case.last_look)
    new["basis"] = rule.basis
    rows.event(
        "overdue",
        _subject(one.case),
        new=new,
        captures=case.captures,
        tags=["not seen since"] if blind else [],
        backfill=backfill,
    )


def _correct(rows: Rows, one: Judged, told: Event) -> None:
    """The shape of every correction: `old` names the event, `new` says why it was wrong."""
    rows.event(
        "retracted",
        _subject(one.case),
        old={"event": told.id, "kind": told.kind, "at": told.at.isoformat()},
        new={"reason": _reason(one)},
        captures=[*told.captures, *one.case.captures],
        backfill=told.backfill,
    )


def _reason(one: Judged) -> str:
    clock = one.clock
    if not one.covered:
        return f"not overdue, but {one.status}: {one.why}"
    if clock.standing in {"due", "past due unless extended"}:
        return f"not overdue: its last day is {clock.latest}; {one.why}"
    if clock.standing == "stopped":
        return f"not overdue: {'; '.join(one.remarks) or one.why}"
    if clock.standing == "on time":
        when = (
            f"printed as released on {one.printed}" if one.printed else f"released by {one.seen.by if one.seen else ''}"
        )
        return f"not overdue: it was {when}, in time; its last day was {clock.due}"
    if one.seen and not one.printed:
        return (
            f"it may have been released in time: it was first seen on {one.seen.by}, the look before "
            f"was on {one.seen.after or 'no day we know of'}, its last day was {clock.latest}"
        )
    return f"that it was overdue can not be said any more: {one.why}"


def _subject(case: Case) -> Subject:
    return Subject(case.id, case.key, clip(case.title, 10_000), case.url)


def _rule(portal: Portal, name: str) -> Deadline:
    return next(rule for rule in portal.deadlines if rule.name == name)
