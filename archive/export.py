"""One record's evidence as one WARC that any tool opens: members copied byte for byte, originals included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from archive.access import closed, pieces_of, shut_record
from archive.catalog.failures import database_errors
from archive.export_loaded import loaded_with
from archive.export_whole import ExportFailed, export_payload, manifests, whole_record, written
from archive.holdings import Holdings, NotHeld
from archive.ids import uuid7
from archive.warc.member import RECORD_END, deflated
from archive.warc.reader import WarcReader
from archive.warc.record import header, now, warc_fields
from config.errors import RecordwatchError

__all__ = ["ExportFailed", "Exported", "NoSuchRecord", "captures_of", "export_file", "export_record"]

_PIECE = 1 << 20


class NoSuchRecord(RecordwatchError):
    """The ledger has no record with this key."""


@dataclass(slots=True)
class Exported:
    """What an export wrote."""

    path: str
    captures: int = 0
    members: int = 0
    """WARC records, the warcinfo included."""
    size: int = 0
    missing: list[str] = field(default_factory=list)
    """Captures that the ledger names and the catalog lacks."""
    held_back: list[str] = field(default_factory=list)
    """Captures left out, with all that was made of them: their bytes hold words that are in quarantine."""
    restricted: list[str] = field(default_factory=list)
    """Likewise: their bytes are under a restriction. An editor may lift it."""


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    """Members to copy: `length` bytes from `offset` of `warc`."""

    warc: str
    offset: int
    length: int


def export_record(holdings: Holdings, portal: str, key: str, path: Path, *, with_quarantined: bool = False) -> Exported:
    """Write the captures that prove a record, its versions, files and events, with the originals of
    revisits and what was extracted from them, to `path` (`.warc.gz`), which appears when it is whole. A file
    that came in parts is there put together, too, as one record.

    Captures whose bytes hold words in quarantine are left out, unless `with_quarantined`; those under a
    restriction are, whatever is asked for. The file says so.

    Raises:
        NoSuchRecord, ExportFailed, PartMissing, ObjectMissing, StoreUnavailable and the database's errors.
    """
    wanted = captures_of(portal, key)
    with database_errors():
        # What a page's scripts loaded comes along; what of it is not held any more leaves the evidence whole.
        rows = _with_originals(wanted) | _with_originals(loaded_with(holdings, wanted))
        lists = manifests(holdings, rows)
        parts = {ident: {part.capture for part in one.parts} for ident, one in lists.items()}
        came = set().union(*parts.values())
        rows |= _with_originals(came - rows.keys())
        missing = sorted((wanted | came) - rows.keys())
        shut = closed([row.payload_digest for row in rows.values()])
        shut = {ident for ident, row in rows.items() if row.payload_digest in shut}
        rows = {ident: row for ident, row in rows.items() if ident not in shut}
        held_back = _quarantined(rows)
        if not with_quarantined:
            rows = {ident: row for ident, row in rows.items() if ident not in held_back}
        # Whoever may not have the whole may not have its parts; without a part there is no whole.
        kept = set().union(wanted, *(of for ident, of in parts.items() if ident in rows))
        rows = {ident: row for ident, row in rows.items() if ident not in came or ident in kept}
        # Nor may what a page's player loaded be pieces of a stream that is shown to nobody.
        open_ = {rows[one].payload_digest for ident, of in parts.items() if ident in rows for one in of & rows.keys()}
        away = pieces_of(holdings, closed) - open_
        pieces = {ident for ident, row in rows.items() if row.payload_digest in away}
        rows = {ident: row for ident, row in rows.items() if ident not in pieces}
        shut |= pieces - came
        whole = {ident: one for ident, one in lists.items() if ident in rows and parts[ident] <= rows.keys()}
        derived = _derived(list(rows))
    exported = Exported(str(path), captures=len(rows), missing=missing)
    exported.held_back = [] if with_quarantined else sorted(held_back)
    exported.restricted = sorted(shut)
    note = _note(len(held_back), with_quarantined=with_quarantined) if held_back else ""
    if shut:
        note = f"{note}; {_captures(len(shut))} left out, under a restriction".removeprefix("; ")
    partial = path.with_name(f".{path.name}.{uuid7()}")
    try:
        with partial.open("xb") as out:
            out.write(_warcinfo(path.name, portal, key, note))
            exported.members = 1
            for span in _spans(holdings, rows, derived):
                exported.members += _copy(holdings, span, out)
            for ident, manifest in sorted(whole.items()):
                out.writelines(whole_record(holdings, ident, rows[ident].at, manifest))
                exported.members += 1
            exported.size = written(out)
        partial.replace(path)
    except OSError as error:
        raise ExportFailed(f"the export could not be written: {error.strerror}", where=str(path)) from error
    finally:
        partial.unlink(missing_ok=True)
    return exported


def export_file(holdings: Holdings, capture: str, path: Path, *, with_quarantined: bool = False) -> Exported:
    """Write the bytes that one capture stands for, and nothing else, to `path`, which appears when it is whole.

    Raises:
        ExportFailed: also for bytes under a restriction, or in quarantine and not `with_quarantined`. NotHeld,
            PartMissing, ObjectMissing, StoreUnavailable and the database's errors.
    """
    with database_errors():
        rows = _with_originals({capture})
        if capture not in rows:
            raise NotHeld("the catalog knows no such capture", where=capture)
        digest = rows[capture].payload_digest
        if closed([digest]):
            raise ExportFailed("these bytes are under a restriction", where=capture, todo="`recordwatch restrict list`")
        if not with_quarantined and capture in _quarantined(rows):
            raise ExportFailed(
                "these bytes are held back: they hold words that their agency meant to black out",
                where=capture,
                todo="an editor may release them (`recordwatch quarantine list`), or add --with-quarantined",
            )
    return Exported(str(path), captures=1, size=export_payload(holdings, capture, digest, path))


def captures_of(portal: str, key: str) -> set[str]:
    """Ids of the captures that prove a record: of its versions, its events, its files' versions.

    `key` may be an alias. Raises NoSuchRecord.
    """
    from django.apps import apps

    model = apps.get_model
    with database_errors():
        record = model("releases.Record").objects.filter(portal=portal, key=key).values_list("pk", flat=True).first()
        if record is None:
            aliases = model("releases.Alias").objects.filter(portal=portal, name=key)
            record = aliases.values_list("record", flat=True).first()
        if record is None:
            raise NoSuchRecord(
                f"there is no record {key!r} of {portal!r}", todo="`recordwatch search` finds keys and printed numbers"
            )
        known = model("releases.Alias").objects.filter(portal=portal, name=key, ended_at=None)
        if shut_record({record, *known.values_list("record", flat=True)}):
            raise NoSuchRecord(f"{key!r} of {portal!r} is under a restriction", todo="`recordwatch restrict list`")
        lists = [*model("releases.RecordVersion").objects.filter(record=record).values_list("captures", flat=True)]
        lists += model("releases.Event").objects.filter(record=record).values_list("captures", flat=True)
        files = model("releases.File").objects.filter(record=record).values_list("pk", flat=True)
        versions = model("releases.FileVersion").objects.filter(file__in=list(files))
        found = {capture for captures in lists for capture in captures}
        found |= set(versions.values_list("capture", flat=True))
    return found - {""}


def _with_originals(wanted: set[str]) -> dict[str, Any]:
    from archive.catalog.models import Capture

    rows: dict[str, Any] = {}
    left = wanted
    while left:
        found = [row for batch in _batches(sorted(left)) for row in Capture.objects.filter(pk__in=batch)]
        rows |= {row.id: row for row in found}
        left = {row.refers_to for row in found if row.refers_to} - rows.keys()
    return rows


def _derived(captures: list[str]) -> list[Any]:
    from archive.catalog.models import Derived

    return [row for batch in _batches(captures) for row in Derived.objects.filter(capture__in=batch)]


def _spans(holdings: Holdings, rows: dict[str, Any], derived: list[Any]) -> list[_Span]:
    """The member of each record, and of those written with it: request, 304 head, failure.

    Records of one exchange lie side by side; which neighbours belong to it is read from the WARC.
    """
    spans = {_Span(row.warc, row.offset, row.length) for row in derived}
    by_warc: dict[str, dict[str, Any]] = {}
    for row in rows.values():
        spans.add(_Span(row.warc, row.offset, row.length))
        by_warc.setdefault(row.warc, {})[row.id] = row
    for warc, here in by_warc.items():
        spans |= set(_concurrent(holdings, warc, set(here)))
    return sorted(spans)


def _concurrent(holdings: Holdings, warc: str, captures: set[str]) -> Iterator[_Span]:
    with holdings.store.open(warc) as stream:
        before = None
        for record in WarcReader(stream):
            if before is not None:
                yield _Span(warc, before.offset, before.length)
                before = None
            ids = {
                value.strip().strip("<>").removeprefix("urn:uuid:")
                for value in record.headers.all("WARC-Concurrent-To")
            }
            if ids & captures:
                before = record  # its length is known when the reader has gone on
        if before is not None and before.length:
            yield _Span(warc, before.offset, before.length)


def _copy(holdings: Holdings, span: _Span, out: IO[bytes]) -> int:
    with holdings.store.open(span.warc, span.offset, span.length) as stream:
        left = span.length
        while left:
            piece = stream.read(min(left, _PIECE))
            if not piece:
                raise ExportFailed(
                    f"{left} bytes are missing at byte {span.offset}",
                    where=span.warc,
                    todo="`recordwatch verify --full` says what else is damaged",
                )
            out.write(piece)
            left -= len(piece)
    return 1


def _quarantined(rows: dict[str, Any]) -> set[str]:
    """Ids of captures whose bytes hold passages that are held back from readers."""
    from django.apps import apps

    passages = apps.get_model("releases.Quarantine").objects.exclude(state="released")
    digests = sorted({row.payload_digest for row in rows.values()} - {""})
    held: set[str] = set()
    for batch in _batches(digests):
        held.update(passages.filter(digest__in=batch).values_list("digest", flat=True))
    return {ident for ident, row in rows.items() if row.payload_digest in held}


def _captures(count: int) -> str:
    return "1 capture" if count == 1 else f"{count} captures"


def _note(count: int, *, with_quarantined: bool) -> str:
    captures = _captures(count)
    if with_quarantined:
        return f"NOT FOR PUBLICATION: {captures} in this file hold words that their agency meant to black out"
    return f"{captures} held back: they hold words that their agency meant to black out; an editor may release them"


def _warcinfo(name: str, portal: str, key: str, note: str) -> bytes:
    fields = {
        "software": "recordwatch",
        "format": "WARC File Format 1.1",
        "description": f"evidence of record {key} of portal {portal}; records are copied byte for byte",
    }
    if note:
        fields["quarantine"] = note
    block = warc_fields(fields.items())
    head = header("warcinfo", uuid7(), now(), (("WARC-Filename", name),), "application/warc-fields", len(block))
    return deflated((head, block, RECORD_END))


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), 500):
        yield items[start : start + 500]
