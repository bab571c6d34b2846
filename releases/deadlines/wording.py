"""Deadlines in sentences a reporter may quote."""

from __future__ import annotations

from releases.alerts.wording import field_label
from releases.deadlines.model import Clock, Judged


def days(number: int, unit: str = "day") -> str:
    """`1 day`, `12 business days`."""
    return f"{number:,} {unit}{'' if abs(number) == 1 else 's'}"


def overdue_sentence(one: Judged) -> str:
    """Why it is overdue: what covers it, from when, until when, and what a reader must know beside."""
    clock = one.clock
    said = [
        f"{days(clock.late_most or 0, one.unit)} late: due {clock.due}, counted from {field_label(clock.field)} {clock.start}"
    ]
    if clock.latest != clock.due:
        said.append(f"even an extension that the portal would not print ended on {clock.latest}")
    if one.second is not None and one.second.due is not None:
        said.append(f"counted from {field_label(one.second.field)} {one.second.start}: due {one.second.due}")
    return "; ".join([*said, f"covered, as {one.why}", *one.remarks])


def standing_words(one: Judged, clock: Clock) -> str:
    """How one clock stands, in a few words."""
    most, least, unit = clock.late_most, clock.late_least, one.unit
    if clock.standing == "on time" or most is None:
        return "on time" if clock.standing == "on time" else clock.why or clock.standing
    if clock.standing == "due":
        return "due today" if most == 0 else f"due in {days(-most, unit)}"
    if clock.standing == "overdue":
        # Overdue is said by the first clock alone.
        return f"OVERDUE by {days(most, unit)}" if clock is one.clock else f"{days(most, unit)} past"
    if clock.standing == "past due unless extended":
        return f"{days(most, unit)} past due, unless extended to {clock.latest}"
    if clock.standing in {"late", "late unless extended"}:
        span = days(most, unit) if least == most else f"{least:,} to {days(most, unit)}"
        return f"{span} late" + (f", unless extended to {clock.latest}" if clock.standing != "late" else "")
    if clock.standing == "late or on time":
        return f"at most {days(most, unit)} late, or on time"
    return clock.standing


def late_words(one: Judged) -> str:
    """How the first clock stands, for covered cases; empty for those of which lateness is not said."""
    return standing_words(one, one.clock) if one.covered else ""
