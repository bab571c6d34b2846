"""From rows of the ledger to documents of the index: records and files. Texts: `releases.search.document_texts`.

A record is one document as it is now, and one for each earlier version; a file is one (its name). What a record's
fields say is found at its files and pages too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from releases.models import File, Record, RecordVersion
from releases.restricting.in_force import InForce, in_force
from releases.search.lives import Lives, Spans, both, versions
from releases.search.owners import by_id, names_of, slices
from releases.search.schema import PAST, folded
from releases.search.values import BESIDE, field_amounts, field_terms

Row = dict[str, Any]
"""One document: `group` (what it is of: deleted together), and the fields of `schema.schema`."""

MOST_VERSIONS = 200
"""Earlier versions of a record that are found as of their time: the newest."""
MOST_ABOUT = 20_000
"""Characters of what a record says that its recordings and pictures are found by."""


class Shown(msgspec.Struct, frozen=True):
    """What a hit needs to be told, stored with its document; the rest is looked up when it is shown."""

    type: str
    """record, file or page"""
    owners: list[tuple[str, str, str]]
    """(portal, record id or empty, file id or empty)"""
    url: str = ""
    capture: str = ""
    page: int = 0
    """1-based page of a document; 0 where there are none."""
    confidence: int = 0
    """Percent, of words that were read off a picture; 0 of all others."""
    hidden: list[tuple[int, int]] = []
    """Passages of the page that were held back when it was indexed. Where others are held back now, the
    document is not to be shown."""
    held: list[tuple[int, list[tuple[datetime, datetime]]]] = []
    """For each owner: number of the file's version, 0 if it is none; and when it was held and current."""
    part: int = 0
    """Of a long text, counted from 0."""
    told: str = ""
    """Of a record: digest of what its files and pages are found by."""


@dataclass(slots=True)
class Owner:
    """A record, and what of it is found wherever it owns something."""

    record: Record
    names: set[str]
    fields: dict[str, Any]
    spans: Spans
    now: InForce
    """What is shown to nobody."""
    _told: tuple[str, dict[str, list[float]]] | None = None

    @property
    def keys(self) -> list[str]:
        record = self.record
        return sorted({folded(name) for name in (record.key, record.printed_key, *self.names) if name})

    @property
    def told(self) -> tuple[str, dict[str, list[float]]]:
        """Terms of `field` and amounts for its files and pages."""
        if self._told is None:
            fields = self.now.names.value(self.fields)
            self._told = field_terms(fields, BESIDE), field_amounts(fields)
        return self._told

    @property
    def about(self) -> str:
        """What the record says, for files that say nothing themselves."""
        return self.now.names.masked("\n".join([self.record.title, *_lines(self.fields)])[:MOST_ABOUT])

    @property
    def digest(self) -> str:
        record = self.record
        said = [record.portal, record.kind, record.state, record.url, self.keys, self.about, self.told, self.spans]
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:24]


def owners_of(records: dict[str, Record], now: InForce, files: Collection[File] = ()) -> tuple[dict[str, Owner], Lives]:
    """The records with what is told of them, and since when they and these files are there. Reads the database."""
    names, lives = names_of(records), Lives(records.values(), files)
    fields = current_fields(records)
    made = {
        ident: Owner(record, names[ident], fields.get(ident, {}), lives.records[ident], now)
        for ident, record in records.items()
    }
    return made, lives


def current_fields(records: dict[str, Record]) -> dict[str, Any]:
    """Fields of the newest version, by record."""
    newest: dict[str, str] = {}
    for batch in slices(records):
        rows = RecordVersion.objects.filter(record__in=batch).order_by("number").values_list("record", "number", "id")
        newest |= {record: ident for record, number, ident in rows if number <= records[record].version}
    found: dict[str, Any] = {}
    for batch in slices(list(newest.values())):
        found |= dict(RecordVersion.objects.filter(id__in=batch).values_list("record", "fields"))
    return found


