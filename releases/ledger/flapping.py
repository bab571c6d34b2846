"""Fields and file links that flip back and forth though nobody declared them: learnt from a record's own versions.

A value that comes back is news: a case is reopened, a file restored. What has come back RETURNS times within
WINDOW is flapping: from then on its further returns make versions and no events. A value it never had is told
always, as is one that has stayed for REST. So nothing is hidden for good, and withdrawn or restored never is.
The rule is a function of the versions alone: nothing is kept beside them, and a rebuild gives the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from releases.ledger import known
from releases.ledger.change import Change
from releases.ledger.compare import FILE, HeldFile
from releases.ledger.observation import Observation
from releases.ledger.rows import Rows, Subject, told_file
from releases.ledger.state import parts
from releases.models import Event, File, Record, RecordVersion

RETURNS = 2
WINDOW = timedelta(days=30)
REST = timedelta(days=14)
LOOKED_BACK = 60
"""Versions of a record that are looked at."""
CHANGES = ("changed", "file_added", "file_withdrawn")


@dataclass(slots=True)
class Course:
    """One part of a record through its versions."""

    values: list[tuple[datetime, Any]] = field(default_factory=list)
    """Each value it had, and since when; never the same twice in a row."""
    told: Any = None
    """What a reader who was told everything but flips believes it to be."""

    def step(self, at: datetime, value: Any, *, ours: bool) -> None:
        """The next version has this value; `ours`: another version of the spider read it."""
        if ours or not self.values:
            self.values, self.told = [(at, value)], value
            return
        since, before = self.values[-1]
        if at - since >= REST:
            self.told = before
        if value == before:
            return
        if not self.is_flip(at, value):
            self.told = value
        self.values.append((at, value))

    def is_flip(self, at: datetime, value: Any) -> bool:
        """Whether the change to `value` would be one more return of something that keeps returning."""
        recent = [one for since, one in self.values if since > at - WINDOW]
        seen = [one for _, one in self.values[: len(self.values) - len(recent)][-1:]] + recent
        returns = sum(one in seen[:place] for place, one in enumerate(seen))
        return value in seen and returns >= RETURNS


def restless(changes: Sequence[Change], at: datetime) -> dict[str, frozenset[str]]:
    """Record id → names of the parts whose change is one flip more."""
    suspects = {
        change.held.id: change for change in changes if change.held.version > RETURNS + 1 and change.differences
    }
    found: dict[str, frozenset[str]] = {}
    for batch in known.batches(suspects):
        for record, courses in _courses(batch).items():
            change = suspects[record]
            now = change.now.parts
            listed = {FILE + file.identity for file in change.now.files}
            names = [*change.fields.new, *(FILE + file.identity for file in change.files.moving)]
            flips = frozenset(
                name
                for name in names
                if name in courses
                and courses[name].is_flip(at, name in listed if name.startswith(FILE) else now.get(name))
            )
            if flips:
                found[record] = flips
    return found


def tell_settled(rows: Rows, observation: Observation, calm: set[str]) -> None:
    """Tells the values that flips left behind, once they have stayed for REST.

    Args:
        rows: gathers the events.
        observation: of this crawl.
        calm: ids of the records it saw as they were.
    """
    often = Q(kind__in=CHANGES) & ~Q(record="")
    counted = Event.objects.filter(often, portal=rows.portal).values("record").annotate(times=Count("id"))
    restless_once = counted.filter(times__gt=RETURNS).values_list("record", flat=True)
    candidates = set(restless_once) & calm
    for batch in known.batches(sorted(candidates)):
        held = {
            id_: (key, title, url, last)
            for id_, key, title, url, last in Record.objects.filter(id__in=batch, state="present").values_list(
                "id", "key", "title", "url", "last_seen_at"
            )
        }
        if not held:
            continue
        oldest = min(last for *_, last in held.values()) - REST
        due = RecordVersion.objects.filter(record__in=held, at__gt=oldest, at__lte=observation.at - REST)
        for record, courses in _courses(sorted(set(due.values_list("record", flat=True)))).items():
            key, title, url, last = held[record]
            still = {
                name: course
                for name, course in courses.items()
                if course.told != course.values[-1][1] and last < course.values[-1][0] + REST <= observation.at
            }
            if still:
                _tell(rows, Subject(record, key, title, url), still)


def _tell(rows: Rows, subject: Subject, settled: dict[str, Course]) -> None:
    captures = [
        capture
        for one in RecordVersion.objects.filter(record=subject.record).order_by("-number").values_list("captures")[:2]
        for capture in one[0]
    ]
    fields = {name: course for name, course in settled.items() if not name.startswith(FILE)}
    if fields:
        rows.event(
            "changed", subject, old={name: course.told for name, course in fields.items()},
            new={name: course.values[-1][1] for name, course in fields.items()}, captures=captures, tags=["settled"],
        )  # fmt: skip
    identities = {
        name.removeprefix(FILE): bool(course.values[-1][1]) for name, course in settled.items() if name not in fields
    }
    files = File.objects.filter(record=subject.record, identity__in=identities) if identities else ()
    last = _last_told(subject.record) if files else {}
    for file in files:
        kind = "file_added" if identities[file.identity] else "file_withdrawn"
        if (last.get(file.id) == "file_withdrawn") == (kind == "file_withdrawn"):
            continue  # it moved to and fro: its addresses came and went, itself did not
        told = HeldFile(file.id, file.identity, file.url, file.name, file.kind, file.host, file.state)
        rows.event(kind, subject, files=[told_file(file.id, told)], captures=captures, tags=["settled"])  # type: ignore[arg-type]


def _last_told(record: str) -> dict[str, str]:
    """File id → kind of the newest event that told of its coming or going."""
    events = Event.objects.filter(record=record, kind__in=["new", "file_added", "file_withdrawn"]).order_by("at", "id")
    return {file["id"]: kind for kind, files in events.values_list("kind", "files") for file in files}


def _courses(records: Sequence[str]) -> dict[str, dict[str, Course]]:
    """Record id → part → its course through the record's last versions."""
    versions: dict[str, list[RecordVersion]] = defaultdict(list)
    for batch in known.batches(records):
        newest = dict(Record.objects.filter(id__in=batch).values_list("id", "version"))
        wanted = RecordVersion.objects.filter(record__in=batch).order_by("number").defer("captures", "url")
        for version in wanted.iterator(chunk_size=500):
            if version.number > newest.get(version.record, 0) - LOOKED_BACK:
                versions[version.record].append(version)
    found: dict[str, dict[str, Course]] = {}
    for record, rows in versions.items():
        courses: dict[str, Course] = {}
        extractor = rows[0].extractor
        for version in rows:
            values = parts(version.title, version.printed_key, version.fields)
            values |= {FILE + identity: True for identity in version.files}
            ours, extractor = version.extractor != extractor, version.extractor
            for name in courses.keys() | values.keys():
                if name not in courses:
                    courses[name] = Course()
                    if version is not rows[0] and not ours:
                        courses[name].step(rows[0].at, _none(name), ours=False)
                courses[name].step(version.at, values.get(name, _none(name)), ours=ours)
        found[record] = courses
    return found


def _none(name: str) -> bool | None:
    return False if name.startswith(FILE) else None
