"""Rules and cases to try, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime

from config.deadline import ClosedDays, Deadline
from releases.deadlines.dates import Place
from releases.deadlines.evaluate import judge
from releases.deadlines.model import Case, Judged, Note, Seen, SeenFile

PLACE = Place()
TODAY = date(2026, 6, 1)


def rule(**values) -> Deadline:
    made = {"name": "Release", "from_field": "incident_date", "days": 60, "basis": "a law"} | values
    return Deadline(**made)


def illinois(**values) -> Deadline:
    made = {
        "name": "Response", "from_field": "received_date", "days": 5, "basis": "5 ILCS 140/3", "business_days": True,
        "to_event": "answered", "answered": {"status": ("Closed", "Denied*")},
        "closed_days": ClosedDays(country="US", subdivision="IL"), "extension_days": 5,
        "extended_by": {"notes": ("*extend*5 business days*",)},
    }  # fmt: skip
    return Deadline(**(made | values))


def case(fields: dict | None = None, *, seen: Seen | None = None, **values) -> Case:
    made = {
        "id": "r1", "portal": "p", "key": "k1", "printed_key": "K-1", "title": "Case K-1", "url": "https://p.example/k1",
        "kind": "case", "state": "present", "last_look": date(2099, 1, 1),
    } | values  # fmt: skip
    shown = {"incident_date": "2026-01-01"} if fields is None else fields
    return Case(fields=shown, seen=seen or Seen(date(2026, 1, 5), date(2026, 1, 6)), **made)


def file(by: date, after: date | None = None, kind: str = "video") -> SeenFile:
    return SeenFile(kind, Seen(after, by))


def note(
    kind: str, *, days: int = 0, since: date | None = None, until: date | None = None, rule: str = "", n: int = 1
) -> Note:
    return Note(f"n{n}", kind, rule, days, since, until, "a letter", "Desk", datetime(2026, 2, n, tzinfo=UTC))


def judged(one: Case, by: Deadline | None = None, today: date = TODAY, place: Place = PLACE) -> Judged:
    return judge(one, by or rule(), today, place)
