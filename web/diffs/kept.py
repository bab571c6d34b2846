"""Removes kept comparisons that are old, while the newsroom is served."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.holdings import Holdings
from web.diffs.results import clear


def keep(holdings: Holdings) -> None:
    """Cheap where there are none."""
    clear(holdings.home, datetime.now(UTC))
