"""A portal's world, day by day: what is truly published. Imports nothing of recordwatch.

Everything in it is invented. What a watcher is shown of it, and how that lies, is `site` and `hazards`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Literal

DAYS = 200
STATUSES = ("Open", "Under review", "Closed", "Referred", "Reopened")
NOTES = ("-", "Materials withheld under section 7(1)(c)", "Report to follow", "Released in part")
FORMS = ("{year}-{number:04}", "{year}-{number:07}", "{year}-{number}")
"""How the portal prints a case's number; it changes its mind now and then."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of a case: `path` is where it stands, `version` what its bytes are."""

    name: str
    path: str
    version: int = 1
    size: int = 700
    signed: bool = False
    """Its link carries a signature that differs each time."""
    missing: bool = False
    """The page links it, its source has it no more."""

    @property
    def content(self) -> bytes:
        head = f"{self.name} of {self.path.split('/')[2]}, version {self.version}\n".encode()
        return head.ljust(self.size, b"\x00")[: self.size]


Page = Literal["there", "gone", "soft"]


@dataclass(slots=True)
class Case:
    """One published thing."""

    slug: str
    year: int
    number: int
    title: str
    status: str
    incident: str
    note: str
    district: str
    documents: list[Document] = field(default_factory=list)
    listed: bool = True
    page: Page = "there"
    """Its own page: gone is a 404, soft says "not found" with status 200."""
    flag: str = "-"
    """A field that flips back and forth, though nobody says so; only of `flickering` cases."""
    flickering: str = ""
    """`flag` or `file`: what of it flips."""
    pair: int = 0
    """Number of the second case that its row names, or 0."""
    ghost: str = ""
    """Status of a second row with its key, or empty."""
    back_on: int = 0
    """Day on which it is published again, or 0."""
    calm_until: int = 0
    """No further change before this day."""
    since: int = 0
    """Day on which it was published first."""
    filed: int = 0
    """Documents it ever had: a name is never given twice."""

    def facts(self, form: int) -> dict[str, str]:
        """Its fields as printed."""
        return {
            "number": self.printed(form), "status": self.status, "incident": self.incident,
            "note": self.note, "district": self.district, "flag": self.flag,
        }  # fmt: skip

    def printed(self, form: int) -> str:
        return FORMS[form].format(year=self.year, number=self.number)

    def printed_pair(self, form: int) -> str:
        return FORMS[form].format(year=self.year, number=self.pair) if self.pair else ""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a portal behaves: chances per day, or per case and day."""

    cases: int
    publishes: float = 0.25
    burst: int = 4
    edits: float = 0.01
    withdraws: float = 0.006
    restores: float = 0.4
    files: bool = True
    pairs: bool = False
    flickering: int = 2
    slow_takedown: int = 0
    """Day on which a takedown of one case a day begins, or 0."""
    mass_withdrawal: int = 0
    """Day on which a third of everything goes, or 0."""
    reformats: tuple[int, ...] = ()
    moves_host: tuple[int, ...] = ()


class World:
    """What a portal truly publishes; `day` 0 is before the first crawl."""

    def __init__(self, seed: int, habits: Habits) -> None:
        self.chance = random.Random(f"world {seed}")
        self.habits = habits
        self.day = 0
        self.form = 0
        self.host = 0
        self.cases: dict[str, Case] = {}
        self.next_number = 1
        self.happened: list[str] = []
        """What happened today, in words, for the report of a failure."""
        for _ in range(habits.cases):
            self._publish()

    def listed(self) -> list[Case]:
        """What the list truly shows, newest first."""
        return sorted((case for case in self.cases.values() if case.listed), key=lambda c: (-c.year, -c.number))

    def next_day(self) -> None:
        self.day += 1
        self.happened = []
        habits, chance = self.habits, self.chance
        if self.day in habits.reformats:
            self.form = (self.form + 1) % len(FORMS)
            self.happened.append(f"numbers are printed as {FORMS[self.form]}")
        if self.day in habits.moves_host:
            self.host += 1
            self.happened.append("the host changes")
        quiet = (self.day // 20) % 4 == 3  # weeks in which nothing is published
        if not quiet and chance.random() < habits.publishes:
            for _ in range(chance.choice((1, 1, 1, 2, habits.burst))):
                self._publish()
        for case in list(self.cases.values()):
            self._live(case)
        if habits.mass_withdrawal == self.day:
            for case in self.listed()[::3][:-1] if len(self.listed()) > 6 else []:
                self._withdraw(case)
        if habits.slow_takedown and habits.slow_takedown <= self.day < habits.slow_takedown + 14:
            left = [case for case in self.listed() if case.calm_until <= self.day]
            if len(left) > 3:
                self._withdraw(left[-1])

    def _live(self, case: Case) -> None:
        chance, habits = self.chance, self.habits
        if not case.listed:
            if case.back_on == self.day:
                self._restore(case)
            return
        self._flicker(case)
        if case.calm_until > self.day:
            return
        if case.ghost:
            case.ghost = ""
            self._tell(case, "its second row is gone")
            return
        if chance.random() < habits.withdraws:
            self._withdraw(case)
        elif chance.random() < habits.edits:
            self._edit(case)
        elif habits.files and chance.random() < habits.edits:
            self._edit_files(case)

    def _publish(self) -> None:
        chance, number = self.chance, self.next_number
        self.next_number += 1
        year = 2019 + number % 7
        made = Case(
            slug=f"case-{year}-{number:04}", year=year, number=number, title=f"Incident at Pier {number}",
            status=STATUSES[0], incident=f"{1 + number % 12:02}/{1 + number % 28:02}/{year}", note="-",
            district=str(1 + number % 22), since=self.day,
        )  # fmt: skip
        if self.habits.files:
            for _ in range(chance.choice((0, 1, 1, 2))):
                made.documents.append(self._document(made, signed=chance.random() < 0.3))
        if self.habits.pairs and chance.random() < 0.05:
            made.pair = self.next_number
            self.next_number += 1
        if sum(1 for case in self.cases.values() if case.flickering) < self.habits.flickering:
            made.flickering = "file" if self.habits.files and chance.random() < 0.5 else "flag"
            made.calm_until = 10**6  # what flips is told apart from what happens only where nothing else does
        self.cases[made.slug] = made
        self._tell(made, "is published")

    def _document(self, case: Case, *, signed: bool) -> Document:
        case.filed += 1
        return Document(f"Report {case.filed}", f"/files/{case.slug}/report-{case.filed}.zip", signed=signed)

    def _flicker(self, case: Case) -> None:
        if not case.flickering or self.chance.random() < 0.4:
            return
        if case.flickering == "flag":
            case.flag = "Featured" if case.flag == "-" else "-"
            return
        name = f"/files/{case.slug}/poster.zip"
        there = [document for document in case.documents if document.path == name]
        if there:
            case.documents.remove(there[0])
        else:
            case.documents.append(Document("Poster", name))

    def _edit(self, case: Case) -> None:
        chance = self.chance
        what = chance.choice(("status", "status", "status", "note", "title", "district", "ghost", "several"))
        if what in {"status", "several"}:
            case.status = chance.choice([status for status in STATUSES if status != case.status])
        if what in {"note", "several"}:
            case.note = chance.choice([note for note in NOTES if note != case.note])
        if what == "title":
            case.title += " (amended)"
        if what == "district":
            case.district = str(1 + int(case.district) % 22)
        if what == "ghost" and self.day - case.since > 20:  # which row is meant shows only where one was known
            case.ghost = "Duplicate"
            case.calm_until = self.day + 5
        self._tell(case, f"{what} changes")

    def _edit_files(self, case: Case) -> None:
        chance = self.chance
        usable = [place for place, document in enumerate(case.documents) if not document.missing]
        lost = [place for place, document in enumerate(case.documents) if document.missing]
        if lost:
            case.documents[lost[0]] = replace(case.documents[lost[0]], missing=False)
            self._tell(case, "a file is back at its source")
            return
        what = chance.choice(("add", "replace", "replace equal", "remove", "move", "lose"))
        if what == "add" or not usable:
            case.documents.append(self._document(case, signed=False))
        else:
            place = chance.choice(usable)
            document = case.documents[place]
            if what == "replace":
                case.documents[place] = replace(document, version=document.version + 1, size=document.size + 13)
            elif what == "replace equal":
                case.documents[place] = replace(document, version=document.version + 1)
            elif what == "remove":
                del case.documents[place]
            elif what == "move":
                folder = "archive" if document.path.startswith("/files/") else "files"
                case.documents[place] = replace(document, path=f"/{folder}/{document.path.split('/', 2)[2]}")
            elif what == "lose":
                case.documents[place] = replace(document, missing=True)
                case.calm_until = self.day + 6
        self._tell(case, f"file: {what}")

    def _withdraw(self, case: Case) -> None:
        case.listed = False
        case.ghost = ""
        case.page = self.chance.choice(("gone", "gone", "gone", "soft", "there"))
        if self.chance.random() < self.habits.restores:
            case.back_on = self.day + self.chance.choice((1, 1, 2, 9, 30))
        self._tell(case, f"is withdrawn, its page {case.page}")

    def _restore(self, case: Case) -> None:
        case.listed, case.page, case.back_on = True, "there", 0
        if self.chance.random() < 0.5:
            case.incident = f"{1 + (case.number + self.day) % 12:02}/15/{case.year}"
        case.calm_until = max(case.calm_until, self.day + 4)
        self._tell(case, f"is back, incident {case.incident}")

    def _tell(self, case: Case, what: str) -> None:
        self.happened.append(f"{case.slug} {what}")
