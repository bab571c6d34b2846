"""One rule and one record on one day: covered or not, both clocks, released or not. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from config.deadline import Deadline
from releases.deadlines.calendar import Pause, calendar_of
from releases.deadlines.coverage import Coverage, coverage, matches, matching
from releases.deadlines.dates import Place, Unreadable, quoted, read_day
from releases.deadlines.model import Case, Clock, Judged, Note, Seen, Standing, Status

SLACK = timedelta(days=1)
"""A portal without a time zone in its file may be a day ahead of ours."""


class Extension(NamedTuple):
    """Days granted that we know of, days that may have been granted unseen, and who says so."""

    days: int
    unseen: int
    said: tuple[str, ...]


class Pauses(NamedTuple):
    """Periods in which the clock stands still, and why; `unreadable`: a period is printed that can not be read."""

    periods: tuple[Pause, ...]
    said: tuple[str, ...]
    unreadable: str


def judge(case: Case, rule: Deadline, today: date, place: Place) -> Judged:
    """What `rule` says of `case` on the day `today` at the portal's place."""
    notes = [note for note in case.notes if note.rule in {"", rule.name}]
    answer = _covered(case, rule, notes, place)
    extension, pauses = _extension(case, rule, notes), _pauses(case, rule, notes, place)
    printed, remark = _printed(case, rule, today, place)
    seen = _seen(case, rule)
    lowest, highest = (printed, printed) if printed else (seen.after, seen.by) if seen else (None, None)

    def clock(field: str) -> Clock:
        return _clock(case, rule, field, extension, pauses, lowest, highest, today, place)

    first = clock(rule.from_field)
    status, why = _status(case, rule, notes, answer, first, extension)
    remarks = [remark, *pauses.said, _contradiction(printed, seen)]
    if status in {"covered", "extended"}:
        if first.standing == "overdue" and (
            case.last_look is None or (first.latest and case.last_look <= first.latest)
        ):
            looked = f"last seen on {case.last_look}" if case.last_look else "never seen in a healthy crawl"
            remarks.append(f"the portal was {looked}: not released as of then")
        if first.latest != first.due and first.standing in {"past due unless extended", "late unless extended", "due"}:
            remarks.append(f"with an extension, which the portal does not print, the last day is {first.latest}")
    if case.state == "withdrawn":
        remarks.append("the portal no longer lists it")
    return Judged(
        case, rule.name, status, why, first, clock(rule.second_field) if rule.second_field else None,
        printed, seen, tuple(filter(None, remarks)), calendar_of(rule).unit,
    )  # fmt: skip


def _covered(case: Case, rule: Deadline, notes: Iterable[Note], place: Place) -> Coverage:
    """The newest note that says so wins over what is printed."""
    said = [note for note in notes if note.kind in {"covered", "not covered"}]
    if said:
        newest = max(said, key=lambda note: (note.at, note.id))
        return Coverage("covered" if newest.kind == "covered" else "not covered", _noted(newest))
    return coverage(rule, case.fields, place)


def _status(
    case: Case, rule: Deadline, notes: Iterable[Note], answer: Coverage, first: Clock, extension: Extension
) -> tuple[Status, str]:
    if answer.answer == "not covered":
        return "not covered", answer.why
    barred = [note for note in notes if note.kind == "barred"]
    if barred:
        return "barred", _noted(max(barred, key=lambda note: (note.at, note.id)))
    if found := matching(rule.barred_by, case.fields):
        return "barred", found
    if answer.answer == "unknown":
        return "unknown", answer.why
    if first.start is None or first.why:
        return "unknown", f"{rule.from_field} is {first.why}" if first.start is None else first.why
    if extension.days:
        return "extended", "; ".join(extension.said)
    return "covered", answer.why


def _extension(case: Case, rule: Deadline, notes: Iterable[Note]) -> Extension:
    """What portal and notes say was granted, no more than the rule allows where it says how much that is."""
    most = rule.extension_days * rule.extensions
    granted = [note for note in notes if note.kind == "extended"]
    printed = list(
        dict.fromkeys(f"{name} says {quoted(text)}" for name, text in matches(rule.extended_by, case.fields))
    )
    printed = printed[: rule.extensions]
    days = len(printed) * rule.extension_days + sum(note.days for note in granted)
    days = min(days, most) if most else days
    said = (*printed, *map(_noted, granted))
    # Whoever says how long it was extended, also that it was not, has seen what the portal does not print.
    unseen = 0 if rule.extended_by or granted else most
    return Extension(days, unseen, said)


