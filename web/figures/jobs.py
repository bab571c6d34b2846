"""Which figures are kept, of what they are made, and when they are to be made anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from archive.catalog.failures import DatabaseUnavailable, database_errors
from archive.catalog.models import Portal as Crawled
from config.home import Home
from releases.models import Record
from web.figures import shelf
from web.figures.counts import counts
from web.figures.due import due
from web.figures.glance import glance
from web.figures.shelf import Kept, Made

Making = Iterator[Made | None]
"""Gives None where it may be paused, and what was made at its end."""
REST = 20
"""Whatever took a second is not made again for twenty, however busy the portal is."""
QUICK = 0.25
"""Seconds: what takes less, a page makes for itself."""
SOON = 0.1
"""Seconds that a page waits for whoever writes."""
SMALL = 2_000
"""Records of a portal of which a page makes figures for the first time itself."""


@dataclass(frozen=True, slots=True)
class Job:
    """Figures of one name. `make`: home, portal, now."""

    what: str
    make: Callable[[Home, str, datetime], Making]


GLANCE = Job("glance", glance)
COUNTS = Job("counts", lambda _home, slug, now: counts(slug, now))
DUE = Job("due", due)
JOBS = (GLANCE, DUE, COUNTS)


def portals(home: Home) -> dict[str, str]:
    """Every portal that is watched or was, and the stamp of what its figures are made from: how far its commits are
    applied, its file, and who makes them. One small query, and a look at each file.
    """
    with database_errors():
        rows = {slug: f"{seq} {at.isoformat()}" for slug, seq, at in
                Crawled.objects.values_list("slug", "commit_seq", "first_crawl_at")}  # fmt: skip
    ours = version("recordwatch")
    found = {slug: f"{ours} {at} -" for slug, at in rows.items()}
    for path in home.portals.glob("*.toml"):
        try:
            look = path.stat()
        except OSError:
            continue
        found[path.stem] = f"{ours} {rows.get(path.stem, 'never')} {look.st_mtime_ns} {look.st_size}"
    return found


def stale(kept: Kept | None, stamp: str, now: datetime) -> bool:
    """Whether these figures are of another state than the one there is."""
    return kept is None or kept.stamp != stamp or bool(kept.until and datetime.fromisoformat(kept.until) <= now)


def resting(kept: Kept | None, now: datetime) -> bool:
    """Whether they were made so lately, at such a cost, that they are not made again yet."""
    return kept is not None and 0 <= (now - kept.at).total_seconds() < REST * max(0.0, kept.cost - QUICK)


def made(home: Home, job: Job, slug: str, stamp: str, patience: float = shelf.PATIENCE) -> Iterator[None]:
    """Make figures and keep them; pauses where it may be left for a while. Raises as `shelf.write`."""
    spent = 0.0
    work = job.make(home, slug, datetime.now(UTC))
    while True:
        begun = time.perf_counter()
        with database_errors():
            step = next(work)
        spent += time.perf_counter() - begun
        if step is not None:
            shelf.write(home, slug, job.what, stamp, spent, step, patience)
            return
        yield


def ready(home: Home, *jobs: Job, portal: str = "") -> dict[str, dict[str, Kept]]:
    """Figures for a page, by their name and portal. What is missing or old is made here where that is quick; where it
    is not, the keeper makes it: older figures, or none, are what the page has until then.
    """
    now = datetime.now(UTC)
    stamps = portals(home)
    wanted = [portal] if portal else list(stamps)
    known = shelf.standing(home)
    until = time.perf_counter() + QUICK
    for slug in wanted:
        for job in jobs:
            was = known.get((slug, job.what))
            if slug not in stamps or not stale(was, stamps[slug], now) or time.perf_counter() > until:
                continue
            if _quick(job, slug, was):
                _make_now(home, job, slug, stamps[slug])
    return {job.what: shelf.kept(home, job.what, portal) for job in jobs}


def _quick(job: Job, slug: str, was: Kept | None) -> bool:
    if was is not None:
        return was.cost < QUICK
    return job is GLANCE or Record.objects.filter(portal=slug)[: SMALL + 1].count() <= SMALL


def _make_now(home: Home, job: Job, slug: str, stamp: str) -> None:
    """Where the disk, or the keeper that is writing, does not let us, the page is shown without."""
    with suppress(DatabaseUnavailable):
        for _ in made(home, job, slug, stamp, SOON):
            pass
