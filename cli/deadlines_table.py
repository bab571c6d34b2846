"""Deadlines as a person reads them: a table, the most urgent first, and what it comes to per portal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cli.screen import table, width
from releases.alerts.wording import clean
from releases.deadlines.model import Judged
from releases.deadlines.spread import by_rule, spread
from releases.deadlines.wording import days, late_words, standing_words

NARROW = 80
"""Columns of a terminal on which the table cannot be read."""


def lines(chosen: list[Judged], limit: int, *, narrowed: bool, rules: bool) -> Iterator[str]:
    """The table; a sentence where there is nothing to show, or more than is shown."""
    if not rules:
        yield "no watched portal has a [[deadlines]] or [[dates]] rule; docs/reference/deadlines.md says how one is written"
        return
    shown = chosen[:limit] if limit else chosen
    heads = _named(shown)
    columns = width()
    if columns is None or columns >= NARROW:
        yield from table((_cells(one, *heads) for one in shown), _columns(shown))
    else:
        for one in shown:
            yield from _block(_cells(one, *heads), _columns(shown))
    if not chosen:
        yield "nothing like that" if narrowed else "no record has a deadline yet"
    elif len(shown) < len(chosen):
        yield ""
        yield f"{len(shown)} of {len(chosen):,}, the most urgent; --limit 0 shows all, --overdue, --due and --status choose"


def _block(cells: dict[str, Any], columns: list[str]) -> Iterator[str]:
    """One case below its number, for a terminal on which the table's days would break in two."""
    yield f"{cells['case']}  {cells['stands']}"
    told = [name for name in columns if name not in {"case", "stands", "why"} and cells.get(name)]
    yield "  " + ", ".join(f"{name.replace('_', ' ')} {' '.join(str(cells[name]).split())}" for name in told)
    if cells["why"]:
        yield f"  {cells['why']}"


def _columns(shown: list[Judged]) -> list[str]:
    several = len({one.case.portal for one in shown}) > 1
    start, second = _named(shown)
    return [
        *(["portal"] if several else []),
        "case",
        start,
        "due",
        *([second] if second else []),
        "released",
        "stands",
        "why",
    ]


def _named(shown: list[Judged]) -> tuple[str, str]:
    """Heads of the columns of both clocks: their fields, where all rows have the same."""
    first = {one.clock.field for one in shown}
    second = {one.second.field for one in shown if one.second}
    start = first.pop() if len(first) == 1 else "starts"
    return start, (f"due by {second.pop()}" if len(second) == 1 else "or due") if second else ""


def _cells(one: Judged, start: str, second_name: str) -> dict[str, Any]:
    case, clock, second = one.case, one.clock, one.second
    released = str(one.printed) if one.printed else f"by {one.seen.by}" if one.seen else ""
    or_due = ""
    if second is not None and one.status != "not covered":
        or_due = f"{second.due or '?'}\n{standing_words(one, second) if one.covered and second.due else ''}".strip()
    return {
        second_name: or_due,
        "portal": case.portal,
        "case": clean(case.printed_key or case.key, 60),
        start: clock.start or "?",
        "due": (clock.due or "") if one.status != "not covered" else "",
        "released": released,
        "stands": late_words(one) or one.status,
        "why": "; ".join([f"{one.status}: {one.why}" if one.status == "extended" else one.why, *one.remarks]),
    }


def summary_lines(everything: Iterable[Judged]) -> Iterator[str]:
    """Per portal and rule: how many are covered, and how these were released."""
    by_portal: dict[str, list[Judged]] = {}
    for one in everything:
        by_portal.setdefault(one.case.portal, []).append(one)
    for portal, group in sorted(by_portal.items()):
        for rule, some in by_rule(group).items():
            found = spread(some)
            yield ""
            yield f"{portal} · {rule}: {found.all:,} records"
            extended = f" ({found.extended:,} of them extended)" if found.extended else ""
            yield "  " + _counts(
                (found.covered, f"covered{extended}"), (found.not_covered, "not covered"), (found.barred, "barred"),
                (found.unknown, "unknown"),
            )  # fmt: skip
            late = ", ".join(f"{count:,} by {label}" for label, count in found.buckets.items() if count)
            median = f"; the median {days(found.median, found.unit)}" if found.median is not None else ""
            if found.released:
                yield "  released: " + _counts(
                    (found.on_time, "on time"), (found.late, f"late ({late} {found.unit}s{median})"),
                    (found.late_unless_extended, "late unless an extension was granted that the portal does not print"),
                    (found.unclear, "of which no look at the portal tells whether in time"),
                )  # fmt: skip
            if found.open:
                yield "  not released: " + _counts(
                    (found.overdue, "overdue"), (found.past_due_unless_extended, "past due unless extended"),
                    (found.due, "due on a day to come"), (found.stopped, "with the clock standing still"),
                )  # fmt: skip


def _counts(*parts: tuple[int, str]) -> str:
    return ", ".join(f"{number:,} {what}" for number, what in parts if number) or "none"
