"""How late a release is against the rule that covers it, as far as its own events tell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.utils.translation import ngettext

from config.deadline import Deadline
from config.errors import ConfigError
from config.portal import read_portal
from releases.alerts.wording import clean
from releases.ledger.retract import retractions
from releases.models import Event
from web.shell import place

_SLICE = 500


def lateness(events: Iterable[Event], wrong: Collection[str]) -> dict[str, str]:
    """Event id → how late, in a few words: of what is overdue, and of files that came after their record was.

    `wrong`: ids of events that were taken back. Two queries, whatever the number of `events`.
    """
    given = list(events)
    said: dict[str, str] = {}
    for event in given:
        if event.kind == "overdue" and event.id not in wrong and (days := _whole((event.new or {}).get("days_late"))):
            said[event.id] = ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}
    came = [event for event in given if event.kind == "file_added" and not event.backfill]
    overdue = _overdue(sorted({event.record for event in came}))
    for event in came:
        for past in overdue.get(event.record, ()):
            due = _day((past.new or {}).get("due"))
            if due and past.at <= event.at and _answers(event, past) and (days := (event.at.date() - due).days) > 0:
                said[event.id] = ngettext(
                    "%(n)d day after its last day (%(rule)s)", "%(n)d days after its last day (%(rule)s)", days
                ) % {"n": days, "rule": clean((past.new or {}).get("rule"), 80)}
    return said


def _overdue(records: Sequence[str]) -> dict[str, list[Event]]:
    """What is told to be overdue of `records`, and was not taken back."""
    rows: list[Event] = []
    for start in range(0, len(records), _SLICE):
        rows += Event.objects.filter(record__in=records[start : start + _SLICE], kind="overdue")
    wrong = retractions(rows) if rows else {}
    found: dict[str, list[Event]] = {}
    for row in rows:
        if row.id not in wrong:
            found.setdefault(row.record, []).append(row)
    return found


def _answers(event: Event, past: Event) -> bool:
    """Whether a file of `event` is what the rule waits for, by the portal's file as it is now."""
    rule = _rules(event.portal).get(str((past.new or {}).get("rule")))
    if rule is None or rule.to_event in {"new", "answered"}:
        return False
    return not rule.to_kinds or any(file.get("kind") in rule.to_kinds for file in event.files or [])


def _rules(slug: str) -> dict[str, Deadline]:
    path = place.home().portals / f"{slug}.toml"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ConfigError):  # no longer watched, or being edited: then nothing is known
        return {}


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> dict[str, Deadline]:
    del changed  # a part of the name: another file is read anew
    return {rule.name: rule for rule in read_portal(path).deadlines}


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
