"""Cases as the ledger holds them, and what the rules of a portal say of each."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from archive.catalog.models import Crawl
from config.portal import Portal
from releases.deadlines.coverage import applies
from releases.deadlines.dates import Place, place_of
from releases.deadlines.evaluate import judge
from releases.deadlines.model import Case, Judged, Note, Seen, SeenFile, SeenVersion
from releases.model import DEPOSITED
from releases.models import DeadlineNote, File, Record, RecordVersion
from releases.restricting.shown import open_records

BATCH = 1000
Batch = QuerySet[Record, Any]
"""Ids of records, as a query inside of others."""
_COLUMNS = (
    "id", "key", "printed_key", "title", "url", "kind", "state", "version", "first_crawl", "first_seen_at",
)  # fmt: skip
RULE = "rule"
"""Kind of the note that says since when a rule is watched, in its own words: see `releases.deadlines.tick`."""


class Looks:
    """When a portal was looked at, and when nothing could have been overlooked."""

    def __init__(self, portal: str, place: Place) -> None:
        rows = Crawl.objects.filter(portal=portal).order_by("started_at", "id")
        self._place = place
        self._began: dict[str, datetime] = {}
        self._sound: list[datetime] = []
        self._known: dict[tuple[str, datetime], Seen] = {}
        self.newest = ""
        for ident, began, verdict, coverage in rows.values_list("id", "started_at", "verdict", "coverage"):
            self._began[ident], self.newest = began, ident
            if verdict in {"healthy", "empty"} and coverage == "complete":
                self._sound.append(began)

    @property
    def last_sound(self) -> date | None:
        """Day of the newest complete, healthy look."""
        return self._place.day(self._sound[-1]) if self._sound else None

    def seen(self, crawl: str, at: datetime) -> Seen:
        """When something first appeared that crawl `crawl` was the first to see, at `at`."""
        known = self._known.get((crawl, at))  # one commit brings thousands at one time
        if known is None:
            place = bisect_left(self._sound, self._began.get(crawl, at))
            known = Seen(self._place.day(self._sound[place - 1]) if place else None, self._place.day(at))
            self._known[crawl, at] = known
        return known


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
    for case in cases(open_records(Record.objects.filter(wanted)), portal.slug, place, history=history):
        for rule in portal.deadlines:
            if applies(rule, case.kind, case.fields):
                yield judge(case, rule, today, place)
            elif case.id in kept:
                judgement = judge(case, rule, today, place)
                yield Judged(case, rule.name, "not covered", "the rule is not about this record", judgement.clock)


def cases(records: QuerySet[Record], portal: str, place: Place, *, history: bool) -> Iterator[Case]:
    """The given records with all that deadlines look at, by key."""
    looks = Looks(portal, place)
    notes, ended = _notes(portal), _ended(portal)
    common = notes.get("", [])
    # Other words of a rule may move any date.
    edits = list(DeadlineNote.objects.filter(portal=portal, kind=RULE).values_list("at", flat=True))
    last: str | None = None
    while True:
        rest = records if last is None else records.filter(key__gt=last)
        rows = list(rest.order_by("key").values_list(*_COLUMNS, named=True)[:BATCH])
        if not rows:
            return
        last = rows[-1].key
        # The database selects them again, which is far cheaper than naming each.
        batch = records.filter(key__gte=rows[0].key, key__lte=last).values("id")
        current = _current(batch)
        files = _files(batch, looks)
        older = _history(batch, looks) if history else {}
        for row in rows:
            fields, captures, at = current.get(row.id, ({}, (), row.first_seen_at))
            own = [*common, *notes.get(row.id, ())]
            came = files.get(row.id, ())
            yield Case(
                id=row.id, portal=portal, key=row.key, printed_key=row.printed_key, title=row.title, url=row.url,
                kind=row.kind, state=row.state, fields=fields, seen=looks.seen(row.first_crawl, row.first_seen_at),
                last_look=looks.last_sound, files=tuple(came),
                history=tuple(older.get(row.id, ())), notes=tuple(own), captures=tuple(captures),
                changes=row.version + len(own) + 2 * ended.get(row.id, 0) + len(came) + len(edits),
                changed_at=max([at, *(note.at for note in own), *edits]),
            )  # fmt: skip


def _current(batch: Batch) -> dict[str, tuple[dict[str, Any], list[str], datetime]]:
    newest = Record.objects.filter(id=OuterRef("record")).values("version")[:1]
    rows = RecordVersion.objects.filter(record__in=batch, number=Subquery(newest))
    return {record: (fields, captures, at) for record, fields, captures, at in
            rows.values_list("record", "fields", "captures", "at")}  # fmt: skip


def _history(batch: Batch, looks: Looks) -> dict[str, list[SeenVersion]]:
    found: dict[str, list[SeenVersion]] = defaultdict(list)
    rows = RecordVersion.objects.filter(record__in=batch).order_by("record", "number")
    for record, fields, crawl, at in rows.values_list("record", "fields", "crawl", "at"):
        found[record].append(SeenVersion(fields, looks.seen(crawl, at)))
    return found


def _files(batch: Batch, looks: Looks) -> dict[str, list[SeenFile]]:
    found: dict[str, list[SeenFile]] = defaultdict(list)
    rows = File.objects.filter(record__in=batch).order_by("first_seen_at", "id")
    for record, kind, crawl, at in rows.values_list("record", "kind", "first_crawl", "first_seen_at"):
        found[record].append(SeenFile(kind, looks.seen(crawl, at)))
    return found


def _notes(portal: str) -> dict[str, list[Note]]:
    """What people know beside, by record; under an empty text what concerns every record."""
    found: dict[str, list[Note]] = defaultdict(list)
    rows = DeadlineNote.objects.filter(portal=portal, ended_at=None).exclude(kind=RULE)
    for row in rows.order_by("at", "id").iterator():
        found[row.record].append(note_of(row))
    return found


def _ended(portal: str) -> Counter[str]:
    """How many notes of each record were taken back."""
    ended = DeadlineNote.objects.filter(portal=portal).exclude(ended_at=None)
    return Counter(ended.values_list("record", flat=True))


def note_of(row: DeadlineNote) -> Note:
    """A stored note."""
    since, until = (date.fromisoformat(text) if text else None for text in (row.since, row.until))
    return Note(row.id, row.kind, row.rule, row.days, since, until, row.why, row.by, row.at.astimezone(UTC))
