"""How the deadlines of one rule were kept: counts that a reader may print. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median_high

from releases.deadlines.model import Judged

BUCKETS = ((1, 7), (8, 30), (31, 90), (91, 365), (366, None))
"""Days late, first and last of each."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Counts of records. `covered` are those of which lateness is said, extended ones included."""

    all: int
    covered: int
    extended: int
    barred: int
    not_covered: int
    unknown: int
    on_time: int
    late: int
    late_unless_extended: int
    unclear: int
    """`late or on time`, and released without a due date."""
    overdue: int
    past_due_unless_extended: int
    due: int
    stopped: int
    buckets: dict[str, int]
    """Of the late: by how many days at the least."""
    median: int | None
    """Days late at the least, of the late; None without any."""
    unit: str

    @property
    def released(self) -> int:
        return self.on_time + self.late + self.late_unless_extended + self.unclear

    @property
    def open(self) -> int:
        return self.overdue + self.past_due_unless_extended + self.due + self.stopped


def spread(judged: Iterable[Judged]) -> Spread:
    """The counts of one rule's judgements."""
    everything = list(judged)
    covered = [one for one in everything if one.covered]

    def status(name: str) -> int:
        return sum(one.status == name for one in everything)

    def standing(*names: str) -> int:
        return sum(one.clock.standing in names for one in covered)

    late = [one.clock.late_least or 0 for one in covered if one.clock.standing == "late"]
    return Spread(
        all=len(everything), covered=len(covered), extended=status("extended"), barred=status("barred"),
        not_covered=status("not covered"), unknown=status("unknown"), on_time=standing("on time"), late=len(late),
        late_unless_extended=standing("late unless extended"), unclear=standing("late or on time", "unknown"),
        overdue=standing("overdue"), past_due_unless_extended=standing("past due unless extended"),
        due=standing("due"), stopped=standing("stopped"),
        buckets={_label(first, last): sum(first <= n and (last is None or n <= last) for n in late) for first, last in BUCKETS},
        median=median_high(late) if late else None, unit=everything[0].unit if everything else "day",
    )  # fmt: skip


def _label(first: int, last: int | None) -> str:
    return f"{first} to {last}" if last else f"more than {first - 1}"


def by_rule(all_judged: Iterable[Judged]) -> dict[str, list[Judged]]:
    """Judgements by the name of their rule, in order."""
    found: dict[str, list[Judged]] = {}
    for one in all_judged:
        found.setdefault(one.rule, []).append(one)
    return found
