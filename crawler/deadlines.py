"""The tick of deadlines, in a crawl and without one: an `overdue` or `upcoming` event is a commit, whatever a portal answers.

Beside each portal's lock stands a stamp with the time of its next tick, so that `recordwatch run` can tell
each minute, from a few bytes, that nothing is to be done (`crawler.schedule.ticks_due`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from archive.portal_lock import PortalLocked
from config.errors import ConfigError, RecordwatchError
from config.home import Home
from config.portal import Portal
from crawler.schedule import mark_tick, tick_later
from releases.amend import amend
from releases.deadlines.tick import next_tick, plan_deadlines
from releases.ledger.plan import Plan

REASON = "deadlines"
"""Of the commit record."""


def tick(home: Home, portal: Portal, now: datetime | None = None) -> Plan:
    """Commit what the portal's deadlines make news now. Raises as `releases.amend.amend` does."""
    moment = now or datetime.now(UTC)
    plan = amend(home, portal.slug, REASON, lambda: plan_deadlines(portal, moment))
    ticked(home, portal, moment)
    return plan


def ticked(home: Home, portal: Portal, now: datetime) -> None:
    """Remember when the next tick is due."""
    mark_tick(home.path, portal.slug, next_tick(portal, now) if portal.deadlines or portal.dates else None)


def tick_due(home: Home, slugs: list[str], now: datetime | None = None) -> tuple[list[Plan], list[str]]:
    """Tick each of these portals; what was planned, and a sentence for each that could not be ticked.

    One that is being crawled is left alone: its crawl ticks. One that failed is tried again in ten minutes.
    """
    plans: list[Plan] = []
    problems: list[str] = []
    for slug in slugs:
        try:
            plans.append(tick(home, home.portal(slug), now))
        except PortalLocked:
            tick_later(home.path, slug)
        except ConfigError:
            tick_later(home.path, slug)  # its own crawl says what is wrong with the file
        except RecordwatchError as error:
            tick_later(home.path, slug)
            problems.append(f"the deadlines of {slug} could not be checked: {error}")
    return plans, problems


__all__ = ["REASON", "tick", "tick_due", "ticked"]
