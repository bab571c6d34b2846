"""What a perfect watcher would have said, from the world alone, and what of it recordwatch said.

It sees what `hazards.Sight` says can be seen, remembers what it saw last, and knows these rules (docs:
reference/simulator.md): a withdrawal is due on the first day of full sight when the case's own page is
gone, else on the third; later where very many go at once. What flips is due until it has come back twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tests.simulator.hazards import Sight
from tests.simulator.site import CAP, ListView, Site
from tests.simulator.world import Case

Outcome = Literal["hit", "miss", "false", "echo"]
"""`echo`: told because a list out of a cache showed it so, or because the next list did not any more."""
CERTAIN, PATIENT, DOUBT, TURNS = 1, 3, 5, 15
"""Days of full sight until a withdrawal is due: its page is gone; it is not; more where many go at once. Beyond a cap
records are asked in turns."""
MANY = 3
"""Cases that go on one day before a watcher may doubt the list."""
RETURNS, WINDOW, REST = 2, 30, 14
"""Returns to an earlier value, within so many days, after which flips are noise; days of rest that end it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One event: as it should be, missed, or said falsely."""

    day: int
    kind: str
    outcome: Outcome
    hazard: str
    key: str
    expected: str = ""
    found: str = ""


@dataclass(slots=True)
class Known:
    """What was last seen of one entry."""

    facts: dict[str, str]
    files: dict[str, int]
    """Name of a file its page links → version of the bytes last had, 0 for none."""
    layout: int
    held: dict[str, int] = field(default_factory=dict)
    """Name → version of the bytes last had, also of files that its page links no more."""
    told: dict[str, bool] = field(default_factory=dict)
    """Name of a file → whether it was last told that it is there."""
    withdrawn: bool = False
    absent: int = 0
    """Days of full sight without it."""
    went: bool = False
    """It was truly gone at some time since it was last seen."""
    many: bool = False
    """It went with many others."""
    lost: dict[str, int] = field(default_factory=dict)
    """Name of a file → times its source had it not."""
    gone: set[str] = field(default_factory=set)
    flips: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    hidden: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """Part → value last told, value now, and since when: flips that nobody was told of."""


class Truth:
    """Follows one portal; `day` compares a day's events with what was due."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.known: dict[str, Known] = {}
        self.findings: list[Finding] = []
        self.told_blind = False
        self.truly_blind = False
        self.layout, self.verdict = 1, ""
        self.recovery_due = 0
        self.mass_due = 0
        self.mass_allowed = 0
        self.today, self.hazard, self.stale = 0, "none", False
        self.echoing: set[tuple[str, str]] = set()
        """Entries and parts that a cache showed otherwise than they are."""

    def day(
        self, number: int, hazard: str, sight: Sight, layout: int, events: Sequence[dict[str, Any]], verdict: str
    ) -> list[Finding]:
        """Findings of this day; `layout` is the one the watcher's portal file knows."""
        self.layout, self.verdict = layout, verdict
        self.today, self.hazard = number, hazard
        before = len(self.findings)
        said: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for event in events:
            said.setdefault((event["kind"], self.entry(event["key"])), []).append(event)
        self.stale = sight.stale
        view = self._cached() if sight.stale else self.site.truth()
        entries = dict(self._entries(view))
        blind = sight.blind
        for key, case in entries.items():
            if case.slug in sight.read:
                self._read(key, case, view, layout, said, blind)
            elif case.slug in sight.rows and ("restored", key) in said and self.known[key].withdrawn:
                self._due("restored", key, said)  # its row is proof enough; what its page says follows
                self.known[key].withdrawn, self.known[key].absent = False, 0
        self._absences(set(entries), sight, said)
        self._portal(blind, sight, said)
        for (kind, key), left in said.items():
            for event in left:
                self._note(kind, "false", key, found=_told(event))
        return self.findings[before:]

    def entry(self, key: str) -> str:
        """The entry that a record's key means, whatever form its number has."""
        if found := re.fullmatch(r".*/case/([^/]+)/", key):
            return found[1]
        if found := re.fullmatch(r"(\d{4})-0*(\d+)", key):
            return f"{found[1]}-{found[2]}"
        return key

    def _entries(self, view: ListView) -> Iterable[tuple[str, Case]]:
        for case in view.cases:
            if self.site.reads_pages:
                yield case.slug, case
            else:
                yield f"{case.year}-{case.number}", case
                if case.pair:
                    yield f"{case.year}-{case.pair}", case

    def _cached(self) -> ListView:
        """What is read on a day whose list comes out of a cache: rows are old, cases' own pages and bytes are not."""
        now = {case.slug: case for case in self.site.truth().cases}
        cases = []
        for old in self.site.view.cases:
            case = now.get(old.slug)
            if case is None:
                continue
            if self.site.reads_pages:
                cases.append(replace(case, status=old.status, title=old.title))
                continue
            bytes_now = {document.name: document for document in case.documents}
            documents = [bytes_now.get(one.name, replace(one, missing=True)) for one in old.documents]
            cases.append(replace(old, documents=documents))
        return ListView(tuple(cases), self.site.view.form, self.site.view.layout)

    def _facts(self, key: str, case: Case, view: ListView) -> dict[str, str]:
        facts = case.facts(view.form) | {"title": case.title}
        if self.site.reads_pages:
            if case.pair:
                facts["number"] += f" / {case.printed_pair(view.form)}"
        else:
            second = case.pair and key.endswith(f"-{case.pair}")
            facts["printed_key"] = case.printed_pair(view.form) if second else facts["number"]
            del facts["number"]
        return {name: value for name, value in facts.items() if value != "-"}

    def _read(self, key: str, case: Case, view: ListView, layout: int, said: Any, blind: str) -> None:
        facts = self._facts(key, case, view)
        names = {document.name for document in case.documents}
        known = self.known.get(key)
        if known is None:
            self.known[key] = known = Known(facts, dict.fromkeys(names, 0), layout)
            self._due("new", key, said)
            self._bytes(key, known, case, said)
            return
        known.absent, known.many, known.went = 0, False, False
        changed = {name for name in facts.keys() | known.facts.keys() if facts.get(name) != known.facts.get(name)}
        added, removed = names - known.files.keys(), known.files.keys() - names
        lost = removed or any(name not in facts for name in changed)
        told = any((kind, key) in said for kind in ("changed", "file_added", "file_withdrawn", "restored"))
        if blind != "no" and lost and not known.withdrawn and not told and self.verdict in {"blocked", "broken"}:
            return  # a loss in a crawl that is blind has to wait
        silent = known.layout != layout
        back = known.withdrawn
        if back:
            self._due("restored", key, said)
            known.withdrawn = False
        if not silent:
            noise = {name for name in changed if self._flips(known, name, facts.get(name, ""))}
            if changed - noise and not back:
                self._due("changed", key, said, fields=changed - noise, also=noise)
            noise = {name for name in added | removed if self._flips(known, f"file {name}", str(name in names))}
            if added - noise:
                self._due("file_added", key, said, files=added - noise)
            if left := removed - noise - known.gone:
                self._due("file_withdrawn", key, said, files=left)
        if silent:
            known.flips.clear()
            known.hidden.clear()
        self._settled(key, known, said)
        known.facts, known.layout = facts, layout
        for name in removed:
            del known.files[name]
            known.lost.pop(name, None)
            known.gone.discard(name)
        for name in added:
            known.files[name] = known.held.get(name, 0)
        self._bytes(key, known, case, said)

    def _bytes(self, key: str, known: Known, case: Case, said: Any) -> None:
        for document in case.documents:
            before = known.files[document.name]
            if document.missing:
                known.lost[document.name] = known.lost.get(document.name, 0) + 1
                if known.lost[document.name] == 2 and before:
                    known.gone.add(document.name)
                    self._due("file_withdrawn", key, said, files={document.name})
                continue
            known.lost.pop(document.name, None)
            if document.name in known.gone:
                known.gone.discard(document.name)
                self._due("file_added", key, said, files={document.name})
            if before and before != document.version:
                self._due("file_replaced", key, said, files={document.name})
            known.files[document.name] = known.held[document.name] = document.version

    def _flips(self, known: Known, name: str, value: str) -> bool:
        """Whether this change is a flip of something known to flip."""
        past = known.flips.setdefault(
            name, [(-1, known.facts.get(name, "") if "file " not in name else str(value != "True"))]
        )
        recent = [entry for entry in past if entry[0] > self.today - WINDOW]
        older = [entry for entry in past if entry not in recent]
        values = [entry[1] for entry in [*older[-1:], *recent]]
        before = past[-1][1]
        past.append((self.today, value))
        back = sum(1 for place, one in enumerate(values) if one in values[:place])
        hide = value in values and back >= RETURNS
        told = known.hidden.pop(name, (before, "", 0))[0]
        if hide and told != value:
            known.hidden[name] = told, value, self.today
        return hide

    def _settled(self, key: str, known: Known, said: Any) -> None:
        """What flips left behind is due once it has stayed."""
        for name, (_, value, since) in list(known.hidden.items()):
            if self.today - since >= REST:
                del known.hidden[name]
                if name.startswith("file "):
                    if (known.told.get(name[5:], True)) == (value == "True"):
                        continue  # it was told otherwise meanwhile
                    self._due("file_added" if value == "True" else "file_withdrawn", key, said, files={name[5:]})
                else:
                    self._due("changed", key, said, fields={name}, also=set())

    def _absences(self, present: set[str], sight: Sight, said: Any) -> None:
        listed = {case.slug for case in self.site.world.cases.values() if case.listed}
        fresh, here = 0, 0
        shown = {case.slug for case in self.site.view.cases} if sight.stale else frozenset[str]()
        for key, known in self.known.items():
            case = self._case(key)
            truly = case.slug not in listed
            here += not known.withdrawn
            if truly and case.slug in shown:
                known.absent = 0  # an old list still shows it: counting begins again
            known.went = known.went or truly
            if known.went and not known.withdrawn and ("withdrawn", key) in said:
                self._due("withdrawn", key, said)
                known.withdrawn = True
                fresh += known.absent == 0
            elif truly and not known.withdrawn and sight.complete:
                known.absent += 1
                fresh += known.absent == 1
        if fresh >= MANY:
            for known in self.known.values():
                known.many = known.many or known.absent == 1
        if self.mass_allowed:  # the list is doubted for the sake of others
            for known in self.known.values():
                known.many = known.many or known.absent == 1
        if sight.complete and fresh > max(5, here / 5) and self.site.kind != "capped":
            self.mass_due = DOUBT + 1
        if fresh >= MANY or sight.lie:
            self.mass_allowed = DOUBT + 1
        for key, known in self.known.items():
            case = self._case(key)
            sure = case.page == "gone" and self.site.has_pages
            if self.site.kind == "capped" and not sure:
                continue
            deadline = (CERTAIN if sure else PATIENT) + (DOUBT if known.many else 0)
            deadline += PATIENT if known.layout != self.layout else 0
            deadline += TURNS if self.site.kind == "capped" else 0
            if known.absent == deadline and sight.complete and not known.withdrawn and case.slug not in listed:
                self._note(
                    "withdrawn", "miss", key, expected=f"by now: {known.absent} days of full sight, page {case.page}"
                )
                known.withdrawn = True

    def _case(self, key: str) -> Case:
        cases = self.site.world.cases
        if key in cases:
            return cases[key]
        year, number = (int(part) for part in key.split("-"))
        return next(case for case in cases.values() if case.year == year and number in {case.number, case.pair})

    def _portal(self, blind: str, sight: Sight, said: Any) -> None:
        dark = [said.pop((kind, ""), []) for kind in ("blocked", "broken")]
        events = [event for one in dark for event in one]
        if events and blind == "no":
            for event in events:
                self._note(event["kind"], "false", "", found=_told(event))
        before = self.told_blind
        mass = said.pop(("mass_withdrawal", ""), [])
        doubted = any("list doubted" in event["tags"] for event in mass)
        self.told_blind = self.told_blind or bool(events) or doubted
        if blind == "required" and not self.truly_blind:
            kind = events[0]["kind"] if events else "blocked"
            self._note(kind, "hit" if self.told_blind else "miss", "", expected="the portal can not be seen")
        self.truly_blind = blind == "required" or (self.truly_blind and blind == "allowed")
        recovered = said.pop(("recovered", ""), [])
        if recovered:
            self._note("recovered", "hit" if before and blind != "required" else "false", "", found=_told(recovered[0]))
            self.told_blind, self.recovery_due = False, 0
        elif before and sight.complete and blind == "no":
            self.recovery_due += 1
            if self.recovery_due == 1 + (DOUBT if self.mass_allowed else 0):
                self._note("recovered", "miss", "", expected="the portal can be seen again")
                self.told_blind = False
        if mass:
            if self.mass_due:
                self._note("mass_withdrawal", "hit", "", found=_told(mass[0]))
                self.mass_due = 0
            elif not self.mass_allowed:
                self._note("mass_withdrawal", "false", "", found=_told(mass[0]))
        if sight.complete:
            self.mass_allowed = max(0, self.mass_allowed - 1)
            if self.mass_due:
                self.mass_due -= 1
                if not self.mass_due:
                    self._note("mass_withdrawal", "miss", "", expected="very many are gone")

    def _due(self, kind: str, key: str, said: Any, **detail: set[str]) -> None:
        """Takes the event that says so; a miss where there is none, or where it says something else."""
        expected = ", ".join(sorted(detail.get("fields", detail.get("files", set()))))
        if kind in {"file_added", "file_withdrawn"}:
            self.known[key].told |= dict.fromkeys(detail["files"], kind == "file_added")
        events = said.get((kind, key), [])
        for event in events:
            if (
                kind == "changed"
                and not detail["fields"] <= set(event["new"] or {}) <= detail["fields"] | detail["also"]
            ):
                continue
            if kind.startswith("file") and {file["name"] for file in event["files"]} != detail["files"]:
                continue
            events.remove(event)
            if not events:
                del said[kind, key]
            echo = kind in {"changed", "file_added", "file_withdrawn"} and self._echoes(key, kind, detail)
            self._note(kind, "echo" if echo else "hit", key, expected=expected, found=_told(event))
            return
        self._note(kind, "miss", key, expected=expected)

    def _echoes(self, key: str, kind: str, detail: dict[str, set[str]]) -> bool:
        parts = {
            (key, "fields" if kind == "changed" else name) for name in detail.get("fields", detail.get("files", ()))
        }
        if self.stale:
            self.echoing |= parts
            return True
        known = bool(parts & self.echoing)
        self.echoing -= parts
        return known

    def _note(self, kind: str, outcome: Outcome, key: str, expected: str = "", found: str = "") -> None:
        self.findings.append(Finding(self.today, kind, outcome, self.hazard, key, expected, found))


def _told(event: dict[str, Any]) -> str:
    files = ", ".join(file["name"] for file in event["files"])
    return f"{event['old']} → {event['new']} {files} {event['tags']}"[:300]


__all__ = ["CAP", "Finding", "Truth"]
