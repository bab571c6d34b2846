"""What commits brought that readers can search for, as documents of the index, and the events that tell of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from archive.catalog.models import ChangeLog
from releases.alerts.filters import HEALTH_KINDS
from releases.models import Event, File, FileVersion, MatchOwed, Quarantine, RecordVersion
from releases.search.document_texts import text_documents
from releases.search.documents import Row, file_documents, record_documents
from releases.search.owners import texts_of_digests, texts_of_pages
from releases.search.texts import Texts

WHOLE = frozenset({"withdrawn", "restored", "overdue", "upcoming"})
"""Events that concern all of a record: whoever searched for words of its files is told."""
ABOUT_FILES = frozenset({"file_added", "file_replaced", "file_withdrawn", "quarantined"})
_SLICE = 500


@dataclass(slots=True)
class Brought:
    """What some commits of one portal brought."""

    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    """By record, oldest first."""
    at: dict[str, datetime] = field(default_factory=dict)
    """Event id → when its commit was."""
    records: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    versions: dict[str, int] = field(default_factory=dict)
    """Record → number of the first version of it that came."""
    fresh: set[str] = field(default_factory=set)
    """Files whose text became readable only now: told with the event that announced them, however old."""

    def documents(self, texts: Texts) -> Iterator[Row]:
        """The documents. Raises StoreUnavailable while iterating."""
        yield from record_documents(self.records, past=False)
        yield from file_documents(self.files)
        yield from text_documents(self.texts, texts)

    def telling(self, owner: tuple[str, str, str]) -> list[Event]:
        """The events that tell of a document of this (portal, record, file)."""
        _, record, file = owner
        own = self.events.get(record, [])
        if not file:
            return own
        named = [event for event in own if _names(event, file)]
        if named:
            return named
        whole = [event for event in own if event.kind == "new" or event.kind in WHOLE]
        return whole or (self._announced(record, file) if file in self.fresh else [])

    def _announced(self, record: str, file: str) -> list[Event]:
        """The earlier event that made this file known: the newest that names it, else its record's first."""
        earlier = list(Event.objects.filter(record=record, kind__in=("new", "file_added", "file_replaced")))
        earlier.sort(key=lambda event: (_names(event, file), event.kind == "new", event.at), reverse=True)
        found = next((event for event in earlier if _names(event, file)), None)
        return [found] if found else earlier[:1]


def brought(rows: Collection[MatchOwed]) -> Brought:
    """What the commits of these `rows` brought. Reads the catalog's change log, not the commit records."""
    made = Brought()
    when = {row.commit: row.at for row in rows}
    changed: dict[str, set[str]] = defaultdict(set)
    for part in _slices(when):
        for commit, table, ident in ChangeLog.objects.filter(commit__in=part).values_list("commit", "table", "row"):
            changed[table].add(ident)
            if table == "releases.Event":
                made.at[ident] = when[commit]
    for event in _found(Event, changed["releases.Event"]):
        if event.record and event.kind not in HEALTH_KINDS:
            made.events[event.record].append(event)
    for events in made.events.values():
        events.sort(key=lambda event: (event.at, event.id))
    made.records = set(made.events)
    for version in _found(RecordVersion, changed["releases.RecordVersion"]):
        made.versions[version.record] = min(version.number, made.versions.get(version.record, version.number))
    _files(made, changed)
    return made


def _files(made: Brought, changed: dict[str, set[str]]) -> None:
    """Files and texts: of new bytes, of files an event names, of all of a record that came, went or is late."""
    happened = [event for events in made.events.values() for event in events]
    whole = {event.record for event in happened if event.kind in WHOLE}
    arrived = {event.record for event in happened if event.kind == "new"}
    named = {str(file.get("id")) for event in happened for file in event.files or [] if file.get("id")}
    digests: set[str] = set()
    for version in _found(FileVersion, changed["releases.FileVersion"]):
        digests.add(version.digest)
        made.fresh.add(version.file)
    released = _found(Quarantine, changed["releases.Quarantine"])
    for passage in released:
        if passage.state == "released":
            digests.add(passage.digest)
            made.fresh.add(passage.file)
    for part in _slices(whole | arrived):
        for file in File.objects.filter(record__in=part):
            made.files.add(file.id)
            if file.record in whole:
                digests.add(file.digest)
    made.files |= named
    for file in _found(File, named):
        digests.add(file.digest)
    made.texts = changed["catalog.Derived"] | texts_of_digests(digests - {""}) | texts_of_pages(whole)


def _names(event: Event, file: str) -> bool:
    return any(str(item.get("id")) == file for item in event.files or [])


def _found(model: Any, ids: Collection[str]) -> list[Any]:
    return [row for part in _slices(ids) for row in model.objects.filter(id__in=part)]


def _slices(values: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    return (ordered[start : start + _SLICE] for start in range(0, len(ordered), _SLICE))
