"""Which case of a list of deadlines comes first. Pure."""

from __future__ import annotations

from typing import Any

from releases.deadlines.model import Judged

STANDINGS = (
    "overdue", "past due unless extended", "due", "stopped", "late", "late unless extended", "late or on time",
    "on time", "unknown",
)  # fmt: skip
"""Of covered cases, the most urgent first."""
UNSAID = ("barred", "unknown", "not covered")
"""Statuses of cases of which no lateness is said."""


def stands(one: Judged) -> str:
    """How a case stands, in one word of STANDINGS; of UNSAID where no lateness is said of it."""
    return one.clock.standing if one.covered else one.status


def most_urgent(one: Judged) -> tuple[Any, ...]:
    """Sorts the most urgent first: overdue longest, due soonest, released latest; then what no lateness is said of."""
    return *rank(one), one.case.portal, one.case.key, one.rule


def rank(one: Judged) -> tuple[int, int]:
    """The same as two numbers: of its group, and within it. `unknown` of a covered case is another group than the status."""
    group = STANDINGS.index(one.clock.standing) if one.covered else len(STANDINGS) + UNSAID.index(one.status)
    return group, -(one.clock.late_most or 0)
