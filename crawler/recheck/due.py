"""When each file of a record is asked for again, and why. Reads the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from config.portal import Portal
from config.schedule import ScheduleError
from crawler.capture.files import MEDIA_KINDS
from crawler.politeness.hosts import delay_of
from crawler.recheck.held import choose_files, linked
from crawler.recheck.told import due_line
from releases.portals.next_crawl import latest_crawls, next_of


@dataclass(frozen=True, slots=True)
class Due:
    """`why` is a phrase without a full stop."""

    at: datetime
    why: str


def due_again(portal: Portal, files: Collection[str], now: datetime | None = None) -> dict[str, Due]:
    """File id → when it is due, as a crawl would decide that began when the next one is due.

    Files that are never fetched by themselves are left out: a player's, those of a portal that takes none of
    their kind, those that their record's page links no more. A changed record brings its files forward.
    """
    at = _next_crawl(portal, now or datetime.now(UTC))
    every = [file for file in linked(portal.slug) if portal.media or file.kind not in MEDIA_KINDS]
    chosen = choose_files(portal, every, at, delay=lambda url: delay_of(portal, url))
    asked, longest = chosen.choice.asked, chosen.budget.longest
    wanted = set(files)
    return {
        file.id: Due(*due_line(asked.get(file.id), at, file.checked_at, longest)) for file in every if file.id in wanted
    }


def _next_crawl(portal: Portal, now: datetime) -> datetime:
    last = latest_crawls(now, portal.slug).get(portal.slug)
    try:
        return max(now, next_of(portal, last).at or now)
    except ScheduleError:
        return now
