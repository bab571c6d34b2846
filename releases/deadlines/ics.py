"""Due dates as a calendar (RFC 5545): whole days, no alarms, one event per record and rule."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from config.deadline import Deadline
from releases.alerts.wording import clean, field_label, web_link
from releases.deadlines.model import OPEN, Judged

_NAMESPACE = uuid.UUID("0b0c7f2e-52c2-5d55-9a5b-6c1f6b6ad0f7")
PRODUCT = "-//recordwatch//deadlines//EN"


def calendar(judged: Iterable[Judged], rules: Mapping[tuple[str, str], Deadline]) -> bytes:
    """The due dates of covered records, and as cancelled those of records that turned out otherwise.

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
    return bytes(made.to_ical())


def _event(one: Judged, rule: Deadline) -> Event:
    case = one.case
    # A calendar that had a day of this case must hear that there is none any more.
    due = one.clock.due or one.clock.start or case.seen.by
    released = one.clock.standing not in OPEN
    label = clean(case.title or case.printed_key or case.key, 200)
    event = Event()
    event.add("uid", f"{uuid.uuid5(_NAMESPACE, f'{case.id}/{one.rule}')}@recordwatch")
    stamp = (case.changed_at or datetime(2000, 1, 1, tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    event.add("dtstamp", stamp)
    event.add("last-modified", stamp)
    event.add("sequence", case.changes)
    event.add("dtstart", due)
    event.add("dtend", due + timedelta(days=1))
    event.add("summary", f"{'Released' if released else 'Due'}: {label}")
    event.add("description", "\n".join(_description(one, rule)))
    event.add("status", "CONFIRMED" if one.covered and one.clock.due else "CANCELLED")
    event.add("transp", "TRANSPARENT")
    event.add("categories", [clean(case.portal, 64), one.status])
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
