"""Rows of every table as anybody may see them: without what is restricted, names masked. Reads the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Model

from archive.catalog.models import Capture, Crawl, Portal
from archive.holdings import latest
from config.errors import ConfigError
from releases.access import captures_of_shut, of_portals, shut_records, withheld, without_names
from releases.deadlines.read import judged
from releases.deadlines.rows import row as judged_row
from releases.deadlines.urgency import stands
from releases.ledger.queries import EDITORS_ONLY
from releases.models import Event, File, FileVersion, Record, RecordVersion
from releases.restricting.in_force import look_again
from releases.restricting.shown import as_told
from releases.tables.model import Row, Table, Wanted, columns

BATCH = 1_000
Shown = Callable[[list[Any]], Iterator[Row]]


def _walked(model: type[Model], wanted: Wanted, shown: Shown, time: str, *also: str) -> Iterator[Row]:
    """Rows of `model` by id. `time`: its column for `since`; `also`: filters besides the portal that it has."""
    rows = model._default_manager.all()  # noqa: SLF001  Django's own name for it
    given: dict[str, Any] = {"portal": wanted.portal} if wanted.portal and "portal" in also else {}
    given |= {name: getattr(wanted, name) for name in also if name != "portal" and getattr(wanted, name)}
    given |= {f"{time}__gte": wanted.since} if wanted.since else {}
    given |= {f"{time}__lt": wanted.until} if wanted.until else {}
    rows, last = rows.filter(**given), wanted.after
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        look_again()  # whole tables take minutes: what is restricted meanwhile is in no later part
        yield from without_names(list(shown(batch)))
        last = batch[-1].pk
        if len(batch) < BATCH:
            return


def _named(row: Any, names: Sequence[str]) -> Row:
    return {name: getattr(row, name) for name in names}


def portals(wanted: Wanted) -> Iterator[Row]:
    """Every portal that was crawled, with what its file says where it can be read."""
    home = latest().home
    for row in Portal.objects.order_by("slug"):
        if wanted.portal in {"", row.slug} and row.slug > wanted.after:
            try:
                file = home.portal(row.slug)
                said = {"agency": file.agency, "place": file.place}
            except ConfigError:
                said = {"agency": "", "place": ""}
            yield {"id": row.slug, **_named(row, ("name", "url", "first_crawl_at")), **said}


def crawls(wanted: Wanted) -> Iterator[Row]:
    def shown(batch: list[Crawl]) -> Iterator[Row]:
        for row in batch:
            row.reason, row.answers = of_portals([row.reason, row.answers])
            yield _named(row, CRAWLS.names)

    yield from _walked(Crawl, wanted, shown, "started_at", "portal")


def records(wanted: Wanted) -> Iterator[Row]:
    def shown(batch: list[Record]) -> Iterator[Row]:
        shut = shut_records()
        given = [row for row in batch if row.id not in shut]
        newest = {row.id: row.version for row in given}
        rows = RecordVersion.objects.filter(record__in=list(newest)).values_list("record", "number", "fields")
        fields = {record: said for record, number, said in rows.iterator() if newest[record] == number}
        for row in given:
            yield _named(row, RECORDS.names[:-1]) | {"fields": fields.get(row.id, {})}

    yield from _walked(Record, wanted, shown, "first_seen_at", "portal", "kind", "state")


def versions(wanted: Wanted) -> Iterator[Row]:
    def shown(batch: list[RecordVersion]) -> Iterator[Row]:
        open_ = _open_records({row.record for row in batch}, wanted)
        return (_named(row, VERSIONS.names) for row in batch if row.record in open_)

    yield from _walked(RecordVersion, wanted, shown, "at")


def files(wanted: Wanted) -> Iterator[Row]:
    def shown(batch: list[File]) -> Iterator[Row]:
        shut = shut_records()
        given = [row for row in batch if row.record not in shut]
        held = list(FileVersion.objects.filter(file__in=[row.id for row in given]))
        why = withheld({one.digest for one in held})
        open_ = {one.file for one in held if why.get(one.digest) != "restricted"} | (
            {row.id for row in given} - {one.file for one in held}
        )
        newest = {(one.file, one.number): one for one in held}
        for row in given:
            if row.id in open_:
                last = newest.get((row.id, row.version))
                shown_ = last if last and why.get(last.digest) != "restricted" else None
                yield _named(row, FILES.names[:-4]) | {
                    "digest": shown_.digest if shown_ else "", "size": shown_.size if shown_ else None,
                    "mime": shown_.mime if shown_ else "", "withheld": why.get(last.digest) if last else None,
                }  # fmt: skip

    yield from _walked(File, wanted, shown, "first_seen_at", "portal", "kind", "state")


def file_versions(wanted: Wanted) -> Iterator[Row]:
    def shown(batch: list[FileVersion]) -> Iterator[Row]:
        why = withheld({row.digest for row in batch})
        owners = dict(File.objects.filter(id__in={row.file for row in batch}).values_list("id", "record"))
        open_ = _open_records(set(owners.values()), wanted)
        for row in batch:
            if why.get(row.digest) != "restricted" and owners.get(row.file) in open_:
                yield _named(row, FILE_VERSIONS.names[:-1]) | {"withheld": why.get(row.digest)}

    yield from _walked(FileVersion, wanted, shown, "at")


def events(wanted: Wanted) -> Iterator[Row]:
    def shown(batch: list[Event]) -> Iterator[Row]:
        shut = shut_records()
        for row in batch:
            if row.record not in shut and row.kind not in EDITORS_ONLY:
                yield _named(as_told(row), EVENTS.names) | {"record": row.record or None}

    yield from _walked(Event, wanted, shown, "at", "portal", "kind")


def captures(wanted: Wanted) -> Iterator[Row]:
    def shown(batch: list[Capture]) -> Iterator[Row]:
        why = withheld({row.payload_digest for row in batch})
        texts, shut = without_names([row.url for row in batch]), captures_of_shut(batch)
        for row, text in zip(batch, texts, strict=True):
            if why.get(row.payload_digest) != "restricted" and text == row.url and row.id not in shut:
                yield _named(row, CAPTURES.names[:-1]) | {"withheld": why.get(row.payload_digest)}

    yield from _walked(Capture, wanted, shown, "at", "portal", "kind")


def deadlines(wanted: Wanted) -> Iterator[Row]:
    """Every case that a rule is about, judged now. What people noted of it, and who, is left out."""
    home, now = latest().home, datetime.now(UTC)
    passed = not wanted.after  # cases come by their keys, always in one order
    for slug in Portal.objects.order_by("slug").values_list("slug", flat=True):
        if wanted.portal not in {"", slug}:
            continue
        try:
            portal = home.portal(slug)
        except ConfigError:
            continue
        for one in judged(portal, now) if portal.deadlines else ():
            row = without_names(judged_row(one))
            ident = f"{slug} {one.rule} {one.case.id}"
            if passed and wanted.state in {"", stands(one)}:
                yield {name: row.get(name) for name in DEADLINES.names} | {
                    "id": ident, "record": one.case.id, "stands": stands(one),
                }  # fmt: skip
            passed = passed or ident == wanted.after


def _open_records(ids: set[str], wanted: Wanted) -> set[str]:
    rows = Record.objects.filter(id__in=ids - shut_records())
    rows = rows.filter(portal=wanted.portal) if wanted.portal else rows
    return set(rows.values_list("id", flat=True))


PORTALS = Table("portals", columns("id name agency place url first_crawl_at"), portals)
CRAWLS = Table(
    "crawls",
    columns(
        "id portal>portals.id started_at ended_at verdict coverage backfill:integer reason answers:json counts:json"
    ),
    crawls,
)
RECORDS = Table(
    "records",
    columns(
        "id portal>portals.id key printed_key kind title url state version:integer first_seen_at last_seen_at "
        "missing_since fields:json"
    ),
    records,
)
VERSIONS = Table(
    "versions",
    columns("id record>records.id number:integer at crawl>crawls.id title url noise:integer fields:json captures:json"),
    versions,
)
FILES = Table(
    "files",
    columns(
        "id portal>portals.id record>records.id name kind url state version:integer first_seen_at last_seen_at "
        "checked_at digest size:integer mime withheld"
    ),
    files,
)
FILE_VERSIONS = Table(
    "file_versions",
    columns("id file>files.id number:integer at crawl>crawls.id url digest size:integer mime capture withheld"),
    file_versions,
)
EVENTS = Table(
    "events",
    columns(
        "id at portal>portals.id record>records.id key title url kind backfill:integer old:json new:json files:json "
        "captures:json crawl>crawls.id tags:json"
    ),
    events,
)
CAPTURES = Table(
    "captures",
    columns(
        "id portal>portals.id crawl>crawls.id kind method url at status:integer mime payload_digest "
        "payload_length:integer warc offset:integer length:integer withheld"
    ),
    captures,
)
DEADLINES = Table(
    "deadlines",
    columns(
        "id record>records.id portal>portals.id key title rule status stands why field start due due_if_extended unit "
        "days_late_least:integer days_late:integer days_left:integer overdue:integer released:integer "
        "released_printed released_seen_by url"
    ),
    deadlines,
)
TABLES: Mapping[str, Table] = {
    one.name: one
    for one in (PORTALS, CRAWLS, RECORDS, VERSIONS, FILES, FILE_VERSIONS, EVENTS, CAPTURES, DEADLINES)
}  # fmt: skip