def _pauses(case: Case, rule: Deadline, notes: Iterable[Note], place: Place) -> Pauses:
    periods, said, unreadable = [], [], ""
    for one in rule.tolled_by:
        if case.fields.get(one.from_field) in (None, "", []):
            continue
        try:
            since = read_day(case.fields[one.from_field], place)
            printed = case.fields.get(one.to_field) if one.to_field else None
            until = None if printed in (None, "", []) else read_day(printed, place)
        except Unreadable as error:
            unreadable = f"the clock stood still, {one.from_field} to {one.to_field or 'now'}: {error}"
            continue
        if until is None or since <= until:
            periods.append(Pause(since, until))
            said.append(
                f"the clock stands still from {since} {f'to {until}' if until else 'on'}{f': {one.why}' if one.why else ''}"
            )
    for note in notes:
        if note.kind == "tolled" and note.since:
            periods.append(Pause(note.since, note.until))
            said.append(
                f"the clock stands still from {note.since} {f'to {note.until}' if note.until else 'on'}: {_noted(note)}"
            )
    return Pauses(tuple(periods), tuple(said), unreadable)


def _printed(case: Case, rule: Deadline, today: date, place: Place) -> tuple[date | None, str]:
    """The printed date of release, or what is odd about it."""
    value = case.fields.get(rule.to_field) if rule.to_field else None
    if value in (None, "", []):
        return None, ""
    try:
        day = read_day(value, place)
    except Unreadable as error:
        return None, f"{rule.to_field} is {error}"
    if day > today:
        return None, f"{rule.to_field} names a day to come, {day}"
    try:
        if day < read_day(case.fields.get(rule.from_field), place):
            return None, f"{rule.to_field} {day} is before {rule.from_field}: one of them is a misprint"
    except Unreadable:
        return day, ""
    return day, ""


def _seen(case: Case, rule: Deadline) -> Seen | None:
    if rule.to_event == "new":
        return case.seen
    if rule.to_event == "answered":
        return next((old.seen for old in case.history if matching(rule.answered, old.fields)), None)
    came = [file.seen for file in case.files if not rule.to_kinds or file.kind in rule.to_kinds]
    return min(came, key=lambda seen: (seen.by, seen.after or date.min), default=None)


def _clock(
    case: Case, rule: Deadline, field: str, extension: Extension, pauses: Pauses,
    lowest: date | None, highest: date | None, today: date, place: Place,
) -> Clock:  # fmt: skip
    try:
        start = read_day(case.fields.get(field), place)
    except Unreadable as error:
        return Clock(field, None, str(error))
    if start > case.seen.by + SLACK:
        return Clock(field, None, f"{start}, after the day on which the case was first seen: a misprint")
    if pauses.unreadable:
        return Clock(field, start, pauses.unreadable)
    calendar, ends_open = calendar_of(rule), rule.ends_on_business_day

    def last(days: int) -> date | None:
        return calendar.due(start, days, pauses.periods, ends_open=ends_open)

    due, latest = last(rule.days + extension.days), last(rule.days + extension.days + extension.unseen)
    if due is None:
        return Clock(field, start, "", None, None, "unknown" if highest else "stopped")
    until = latest or date.max
    if highest is None:
        standing: Standing = "due" if today <= due else "past due unless extended" if today <= until else "overdue"
        return Clock(field, start, "", due, latest, standing, None, calendar.between(due, today))
    if highest <= due:
        standing = "on time"
    elif lowest is not None and lowest > until:
        standing = "late"
    elif lowest is not None and lowest > due:
        standing = "late unless extended"
    else:
        standing = "late or on time"
    least = None if lowest is None else max(0, calendar.between(due, lowest))
    return Clock(field, start, "", due, latest, standing, least, calendar.between(due, highest))


def _contradiction(printed: date | None, seen: Seen | None) -> str:
    if printed and seen and seen.after and seen.after > printed:
        return f"printed as released on {printed}, but not there when we looked on {seen.after}"
    return ""


def _noted(note: Note) -> str:
    days = f"{note.days} days: " if note.kind == "extended" else ""
    return f"note of {note.at:%Y-%m-%d}{f' by {note.by}' if note.by else ''}: {days}{note.why}"
