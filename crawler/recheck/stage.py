"""The choice of files in a crawl: before the file lane, and what is said of it afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from crawler.capture.asking import LaneTally
from crawler.capture.door import Door
from crawler.recheck.held import Chosen, choose_files, linked
from crawler.recheck.told import asked_line, ignoring_line, left_line
from releases.ledger.plan import FileWanted

if TYPE_CHECKING:
    from crawler.run import Crawl


async def select(crawl: Crawl, door: Door, wanted: Sequence[FileWanted]) -> tuple[list[FileWanted], Chosen]:
    """Those of `wanted` that this crawl asks for, the most wanted first, and why."""
    changed = {event["record"] for event in crawl.result.events if event["crawl"] == crawl.id}
    by_id = {file.file_id: file for file in wanted}
    files = await crawl.database.run(linked, crawl.portal.slug, by_id.keys())
    chosen = await crawl.database.run(
        partial(
            choose_files, crawl.portal, files, crawl.started,
            changed={file.file_id for file in wanted if file.record_id in changed},
            delay=door.limiter.delay,
            pressed={file.file_id for file in wanted if file.press is not None},
        )
    )  # fmt: skip
    return [by_id[id_] for id_ in chosen.choice.asked], chosen


def time_is_up(crawl: Crawl, door: Door) -> Callable[[], bool]:
    """Whether the crawl may take no more files: too long under way, or no request left."""
    limits = crawl.portal.limits

    def spent() -> bool:
        return door.budget.requests >= limits.crawl_requests or time.monotonic() - crawl.began >= limits.crawl_seconds

    return spent


def leave(crawl: Crawl, door: Door, left: int, of: int) -> None:
    """Say in the crawl's result that a limit left so many of its files for the next crawl."""
    limits, result = crawl.portal.limits, crawl.result
    requests = door.budget.requests >= limits.crawl_requests
    key, value = ("crawl_requests", limits.crawl_requests) if requests else ("crawl_seconds", limits.crawl_seconds)
    said = left_line(left, of, key, value)
    result.warnings.append(said)
    result.reason = f"{result.reason}; {said}" if result.reason else said


def note(crawl: Crawl, door: Door, chosen: Chosen, tally: LaneTally) -> dict[str, Any]:
    """Say in the crawl's result what was not asked for, and why; what the catalog keeps of it is returned."""
    choice, result = chosen.choice, crawl.result
    result.recheck = {
        "held": choice.held, "asked_again": choice.again, "heads": choice.heads, "not_asked": choice.left,
        "postponed": tally.postponed, "left_by_limits": tally.left, "budget_seconds": round(chosen.budget.seconds),
        "seconds_for_all": round(max(choice.needed.values(), default=0.0)),
    }  # fmt: skip
    if choice.left or choice.heads:
        result.warnings.append(asked_line(chosen, tally, door.limiter.delay(crawl.portal.url)))
    if chosen.ignoring:
        result.warnings.append(ignoring_line(chosen.ignoring))
    if tally.left:
        leave(crawl, door, tally.left, len(choice.asked))
    tally.habits.bytes, tally.habits.seconds = door.budget.timed_bytes, door.budget.timed_seconds
    return tally.habits.noted()
