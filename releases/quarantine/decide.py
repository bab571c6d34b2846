"""What editors decide about passages in quarantine, committed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from archive.holdings import Holdings
from releases.amend import amend
from releases.ledger.observation import Plan
from releases.quarantine.plan import State, plan_decision, same_passages


def decide(holdings: Holdings, ids: Sequence[str], state: State, by: str, why: str) -> int:
    """Release the passages of these rows (ids, or the ends of them), or keep them hidden; with them the same passages
    at other portals. How many rows.

    Raises:
        QuarantineRefused, PortalLocked and the database's errors.
    """
    done = 0
    for portal, rows in same_passages(ids).items():
        amend(holdings.home, portal, f"passages {state}", _plan(portal, rows, state, by, why), opened=True)
        done += len(rows)
    return done


def _plan(portal: str, rows: Sequence[str], state: State, by: str, why: str) -> Callable[[], Plan]:
    return lambda: plan_decision(portal, rows, state, by, why, datetime.now(UTC))
