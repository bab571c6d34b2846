"""Cases as the ledger holds them, and what the rules of a portal say of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from config.portal import Portal
from releases.deadlines.coverage import applies
from releases.deadlines.dates import place_of
from releases.deadlines.evaluate import judge
from releases.deadlines.looks import Looks, SomeLooks
from releases.deadlines.model import Case, Judged, Note, SeenFile, SeenVersion
from releases.model import DEPOSITED
from releases.models import DeadlineNote, File, Record, RecordVersion
from releases.restricting.shown import open_records

BATCH = 1000
_FEW = 100
Batch = QuerySet[Record, Any] | list[str]
"""Ids of records: few of them as they are, many as a query inside of others."""
_COLUMNS = (
    "id", "key", "printed_key", "title", "url", "kind", "state", "version", "first_crawl", "first_seen_at",
)  # fmt: skip
RULE = "rule"
"""Kind of the note that says since when a rule is watched, in its own words: see `releases.deadlines.tick`."""


def judged(portal: Portal, now: datetime, *, keep: Iterable[str] = (), keys: Iterable[str] = ()) -> Iterator[Judged]:
    """What each rule of `portal` says of each record it is about, at the time `now`. A record under a restriction is told
    of when that has ended.

    `keep`: ids of records to judge by every rule, also by those that are not about them. `keys`: only these records.
    """
    place, kept = place_of(portal), set(keep)
    today = place.day(now)
    wanted = Q(portal=portal.slug) & ~Q(state__in=("merged", DEPOSITED))
    if only := list(keys):
        wanted &= Q(key__in=only)
    if portal.deadlines and all(rule.kinds for rule in portal.deadlines):
        kinds = {kind for rule in portal.deadlines for kind in rule.kinds}
        wanted &= Q(kind__in=sorted(kinds)) | (Q(id__in=sorted(kept)) if len(kept) <= BATCH else Q())
    history = any(rule.to_event == "answered" for rule in portal.deadlines)
    looks = SomeLooks(portal.slug, place) if 0 < len(only) <= _FEW else Looks(portal.slug, place)
    for case in cases(open_records(Record.objects.filter(wanted)), looks, history=history):
        for rule in portal.deadlines:
            if applies(rule, case.kind, case.fields):
                yield judge(case, rule, today, place)
            elif case.id in kept:
                judgement = judge(case, rule, today, place)
                yield Judged(case, rule.name, "not covered", "the rule is not about this record", judgement.clock)


def cases(records: QuerySet[Record], looks: Looks, *, history: bool) -> Iterator[Case]:
    """The given records of the portal of `looks` with all that deadlines look at, by key."""
    portal = looks.portal
    notes, ended, edits = _notes(portal)
    common = notes.get("", [])
    last: str | None = None
    while True:
        rest = records if last is None else records.filter(key__gt=last)
        rows = list(rest.order_by("key").values_list(*_COLUMNS, named=True)[:BATCH])
        if not rows:
            return
        last = rows[-1].key
        # Of many: the database selects them again, which is far cheaper than naming each.
        many = records.filter(key__gte=rows[0].key, key__lte=last).values("id")
        batch: Batch = [row.id for row in rows] if len(rows) <= _FEW else many
        current = _current(batch)
        files, versions = _files(batch), _versions(batch) if history else []
        looks.learn(
            {(one.first_crawl, one.first_seen_at) for one in (*rows, *files)} | {(v.crawl, v.at) for v in versions}
        )
        came, older = _seen_files(files, looks), _seen_versions(versions, looks)
        for row in rows:
            fields, captures, at = current.get(row.id, ({}, (), row.first_seen_at))
            own = [*common, *notes.get(row.id, ())]
            own_files = came.get(row.id, ())
            yield Case(
                id=row.id, portal=portal, key=row.key, printed_key=row.printed_key, title=row.title, url=row.url,
                kind=row.kind, state=row.state, fields=fields, seen=looks.seen(row.first_crawl, row.first_seen_at),
                last_look=looks.last_sound, files=tuple(own_files),
                history=tuple(older.get(row.id, ())), notes=tuple(own), captures=tuple(captures),
                changes=row.version + len(own) + 2 * ended.get(row.id, 0) + len(own_files) + len(edits),
                changed_at=max([at, *(note.at for note in own), *edits]),
            )  # fmt: skip
        if len(rows) < BATCH:
            return


def _current(batch: Batch) -> dict[str, tuple[dict[str, Any], list[str], datetime]]:
    newest = Record.objects.filter(id=OuterRef("record")).values("version")[:1]
    rows = RecordVersion.objects.filter(record__in=batch, number=Subquery(newest))
    return {record: (fields, captures, at) for record, fields, captures, at in
            rows.values_list("record", "fields", "captures", "at")}  # fmt: skip


def _versions(batch: Batch) -> list[Any]:
    versions = RecordVersion.objects.filter(record__in=batch).order_by("record", "number")
    return list(versions.values_list("record", "fields", "crawl", "at", named=True))


def _seen_versions(rows: Iterable[Any], looks: Looks) -> dict[str, list[SeenVersion]]:
    found: dict[str, list[SeenVersion]] = defaultdict(list)
    for row in rows:
        found[row.record].append(SeenVersion(row.fields, looks.seen(row.crawl, row.at)))
    return found


def _files(batch: Batch) -> list[Any]:
    files = File.objects.filter(record__in=batch).order_by("first_seen_at", "id")
    return list(files.values_list("record", "kind", "first_crawl", "first_seen_at", named=True))


def _seen_files(rows: Iterable[Any], looks: Looks) -> dict[str, list[SeenFile]]:
    found: dict[str, list[SeenFile]] = defaultdict(list)
    for row in rows:
        found[row.record].append(SeenFile(row.kind, looks.seen(row.first_crawl, row.first_seen_at)))
    return found


def _notes(portal: str) -> tuple[dict[str, list[Note]], Counter[str], list[datetime]]:
    """What people know beside, by record, under an empty text what concerns every record; how many notes of each record
    were taken back; and when a rule got other words, which may move any date.
    """
    found: dict[str, list[Note]] = defaultdict(list)
    ended: Counter[str] = Counter()
    edits: list[datetime] = []
    for row in DeadlineNote.objects.filter(portal=portal).order_by("at", "id").iterator():
        if row.kind == RULE:
            edits.append(row.at)
        elif row.ended_at is None:
            found[row.record].append(note_of(row))
        if row.ended_at is not None:
            ended[row.record] += 1
    return found, ended, edits


def note_of(row: DeadlineNote) -> Note:
    """A stored note."""
    since, until = (date.fromisoformat(text) if text else None for text in (row.since, row.until))
    return Note(row.id, row.kind, row.rule, row.days, since, until, row.why, row.by, row.at.astimezone(UTC))
