"""One timeline of what several portals say about one matter: days they print, days we saw, and what was handed in.

A shooting is a case at the oversight agency, a records request at the city, an audit at the inspector general, an
ordinance at the clerk. No portal links to the others; a log number, a case number or a name does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any, Literal

from releases.access import shut_records, without_names
from releases.in_words import in_words
from releases.ledger.deposit import deposits_about
from releases.ledger.known import batches
from releases.ledger.queries import EDITORS_ONLY
from releases.ledger.retract import corrected
from releases.model import DEPOSITED
from releases.models import Alias, Event, Record, RecordVersion

Source = Literal["printed", "seen", "deposited"]
"""A portal prints the day; a crawl of ours saw it; whoever deposited it says so."""
ISO_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d).*)?\Z")
MOST = 500
"""Records on one timeline."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `at`: the day or moment, UTC for what we saw, as printed otherwise."""

    at: str
    source: Source
    what: str
    """A field's name (`incident date`), a kind of event (`new`), or what an entry of a portal's own timeline says."""
    portal: str
    key: str
    title: str
    kind: str
    url: str
    details: dict[str, Any]
    """Of an event: id, old, new, files, tags, captures. Of a deposit: what its depositor says."""


def matters(words: Sequence[str], portal: str = "") -> list[Record]:
    """Records that have one of `words` as key, printed key or alias, upper and lower case alike; merged ones left out."""
    found: dict[str, Record] = {}
    for word in words:
        forms = {word, word.lower(), word.upper()}
        records = Record.objects.filter(key__in=forms) | Record.objects.filter(printed_key__in=forms)
        named = Alias.objects.filter(name__in=forms, ended_at=None).values_list("record", flat=True)
        for batch in batches(sorted(set(named))):
            records = records | Record.objects.filter(id__in=batch)
        found |= {record.id: record for record in records.order_by("portal", "key")[:MOST]}
    shut = shut_records()
    chosen = [record for record in found.values() if record.state != "merged" and record.id not in shut]
    return [record for record in chosen if not portal or record.portal == portal]


def about_these(records: Iterable[Record]) -> list[Record]:
    """Deposits that say they are about one of `records`."""
    keys: dict[str, set[str]] = {}
    for record in records:
        keys.setdefault(record.portal, set()).add(record.key)
    return [deposit for portal, wanted in keys.items() for deposit, _ in deposits_about(portal, wanted)]


def timeline(records: Sequence[Record]) -> list[Entry]:
    """Everything with a day about `records`, oldest first; on one day what is printed comes before what was seen."""
    entries: list[Entry] = []
    shut = shut_records()
    listed = {record.id: record for record in records[:MOST] if record.id not in shut}
    for batch in batches(sorted(listed)):
        for version in _newest(batch, listed):
            entries += _printed(listed[version.record], version)
        events = list(Event.objects.filter(record__in=batch).exclude(kind__in=EDITORS_ONLY))
        why = corrected(events)
        entries += [_seen(listed[event.record], event, why.get(event.id, "")) for event in events]
    entries = without_names(entries)
    return sorted(entries, key=lambda one: (one.at[:10], "kind" in one.details, one.at, one.portal, one.key, one.what))


def _newest(batch: Sequence[str], records: dict[str, Record]) -> Iterator[RecordVersion]:
    for version in RecordVersion.objects.filter(record__in=list(batch)):
        if version.number == records[version.record].version:
            yield version


def _printed(record: Record, version: RecordVersion) -> Iterator[Entry]:
    source: Source = "deposited" if record.state == DEPOSITED else "printed"
    details = {"fields": version.fields} if source == "deposited" else {}
    for name, value in version.fields.items():
        if isinstance(value, str) and (moment := _moment(value)):
            yield _entry(record, moment, source, name.replace("_", " "), details)
        elif isinstance(value, list):
            for one in value:
                if isinstance(one, dict) and (moment := _moment(str(one.get("date", "")))):
                    said = in_words({part: text for part, text in one.items() if part != "date" and text})
                    yield _entry(record, moment, source, said or name, details)


def _seen(record: Record, event: Event, why: str) -> Entry:
    details: dict[str, Any] = {
        "id": event.id, "old": event.old, "new": event.new, "files": event.files, "tags": event.tags,
        "captures": event.captures, "backfill": event.backfill, "key": event.key, "kind": event.kind,
    }  # fmt: skip
    if why:
        details["corrected"] = why
    at = event.at.astimezone(UTC).isoformat(timespec="minutes").replace("+00:00", "Z")
    return _entry(record, at, "deposited" if record.state == DEPOSITED else "seen", event.kind, details)


def _entry(record: Record, at: str, source: Source, what: str, details: dict[str, Any]) -> Entry:
    return Entry(at, source, what, record.portal, record.key, record.title, record.kind, record.url, details)


def _moment(text: str) -> str:
    """`text` where it is a day or a moment in ISO 8601, shortened to minutes; else empty."""
    found = ISO_DAY.match(text)
    if found is None:
        return ""
    try:
        date.fromisoformat(found[1])
    except ValueError:
        return ""
    return f"{found[1]}T{found[2]}" if found[2] else found[1]
