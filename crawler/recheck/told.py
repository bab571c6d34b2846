"""What is asked for again, and why, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil

from crawler.capture.asking import LaneTally
from crawler.recheck.choose import Why
from crawler.recheck.held import DAY, Chosen

_WHY: Mapping[Why, str] = {
    "new": "its bytes are not held yet",
    "changed": "its record changed",
    "doubted": "its source said once that it is gone",
    "all": "every held file of its host fits the budget",
    "likely": "among those likeliest to have changed for what asking costs",
}


def lasting(seconds: float) -> str:
    """A time in words: `45 seconds`, `6 hours`, `a day`, `11 days`."""
    for unit, size, most in (("second", 1, 90), ("minute", 60, 90 * 60), ("hour", 3600, 20 * 3600)):
        if seconds < most:
            number = max(1, round(seconds / size))
            return f"{number} {unit}{'' if number == 1 else 's'}"
    days = max(1, round(seconds / DAY))
    return "a day" if days == 1 else f"{days} days"


def asked_line(chosen: Chosen, tally: LaneTally, delay: float) -> str:
    """How many held files were asked for again, out of how many, under which budget, and how long a round takes."""
    choice, budget = chosen.choice, chosen.budget
    pace = f" at one request per {delay:g} s" if delay else ""
    said = (
        f"asked for {choice.again:,} of {choice.held:,} held files again (budget: {budget.share * 100:.3g}% of "
        f"{lasting(budget.every * DAY)}{pace}); at this pace all of them within {lasting(round_trip(chosen) * DAY)}"
    )
    if choice.heads:
        said += (
            f"; of {choice.heads:,} the head alone, and {tally.postponed:,} of these say the same length, which is no "
            "proof: their bytes come later"
        )
    return said


def round_trip(chosen: Chosen) -> float:
    """Days within which every held file is asked for at this pace; never more than `recheck.longest_days`, or one
    crawl where that is longer.
    """
    budget = chosen.budget
    crawls = max((ceil(needed / budget.seconds - 1e-9) for needed in chosen.choice.needed.values()), default=1)
    return max(budget.every, min(crawls * budget.every, budget.longest))


def ignoring_line(hosts: Sequence[str]) -> str:
    """Hosts that send what we hold again and again."""
    more = f" and {len(hosts) - 3} hosts more" if len(hosts) > 3 else ""
    verb = "ignores" if len(hosts) == 1 else "ignore"
    return f"{', '.join(hosts[:3])}{more} {verb} validators: unchanged files come whole each time they are asked for"


def left_line(left: int, of: int, key: str, value: float) -> str:
    """Files that a limit of the crawl left for the next one."""
    return (
        f"{left:,} of {of:,} files were left for the next crawl (limits.{key} = {f'{value:,}'.replace(',', '_')}); "
        "those that are not held yet come first then"
    )


def due_line(why: Why | None, crawl: datetime, checked: datetime | None, longest: float) -> tuple[datetime, str]:
    """When a file is due again and why.

    Args:
        why: it is asked for in the next crawl; None: not in that one.
        crawl: when that crawl is due.
        checked: when its bytes were last asked for.
        longest: days after which every file is asked for.
    """
    if why == "longest":
        return crawl, f"{longest:g} days without a look are the longest (recheck.longest_days)"
    if why is not None and why != "head":
        return crawl, _WHY[why]
    latest = max(crawl, (checked or crawl) + timedelta(days=longest))
    sooner = (
        "its head is looked at before, and its bytes are asked for as soon as that shows a change"
        if why == "head"
        else "sooner when the budget allows, or when its record changes"
    )
    return latest, f"at the latest (recheck.longest_days = {longest:g}); {sooner}"
