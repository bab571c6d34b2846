"""The stamps by which `run` knows when a portal with the schedule `auto` is due, from what its crawls told
(`releases.portals.next_crawl`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

from config.errors import ConfigError
from config.home import Home
from config.portal import Portal
from config.schedule import ScheduleError, auto_bounds
from crawler.schedule import mark_next, plan_of, planned
from releases.portals.next_crawl import latest_crawls, next_of


def plan_next(home: Home, portal: Portal) -> None:
    """Leave the stamp by which `run` knows when an `auto` portal is due. Nothing for other schedules."""
    if not auto_bounds(portal.schedule):
        return
    last = latest_crawls(datetime.now(UTC), portal.slug).get(portal.slug)
    if last is not None and (at := next_of(portal, last).at) is not None:
        mark_next(home.path, portal.slug, plan_of(portal.schedule, portal.timezone), last.astimezone(UTC), at)


def plan_missing(home: Home, latest: Mapping[str, datetime]) -> None:
    """Make anew the stamps that are missing, or of another crawl or portal file."""
    for path in sorted(home.portals.glob("*.toml")):
        last = latest.get(path.stem)
        if last is None:
            continue
        # What is wrong with a file, its crawl says.
        with suppress(ConfigError, ScheduleError):
            portal = home.portal(path.stem)
            plan = plan_of(portal.schedule, portal.timezone)
            if auto_bounds(portal.schedule) and planned(home.path, portal.slug, plan, last) is None:
                plan_next(home, portal)
