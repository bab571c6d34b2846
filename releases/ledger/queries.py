"""Questions people ask the ledger: what was released, and everything about one record."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from archive.catalog.models import Capture, Crawl
from config.errors import RecordwatchError
from releases.access import shut_records, without_names
from releases.ledger.canonical import number_form
from releases.ledger.known import batches
from releases.models import Alias, Event, File, FileVersion, Record, RecordVersion
from releases.restricting.shown import as_told, open_events

Row = dict[str, Any]
EVENT = ("id", "at", "portal", "key", "kind", "backfill", "old", "new", "files", "captures", "crawl", "tags")
"""The shape of an event as JSON, in this order."""
EDITORS_ONLY = ("quarantined",)
"""Kinds of event that readers are not told of."""
_LOOKED_AT = 20_000
"""Names compared when a key is not found."""


class UnknownRecordError(RecordwatchError):
    """No record has this key; says which keys come close."""


def event_row(event: Event) -> Row:
    """An event as JSON: exactly the fields of EVENT, without names that are not told."""
    told = as_told(event)
    return without_names({name: getattr(told, name) for name in EVENT})


def releases(
    *,
    since: datetime | None = None,
    portals: Iterable[str] = (),
    kinds: Iterable[str] = (),
    limit: int | None = None,
) -> Iterator[Event]:
    """Events, newest first. Empty `portals` and `kinds` mean all of them, but for what editors alone are
    told: `quarantined` comes when it is asked for. As they may be shown: without those of restricted records.
    """
    events = open_events(Event.objects.order_by("-at", "-id"))
    if since is not None:
        events = events.filter(at__gte=since)
    if chosen := list(portals):
        events = events.filter(portal__in=chosen)
    wanted = list(kinds)
    events = events.filter(kind__in=wanted) if wanted else events.exclude(kind__in=EDITORS_ONLY)
    yield from map(as_told, (events[:limit] if limit is not None else events).iterator(chunk_size=500))


def recorded(portal: str) -> bool:
    """Whether anything was ever said of `portal`, watched today or not."""
    return Event.objects.filter(portal=portal).exists()


def find(portal: str, key: str) -> Record:
    """The record of `portal` with this key or alias.

    Raises:
        UnknownRecordError: there is none, an alias belongs to several, or it is shown to nobody.
    """
    found = find_any(portal, key)
    if found.id in shut_records():
        raise _unknown(portal, key)
    return found


def find_any(portal: str, key: str) -> Record:
    """As `find`, also what is shown to nobody: for those who restrict."""
    own = Record.objects.filter(portal=portal, key=key).first()
    if own is not None and own.state != "merged":
        return own
    named = Alias.objects.filter(portal=portal, name=key, ended_at=None).exclude(record=own.id if own else "")
    ids = sorted(set(named.values_list("record", flat=True)))
    found = list(Record.objects.filter(id__in=ids).exclude(state="merged").order_by("key"))
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(record.key for record in found)
        raise UnknownRecordError(
            f"{key!r} is another name of several records", where=portal, todo=f"Name one: {several}"
        )
    if own is not None:
        return own
    raise _unknown(portal, key)


def _unknown(portal: str, key: str) -> UnknownRecordError:
    near = closest(portal, key)
    if near:
        todo = f"Close to it: {', '.join(near)}"
    elif Record.objects.filter(portal=portal).exists():
        todo = f"`recordwatch releases --portal {portal}` lists what was released"
    else:
        todo = f"Nothing was recorded of this portal yet: `recordwatch crawl {portal}`"
    return UnknownRecordError(f"no record has the key or alias {key!r}", where=portal, todo=todo)


def closest(portal: str, key: str, most: int = 5) -> list[str]:
    """Keys and aliases that look like `key`: the same number in another form first."""
    shut = shut_records()
    records = Record.objects.filter(portal=portal).values_list("id", "key")[:_LOOKED_AT]
    aliases = Alias.objects.filter(portal=portal, ended_at=None).values_list("record", "name")[:_LOOKED_AT]
    told = (name for ident, name in (*records.iterator(), *aliases.iterator()) if ident not in shut)
    names = dict.fromkeys(without_names(list(told)))
    form = number_form(key)
    same = [name for name in names if number_form(name) == form]
    inside = [name for name in names if len(key) >= 3 and key.casefold() in name.casefold()]
    alike = difflib.get_close_matches(key, names, n=most, cutoff=0.6)
    return list(dict.fromkeys([*same, *inside, *alike]))[:most]


def record_rows(record: Record) -> Row:
    """Everything held about one record, oldest first: versions, files with versions, events, captures. Without names
    that are not told.
    """
    versions = list(RecordVersion.objects.filter(record=record.id).order_by("number"))
    files = list(File.objects.filter(record=record.id).order_by("first_seen_at", "id"))
    file_versions = list(FileVersion.objects.filter(file__in=[file.id for file in files]).order_by("file", "number"))
    told = Event.objects.filter(record=record.id).exclude(kind__in=EDITORS_ONLY)
    events = list(told.order_by("at", "id"))
    wanted = [capture for version in versions for capture in version.captures]
    wanted += [capture for event in events for capture in event.captures]
    wanted += [version.capture for version in file_versions]
    captures: dict[str, Capture] = {}
    for batch in batches(sorted(set(wanted) - {""})):
        captures |= {capture.id: capture for capture in Capture.objects.filter(id__in=batch)}
    crawl = Crawl.objects.filter(id=record.last_crawl).first()
    names = Alias.objects.filter(record=record.id, ended_at=None).order_by("at", "id").values_list("name", flat=True)
    whole = {
        "portal": record.portal,
        "key": record.key,
        "kind": record.kind,
        "title": record.title,
        "url": record.url,
        "state": record.state,
        "printed_key": record.printed_key,
        "aliases": list(names),
        "first_seen_at": record.first_seen_at,
        "last_seen_at": record.last_seen_at,
        "missing_since": record.missing_since,
        "last_crawl": {"id": record.last_crawl, "verdict": crawl.verdict if crawl else ""},
        "versions": [
            {name: getattr(version, name) for name in _VERSION} for version in versions
        ],
        "files": [
            {
                **{name: getattr(file, name) for name in _FILE},
                "versions": [
                    {name: getattr(version, name) for name in _FILE_VERSION}
                    for version in file_versions
                    if version.file == file.id
                ],
            }
            for file in files
        ],
        "events": [event_row(event) for event in events],
        "captures": [
            {name: getattr(capture, name) for name in _CAPTURE}
            for capture in sorted(captures.values(), key=lambda row: (row.at, row.id))
        ],
    }  # fmt: skip
    return without_names(whole)


_VERSION = (
    "number", "at", "crawl", "url", "title", "printed_key", "fields", "files", "captures", "extractor", "noise",
    "fields_hash", "text_hash", "raw_hash",
)  # fmt: skip
_FILE = ("id", "identity", "url", "name", "kind", "host", "state", "version", "digest", "checked_at", "outcome")
_FILE_VERSION = ("number", "at", "crawl", "url", "digest", "size", "mime", "capture")
_CAPTURE = ("id", "at", "url", "status", "kind", "mime", "payload_digest", "payload_length", "warc", "offset", "length")
