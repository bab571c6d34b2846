"""What filters look at in events that are in the database already, with the fields of their records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from releases.alerts.filters import Candidate, flatten
from releases.models import Alias, Event, Record, RecordVersion

_SLICE = 500


def candidates(events: Iterable[Event]) -> dict[str, Candidate]:
    """A candidate for each of these events, by event id; names and fields are the record's as they are now."""
    wanted = {event.id: event for event in events}
    records: dict[str, Record] = {}
    names: dict[str, set[str]] = defaultdict(set)
    versions: dict[str, RecordVersion] = {}
    for part in _slices({event.record for event in wanted.values()} - {""}):
        records |= {record.id: record for record in Record.objects.filter(id__in=part)}
        for ident, name in Alias.objects.filter(record__in=part, ended_at=None).values_list("record", "name"):
            names[ident].add(name)
        versions |= {v.record: v for v in RecordVersion.objects.filter(record__in=part).order_by("number")}
    made = {}
    for event in wanted.values():
        record, version = records.get(event.record), versions.get(event.record)
        own = {event.key, record.printed_key if record else "", *names[event.record]} - {""}
        texts = flatten(event.title, event.old, event.new, [file.get("name") for file in event.files or []])
        made[event.id] = Candidate(
            portal=event.portal,
            kind=event.kind,
            record=event.record,
            record_kind=record.kind if record else "",
            names=frozenset(name.casefold() for name in own),
            text="\n".join((*texts, *sorted(own))),
            backfill=event.backfill,
            fields=version.fields if version else {},
        )
    return made


def _slices(values: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    return (ordered[start : start + _SLICE] for start in range(0, len(ordered), _SLICE))
