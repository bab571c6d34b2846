"""The captures that prove a record: all of them counted, some of them shown."""

from __future__ import annotations

from dataclasses import dataclass

from archive.catalog.models import Capture
from releases.access import Why, withheld
from releases.ledger.known import batches
from releases.models import Event, File, FileVersion, RecordVersion
from web.records.history import History

SIZE = 25
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Proofs:
    """A page of captures, newest first."""

    rows: list[tuple[Capture, Why | None]]
    total: int
    page: int
    pages: int


def ids_of(records: list[str]) -> list[str]:
    """Ids of the captures that prove these records, newest first: they begin with their time."""
    found: set[str] = set()
    for batch in batches(sorted(records)):
        lists = list(RecordVersion.objects.filter(record__in=batch).values_list("captures", flat=True)[:_MOST])
        lists += Event.objects.filter(record__in=batch).values_list("captures", flat=True)[:_MOST]
        found.update(ident for captures in lists for ident in captures)
        files = File.objects.filter(record__in=batch).values("id")
        found.update(FileVersion.objects.filter(file__in=files).values_list("capture", flat=True)[:_MOST])
    return sorted(found - {""}, reverse=True)


def proofs(past: History, page: int) -> Proofs:
    """Page `page` of them, from 1. Four queries."""
    files = File.objects.filter(record=past.record.id).values("id")
    of_files = FileVersion.objects.filter(file__in=files).values_list("capture", flat=True)[:_MOST]
    ids = sorted({*past.captures, *of_files} - {""}, reverse=True)
    pages = max(1, -(-len(ids) // SIZE))
    page = min(max(page, 1), pages)
    wanted = ids[(page - 1) * SIZE : page * SIZE]
    rows = Capture.objects.in_bulk(wanted)
    shown = [rows[ident] for ident in wanted if ident in rows]
    why = withheld({row.payload_digest for row in shown})
    return Proofs([(row, why.get(row.payload_digest)) for row in shown], len(ids), page, pages)
