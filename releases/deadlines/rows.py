"""Deadlines for machines: one flat row per record and rule, and CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from releases.cells import plain
from releases.deadlines import ahead as days_ahead
from releases.deadlines.ahead import Ahead
from releases.deadlines.model import Clock, Judged


def row(one: Judged) -> dict[str, Any]:
    """One judgement. Dates are days at the portal's place, counts are in `unit`."""
    case, second = one.case, one.second
    return {
        **case.about(),
        "rule": one.rule,
        "status": one.status,
        "why": one.why,
        "remarks": list(one.remarks),
        "unit": one.unit,
        **_clock("", one.clock),
        **(_clock("second_", second) if second else {}),
        "overdue": one.overdue,
        "released": one.released,
        "released_printed": one.printed,
        "released_seen_by": one.seen.by if one.seen else None,
        "released_not_seen_on": one.seen.after if one.seen else None,
        "seen_after_printed_days": one.difference,
        "url": case.url,
        "notes": [
            {"kind": n.kind, "days": n.days, "since": n.since, "until": n.until, "why": n.why, "by": n.by, "at": n.at}
            for n in case.notes
        ],
    }


def _clock(prefix: str, clock: Clock) -> dict[str, Any]:
    late = clock.late_most
    released = clock.standing in {"on time", "late", "late unless extended", "late or on time"}
    return {
        f"{prefix}field": clock.field,
        f"{prefix}start": clock.start,
        f"{prefix}due": clock.due,
        f"{prefix}due_if_extended": clock.latest if clock.latest != clock.due else None,
        f"{prefix}standing": clock.standing,
        f"{prefix}days_late_least": clock.late_least,
        f"{prefix}days_late": max(0, late) if late is not None else None,
        f"{prefix}days_left": max(0, -late) if late is not None and not released else None,
    }


def csv_text(judged: Iterable[Judged], ahead: Iterable[Ahead] = ()) -> str:
    """Deadlines, then days ahead (their `status` is `date`): a table with a head line, RFC 4180. Texts that a spreadsheet would run begin with an apostrophe."""
    rows = [*(row(one) for one in judged), *(days_ahead.row(day) for day in ahead)]
    columns = list(dict.fromkeys(name for each in rows for name in each)) or ["portal", "key"]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    for each in rows:
        writer.writerow([_cell(each.get(name)) for name in columns])
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = "; ".join(item if isinstance(item, str) else f"{item['kind']}: {item['why']}" for item in value)
    if value is None or isinstance(value, bool | int):
        return "" if value is None else value
    return plain(str(value))
