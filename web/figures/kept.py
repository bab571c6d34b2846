"""Keeps figures up with the catalog while the newsroom is served: a little at each call, so that nothing waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from archive.holdings import Holdings
from config.home import Home
from web.figures import shelf
from web.figures.jobs import JOBS, made, portals, resting, stale

SLICE = 1.0
"""Seconds of one call, roughly."""
_going: dict[str, Iterator[None]] = {}
"""The round that is being made, by home: it goes on at the next call."""
_looked_over: set[str] = set()
"""Homes whose shelf was found whole, or thrown away, since this process began."""


def keep(holdings: Holdings) -> None:
    """Go on with what is to be made. Raises what `web.figures.shelf.write` raises; the round begins anew then."""
    home, until = holdings.home, time.monotonic() + SLICE
    name = str(home.path)
    if name not in _looked_over:
        shelf.swept(home)
        _looked_over.add(name)
    going = _going.pop(name, None) or _round(home)
    for _ in going:
        if time.monotonic() >= until:
            _going[name] = going
            return


def keep_up(home: Home) -> None:
    """Make whatever is not up to date, to the end."""
    for _ in _round(home):
        pass


def _round(home: Home) -> Iterator[None]:
    """Once through every portal, what pages show first of all of them before what is dear."""
    now = datetime.now(UTC)
    stamps, known = portals(home), shelf.standing(home)
    for slug in {slug for slug, _ in known} - set(stamps):
        shelf.forget(home, slug)
    for job in JOBS:
        for slug, stamp in stamps.items():
            was = known.get((slug, job.what))
            if stale(was, stamp, now) and not resting(was, now):
                yield from made(home, job, slug, stamp)
                yield
