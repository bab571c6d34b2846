"""Portals as their pages show them: rows of the figures, with times as times, and what needs a person first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from releases.access import of_portals
from releases.portals.health import SEEING, urgency
from web.figures.shelf import Kept

COLUMNS = (
    "portal", "name", "agency", "place", "url", "schedule", "verdict", "reason", "running", "last_crawl", "proven_fresh",
    "records", "withdrawn", "due", "due_because", "counted_at",
)  # fmt: skip
_TIMES = ("last_crawl", "proven_fresh", "due", "since")
WRONG = "wrong portal file"
UNWATCHED = "not watched"


def portal_rows(glances: Mapping[str, Kept]) -> list[dict[str, Any]]:
    """A row for each portal; those that are no longer watched come last."""
    rows = [portal_row(kept) for kept in glances.values()]
    return sorted(rows, key=lambda row: (row["verdict"] == UNWATCHED, *urgency(row)))


def portal_row(kept: Kept) -> dict[str, Any]:
    """One portal, from what is kept of it."""
    row: dict[str, Any] = {**kept.body, "counted_at": kept.at}
    for name in _TIMES:
        if isinstance(row.get(name), str):
            row[name] = datetime.fromisoformat(row[name])
    row["reason"], row["strip"] = of_portals([row["reason"], row.get("strip", [])])
    row["needs"] = row["verdict"] not in (*SEEING, "never crawled", UNWATCHED)
    row["blind"] = row["needs"] and row["verdict"] != WRONG
    row["overdue"] = bool(row["due"] and row["due"] < kept.at)
    return row


def data(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row for machines."""
    return {name: row.get(name) for name in COLUMNS}