def record_documents(ids: Collection[str], *, past: bool = True) -> Iterator[Row]:
    """Documents of each record that is still one, and shown: merged ones are found under the record they became.

    `past`: with those of what it was.
    """
    now = in_force()
    for batch in slices(ids):
        found = Record.objects.filter(id__in=batch).exclude(state="merged")
        records = {record.id: record for record in found if record.id not in now.records}
        owners, _ = owners_of(records, now)
        told: dict[str, list[RecordVersion]] = {ident: [] for ident in records}
        for version in RecordVersion.objects.filter(record__in=list(records)).order_by("number"):
            if version.number <= records[version.record].version:
                told[version.record].append(version)
        for owner in owners.values():
            yield from _of_record(owner, told[owner.record.id], past=past)


def _of_record(owner: Owner, told: list[RecordVersion], *, past: bool) -> Iterator[Row]:
    record = owner.record
    whole = versions((version.number, version.at) for version in told)
    for version in told[-MOST_VERSIONS - 1 :] if past else told[-1:]:
        now = version is told[-1]
        spans = both([whole[version.number]], owner.spans)
        if not now and not spans:
            continue
        row = _record_row(owner, version.title, version.printed_key, version.fields, version.at)
        yield row | _lasting(spans, version.at) | {
            "state": _states(record.state) if now else [PAST],
            "shown": Shown(
                "record", [(record.portal, record.id, "")], record.url, held=[(0, spans)],
                told=owner.digest if now else "",
            ),
        }  # fmt: skip
    if not told:
        yield _record_row(owner, record.title, record.printed_key, {}, record.first_seen_at) | {
            "state": _states(record.state),
            "shown": Shown(
                "record", [(record.portal, record.id, "")], record.url, held=[(0, owner.spans)], told=owner.digest
            ),
        }


def _record_row(owner: Owner, title: str, printed: str, fields: Any, at: datetime) -> Row:
    record, names = owner.record, owner.now.names
    shown = names.value(fields or {})
    return {
        "group": f"record:{record.id}",
        "portal": [folded(record.portal)],
        "kind": [folded(record.kind), "record"],
        "key": names.value(owner.keys),
        "title": names.masked(" · ".join(filter(None, dict.fromkeys((title, printed, record.key, *sorted(owner.names)))))),
        "body": "\n".join(_lines(shown)),
        "field": field_terms(shown),
        "amount": field_amounts(shown),
        "at": at,
    }  # fmt: skip


def file_documents(ids: Collection[str]) -> Iterator[Row]:
    """A document per file: its name, for files that have no text (recordings, pictures) too."""
    now = in_force()
    for batch in slices(ids):
        files = [file for file in File.objects.filter(id__in=batch) if file.record not in now.records]
        owners, lives = owners_of(by_id(Record.objects, {file.record for file in files}), now, files)
        for file in files:
            owner = owners.get(file.record)
            field, amount = owner.told if owner else ("", {})
            spans = lives.files[file.id]
            yield _lasting(spans, file.first_seen_at) | {
                "group": f"file:{file.id}",
                "portal": [folded(file.portal)],
                "kind": sorted({folded(file.kind), folded(owner.record.kind if owner else ""), "file"} - {""}),
                "key": now.names.value(owner.keys) if owner else [],
                "title": now.names.masked(file.name),
                "body": "",
                "about": owner.about if owner else "",
                "field": field,
                "amount": amount,
                "state": states_of(owner, file),
                "at": file.first_seen_at,
                "shown": Shown(
                    "file", [(file.portal, file.record, file.id)], file.url, held=[(file.version, spans)]
                ),
            }  # fmt: skip


def states_of(owner: Owner | None, file: File) -> list[str]:
    """A file is withdrawn when it is, or when its record is."""
    return _states("withdrawn" if file.state in {"withdrawn", "gone"} else owner.record.state if owner else "present")


def _states(state: str) -> list[str]:
    return [] if state == "merged" else [folded(state)]


def _lasting(spans: Spans, at: datetime) -> Row:
    return {"begins": spans[0][0], "ends": spans[-1][1]} if spans else {"begins": at, "ends": at}


def _lines(fields: Any) -> Iterator[str]:
    for name, value in (fields or {}).items():
        for item in value if isinstance(value, list) else [value]:
            text = " ".join(str(part) for part in item.values()) if isinstance(item, dict) else item
            if text not in (None, ""):
                yield f"{name}: {text}"
