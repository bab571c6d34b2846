"""What the keeper does for operators: shows that it is there, runs their jobs, counts what takes long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive.holdings import Holdings
from config.signs import came_by
from web.operate import jobs, sizes

TIDY_EVERY = timedelta(minutes=1)
_tidied: list[datetime] = []


def keep(holdings: Holdings) -> None:
    """See `web.keeper`."""
    now = datetime.now(UTC)
    came_by(holdings.home.path, "keeper")
    if not _tidied or abs(now - _tidied[0]) >= TIDY_EVERY:
        jobs.tidy(holdings.home, now)
        sizes.count(now)
        _tidied[:] = [now]
    jobs.look(holdings.home)
