"""Events that told something wrong: our mistakes, never the portal's. The wrong event stays, a `retracted` one joins it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from config.errors import ConfigError
from releases.access import shut_records
from releases.ledger import known
from releases.ledger.canonical import comparable
from releases.ledger.change import Change
from releases.ledger.observation import Plan, Row
from releases.ledger.rows import Rows, Subject
from releases.models import Event

TOLD_FIELDS = ("new", "changed", "restored")
"""Kinds of event whose `new` holds a record's fields."""


class RetractionRefused(ConfigError):
    """This event can not be retracted."""


def retract_misread(rows: Rows, changes: Sequence[Change]) -> None:
    """A `retracted` event for each event that told a value which a newer spider reads otherwise from the
    very same markup: then the page did not change, and we had it wrong.

    Of `changes`, those that the same version of our spider read before are left alone.
    """
    misread = {
        change.held.id: change
        for change in changes
        if change.rebaseline
        and not change.withheld
        and change.fields.new
        and change.now.raw_hash
        and change.now.raw_hash == change.held.raw_hash
    }
    for batch in known.batches(sorted(misread)):
        said: dict[str, list[Event]] = defaultdict(list)
        for event in Event.objects.filter(record__in=batch, kind__in=TOLD_FIELDS).order_by("-at", "-id"):
            said[event.record].append(event)
        for record in batch:
            for event, names in _wrong(misread[record], said[record]):
                _correct(rows, misread[record], event, names)


def _wrong(change: Change, newest_first: Sequence[Event]) -> Iterable[tuple[Event, list[str]]]:
    """The events that last told the values which turn out to be wrong, with the fields' names."""
    found: dict[str, tuple[Event, list[str]]] = {}
    for name, value in change.fields.old.items():
        for event in newest_first:
            said = event.new or {}
            if name in said:
                if comparable(said[name]) == comparable(value):
                    found.setdefault(event.id, (event, []))[1].append(name)
                break
    return found.values()


def _correct(rows: Rows, change: Change, event: Event, names: Sequence[str]) -> None:
    was, now = change.fields.old, change.fields.new
    reason = (
        f"we had read it wrong: {change.held.extractor} told it so, {change.observation.extractor} reads "
        "otherwise from the same page; the portal changed nothing"
    )
    rows.event(
        "retracted",
        Subject(change.held.id, change.held.key, change.now.title, change.now.url),
        old={**_names(event), **{name: was[name] for name in names}},
        new={"reason": reason, **{name: now[name] for name in names}},
        captures=[*event.captures, change.now.capture],
        tags=["new spider version"],
        backfill=event.backfill,
    )


def plan_retraction(event: str, why: str, by: str, at: datetime) -> Plan:
    """Say that the event with this id (or unique end of an id) was wrong. What it told stays visible beside it.

    Raises:
        RetractionRefused: there is no such event, more than one, or it is retracted already.
    """
    wrong = find_event(event)
    if wrong.kind == "retracted":
        raise RetractionRefused("a correction is not retracted; say what is right in another one", where=wrong.id)
    if found := retractions([wrong]):
        before = found[wrong.id]
        raise RetractionRefused(
            f"this event was retracted on {before.at:%Y-%m-%d}: {(before.new or {}).get('reason', '')}", where=wrong.id
        )
    rows = Rows(wrong.portal, "", at, wrong.backfill)
    new: Row = {"reason": why} | ({"by": by} if by else {})
    rows.event(
        "retracted",
        Subject(wrong.record, wrong.key, wrong.title, wrong.url),
        old=_names(wrong),
        new=new,
        files=wrong.files,
        captures=wrong.captures,
    )
    return Plan(operations=rows.operations(), events=rows.events)


def find_event(ident: str) -> Event:
    """The event with this id or unique end of an id (at least 6 characters). Raises RetractionRefused."""
    found = list(Event.objects.filter(id=ident)[:1])
    if not found and len(ident) >= 6:
        found = list(Event.objects.filter(id__endswith=ident)[:2])
    if not found:
        raise RetractionRefused("no event has this id", where=ident, todo="`recordwatch releases --json` shows ids")
    if len(found) > 1:
        raise RetractionRefused("more than one event's id ends so", where=ident, todo="give more of it")
    return found[0]


def open_event(ident: str) -> Event:
    """As `find_event`; what happened to a record that is shown to nobody is as unknown as the record."""
    found = find_event(ident)
    if found.record in shut_records():
        raise RetractionRefused("no event has this id", where=ident, todo="`recordwatch releases --json` shows ids")
    return found


def retractions(events: Iterable[Event]) -> dict[str, Event]:
    """Event id → the event that retracts it, for those of `events` that are retracted."""
    wanted = {event.id: event for event in events}
    found: dict[str, Event] = {}
    records = sorted({event.record for event in wanted.values()})
    portals = sorted({event.portal for event in wanted.values() if not event.record})
    queries: list[dict[str, Any]] = [{"record__in": batch} for batch in known.batches(filter(None, records))]
    queries += [{"portal__in": portals, "record": ""}] if portals else []
    for query in queries:
        for event in Event.objects.filter(kind="retracted", **query):
            corrected = (event.old or {}).get("event", "")
            if corrected in wanted:
                found[corrected] = event
    return found


def corrected(events: Iterable[Event]) -> dict[str, str]:
    """Event id → why it was wrong, for those of `events` that are retracted."""
    found = retractions(events)
    return {ident: str((event.new or {}).get("reason", "")) for ident, event in found.items()}


def _names(event: Event) -> dict[str, Any]:
    return {"event": event.id, "kind": event.kind, "at": event.at.isoformat()}
