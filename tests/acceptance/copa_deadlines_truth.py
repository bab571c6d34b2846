"""Chicago's Video Release Policy, reckoned from COPA's dated lists alone: what `deadlines` is measured against.

Imports nothing of recordwatch. `python -m tests.acceptance.copa_deadlines_truth` prints the report.

The rule: incidents from 16 February 2016 on; due 60 days after the incident (first clock) or after the
notification (second clock); an extension of 30 days is possible and printed nowhere. A discharge of a firearm
is covered; tasers, other force and custody only where they caused death or great bodily harm, which no list
prints: unknown. A case's row in a list is taken for its release, because the lists tell nothing of files.

A case was put on the portal after the last list that did not have it and no later than on the first that
has. Late is said only if a list after the last day in time did not have it; on time only if a list on or
before that day has it; everything else is open.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from tests.acceptance.copa_truth import CAPTURES, lists, rows, slug

IN_FORCE = date(2016, 2, 16)
TERM, EXTENSION = timedelta(days=60), timedelta(days=30)
SCRAPES = sorted((CAPTURES.parent / "copa-legacy-ipra").glob("*.json"))
"""Full scrapes of the portal in its first summer, with the printed time of each post and its notes."""
CHICAGO = ZoneInfo("America/Chicago")


@dataclass(frozen=True)
class Posted:
    """A case, and between which days it was put on the portal."""

    name: str
    types: frozenset[str]
    incident: date
    notified: date | None
    """None where the list prints a dash."""
    after: date | None
    by: date
    printed: date | None = None
    barred: bool = False

    @property
    def status(self) -> str:
        if self.incident < IN_FORCE:
            return "not covered"
        if self.barred:
            return "barred"
        return "covered" if "Firearm Discharge" in self.types else "unknown"

    def kept(self, start: date | None) -> str:
        """How the term that began at `start` was kept, as far as the days tell."""
        if start is None:
            return "unknown"
        low, high = (self.printed, self.printed) if self.printed else (self.after, self.by)
        due = start + TERM
        if high <= due:
            return "on time"
        if low is not None and low > due + EXTENSION:
            return "late"
        if low is not None and low > due:
            return "late unless extended"
        return "late or on time"


def day(printed: str) -> date:
    """The day that a list prints, month first. Raises ValueError for a dash."""
    month, number, year = map(int, printed.split(maxsplit=1)[0].split("-"))
    return date(year, month, number)


def list_day(path: Path) -> date:
    return date.fromisoformat(path.stem.split("@")[1])


def posted(paths: Iterable[Path]) -> dict[str, Posted]:
    """Slug → case, of every case in the last of `paths` (dated lists, oldest first), as that one prints it."""
    first: dict[str, tuple[date | None, date]] = {}
    before: date | None = None
    now: dict[str, Posted] = {}
    for path in paths:
        today, now = list_day(path), {}
        for row in rows(path):
            name = slug(row["url"])
            after, by = first.setdefault(name, (before, today))
            types = frozenset(part.strip() for part in row["types"].split(","))
            now[name] = Posted(
                name,
                types,
                day(row["incident"]),
                None if row["notified"].strip() == "-" else day(row["notified"]),
                after,
                by,
            )
        before = today
    return now


def scraped(paths: Iterable[Path]) -> dict[str, Posted]:
    """Log number → case, of every case in the last of `paths` (scrapes, oldest first); printed post days known."""
    first: dict[str, tuple[date | None, date]] = {}
    before: date | None = None
    now: dict[str, Posted] = {}
    for path in paths:
        data = json.loads(path.read_text("utf-8"))
        today, now = datetime.fromisoformat(data["scraped_date_time"]).date(), {}
        for log, case in data["records"].items():
            after, by = first.setdefault(log, (before, today))
            now[log] = Posted(
                log, frozenset(part.strip() for part in case["incident_type"].split(",")), day(case["incident_date_time"]),
                day(case["ipra_notification_date"]), after, by, printed_day(case),
                any("Juvenile Court Act" in note for note in case["notes"]),
            )  # fmt: skip
        before = today
    return now


def printed_day(case: Mapping[str, str]) -> date:
    return datetime.fromisoformat(case["post_date_time"]).astimezone(UTC).astimezone(CHICAGO).date()


def counts(cases: Iterable[Posted]) -> dict[str, dict[str, int]]:
    """`status` → how many; `incident` and `notification` → how the covered ones were kept by that clock."""
    everything = list(cases)
    covered = [case for case in everything if case.status == "covered"]
    return {
        "status": dict(Counter(case.status for case in everything)),
        "incident": dict(Counter(case.kept(case.incident) for case in covered)),
        "notification": dict(Counter(case.kept(case.notified) for case in covered)),
    }


def naive(cases: Iterable[Posted]) -> dict[str, int]:
    """What a clock would say that takes every case for covered and the first list for the day of release."""
    return dict(Counter("late" if case.by > case.incident + TERM else "on time" for case in cases))


def _spread(numbers: list[int]) -> str:
    return (
        f"{len(numbers)} cases: least {min(numbers)}, median {median(numbers):g}, most {max(numbers)} days"
        if numbers
        else "none"
    )


def report() -> str:
    """The figures, as text."""
    said = ["The dated lists (a row stands for a release; late = certainly later than 90 days after the clock's start;",
            "unless ext. = certainly after 60 days; open = no list tells)", ""]  # fmt: skip
    head = f"{'list':<12}{'cases':>6}{'covered':>9}{'predate':>9}{'unknown':>9} |{'by incident: on time':>22}{'late':>6}{'unless ext.':>13}{'open':>6}"
    said.append(f"{head} |{'by notification: on time':>26}{'late':>6}{'unless ext.':>13}{'open':>6} | naive late")
    paths = lists()
    for number in range(1, len(paths) + 1):
        cases = posted(paths[:number])
        found, simple = counts(cases.values()), naive(cases.values())
        status = found["status"]
        line = f"{list_day(paths[number - 1])!s:<12}{len(cases):>6}"
        line += "".join(f"{status.get(name, 0):>9}" for name in ("covered", "not covered", "unknown"))
        for clock, width in (("incident", 22), ("notification", 26)):
            kept = found[clock]
            line += f" |{kept.get('on time', 0):>{width}}{kept.get('late', 0):>6}{kept.get('late unless extended', 0):>13}{kept.get('late or on time', 0):>6}"
        said.append(f"{line} | {simple.get('late', 0)} of {len(cases)}")
    last = posted(paths)
    earlier = {case.name for case in last.values() if case.incident < IN_FORCE}
    said += ["", f"Incidents before {IN_FORCE} in the list of {list_day(paths[-1])}: {len(earlier)} of {len(last)}."]
    logs: dict[str, set[str]] = {}
    for path in paths:
        for row in rows(path):
            logs.setdefault(row["log"].strip(), set()).add(slug(row["url"]))
    said.append(
        f"Log numbers listed under more than one address, in one list or another: {sum(len(s) > 1 for s in logs.values())}."
    )
    apart = Counter((case.notified - case.incident).days for case in last.values() if case.notified)
    said.append(f"Notification after incident, in days: {dict(sorted(apart.items()))}")
    said += ["", "The scrapes of 2016, with the printed time of each post", ""]
    for number in range(1, len(SCRAPES) + 1):
        cases = scraped(SCRAPES[:number])
        said.append(f"{SCRAPES[number - 1].stem}: {len(cases)} cases, {counts(cases.values())}")
    cases = scraped(SCRAPES)
    late = [
        (case.printed - case.incident - TERM).days
        for case in cases.values()
        if case.printed and case.status == "covered"
    ]
    said.append(f"covered, days after the 60th by the printed day: {sorted(late)}")
    said.append("first seen - printed, seen first in the first scrape: " + _spread(
        [(case.by - case.printed).days for case in cases.values() if case.after is None and case.printed]))  # fmt: skip
    said.append("first seen - printed, seen first later: " + _spread(
        [(case.by - case.printed).days for case in cases.values() if case.after is not None and case.printed]))  # fmt: skip
    said.append("printed before a look that did not have it: " + str(
        sorted((case.name, str(case.printed), str(case.after)) for case in cases.values()
               if case.printed and case.after and case.printed < case.after)))  # fmt: skip
    by_log = {row["log"].strip(): list_day(path) for path in reversed(paths) for row in rows(path)}
    said.append("first list - printed: " + _spread(
        [(by_log[log] - case.printed).days for log, case in cases.items() if log in by_log and case.printed]))  # fmt: skip
    return "\n".join(said) + "\n"


if __name__ == "__main__":
    print(report())
