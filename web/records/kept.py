"""Removes evidence packages whose day is over, while the newsroom is served."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.holdings import Holdings
from web.records.export_jobs import clear


def keep(holdings: Holdings) -> None:
    """Cheap where there are none."""
    clear(holdings.home, datetime.now(UTC))
