"""Due dates and days ahead as a calendar (RFC 5545): whole days, no alarms, one event per record and rule."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from config.deadline import Deadline
from releases.alerts.wording import clean, field_label, web_link
from releases.deadlines.ahead import Ahead
from releases.deadlines.model import OPEN, Case, Judged

_NAMESPACE = uuid.UUID("0b0c7f2e-52c2-5d55-9a5b-6c1f6b6ad0f7")
PRODUCT = "-//recordwatch//deadlines//EN"


def calendar(judged: Iterable[Judged], rules: Mapping[tuple[str, str], Deadline], ahead: Iterable[Ahead] = ()) -> bytes:
    """The days ahead; the due dates of covered records, and as cancelled those of records that turned out otherwise.

    The same state of the ledger gives the same bytes. An entry keeps its UID for ever; its SEQUENCE grows
    with every change of the record, its files or notes. `rules`: by portal and name.
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", "recordwatch deadlines")
    for one in sorted(judged, key=lambda one: (one.case.portal, one.case.key, one.rule)):
        made.add_component(_event(one, rules[one.case.portal, one.rule]))
    for day in sorted(ahead, key=lambda day: (day.case.portal, day.case.key, day.rule.name)):
        made.add_component(_day(day))
    return bytes(made.to_ical())


def _event(one: Judged, rule: Deadline) -> Event:
    case = one.case
    # A calendar that had a day of this case must hear that there is none any more.
    due = one.clock.due or one.clock.start or case.seen.by
    released = one.clock.standing not in OPEN
    event = _entry(case, one.rule, due)
    event.add("summary", f"{'Released' if released else 'Due'}: {_label(case)}")
    event.add("description", "\n".join(_description(one, rule)))
    event.add("status", "CONFIRMED" if one.covered and one.clock.due else "CANCELLED")
    event.add("categories", [clean(case.portal, 64), one.status])
    return event


def _day(one: Ahead) -> Event:
    rule = one.rule
    event = _entry(one.case, rule.name, one.day or one.case.seen.by)
    event.add("summary", f"{clean(rule.what, 120)}: {_label(one.case)}")
    said = [rule.name, one.why or f"As {field_label(rule.field)} says: {one.day}."]
    if rule.basis:
        said.append(f"Basis: {clean(rule.basis)}{f' {rule.basis_url}' if rule.basis_url else ''}")
    event.add("description", "\n".join(map(clean, said)))
    event.add("status", "CONFIRMED" if one.day and one.listed else "CANCELLED")
    event.add("categories", [clean(one.case.portal, 64), "date"])
    return event


def _label(case: Case) -> str:
    return clean(case.title or case.printed_key or case.key, 200)


def _entry(case: Case, rule: str, due: date) -> Event:
    """What every entry has: who, when, and how often it changed."""
    event = Event()
    event.add("uid", f"{uuid.uuid5(_NAMESPACE, f'{case.id}/{rule}')}@recordwatch")
    stamp = (case.changed_at or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", case.changes)
    event.add("dtstart", due)
    event.add("dtend", due + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    if link := web_link(case.url):
        event.add("url", link)
    return event


def _description(one: Judged, rule: Deadline) -> list[str]:
    """What does not change from day to day: how many days are left is for the reader's calendar to count."""
    said = [f"{one.rule} ({one.status}: {clean(one.why)})", _counted(one)]
    if one.clock.latest != one.clock.due:
        said.append(f"With an extension, which the portal does not print: {one.clock.latest}.")
    if one.second is not None and one.second.due is not None:
        said.append(f"Counted from {field_label(one.second.field)} {one.second.start}: {one.second.due}.")
    if one.printed or one.seen:
        said.append(f"Released {one.printed}." if one.printed else f"Released by {one.seen.by if one.seen else ''}.")
    return [*said, f"Basis: {clean(rule.basis)}{f' {rule.basis_url}' if rule.basis_url else ''}"]


def _counted(one: Judged) -> str:
    """From when; or why there is no last day."""
    clock = one.clock
    if clock.due is None:
        return f"No last day: {clean('; '.join(one.remarks) or clock.why or one.why)}."
    return f"Counted from {field_label(clock.field)} {clock.start}."
