"""Whether a list that shows less than it did is to be believed.

A list can be cut, filtered, half loaded or another one altogether while every page answers 200. What tells
it from records that were really taken down: records that it no longer shows, and whose own pages are there
as ever. A doubted list proves no absence. When it stays the same for PATIENCE crawls more, it is taken as
it is, so that no portal is doubted for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.baseline import LEAST, Figures, History, mostly_new
from crawler.findings import Findings
from crawler.questions import count_of, unlisted
from crawler.shapes import alike

PATIENCE = 3
"""Crawls that showed the same, after which a doubted list is taken as it is."""
FEWEST, SHARE = 5, 0.2
"""More records than this, and than this share, missing at once are an incident of their own
(as in `releases.ledger.missing`)."""
MOST_CANARIES = 3
STEADY_AFTER = 3
"""Healthy crawls that tell whether a list keeps its records at all."""
UNLIKE = 0.35
"""Listing pages that have less than this in common with every earlier one are not the portal's list."""
SAME = 0.05


@dataclass(frozen=True, slots=True)
class Doubt:
    """`reason` is empty when the list is believed. No capital, no full stop."""

    reason: str = ""
    large: bool = False
    others: bool = False
    """The list shows other records than ever, not only fewer."""
    notes: tuple[str, ...] = ()


def doubts(findings: Findings, history: History, figures: Figures, too_few: bool, moving: bool) -> Doubt:
    """What speaks against the list of this crawl.

    Args:
        findings: of this crawl; `asked` says what the own pages of unlisted canaries said.
        history: of the portal.
        figures: those of this crawl.
        too_few: it shows fewer records than history allows.
        moving: it is known as a moving window (`crawler.window`): other records are no other list.
    """
    before, seen = history.sightings or 0, len(findings.keys)
    if findings.limited_by or not before:
        return Doubt()
    missing = unlisted(findings, history.canaries)
    gone = sum(findings.asked.get(canary.key) == "gone" for canary in missing)
    kept = [canary for canary in missing if findings.asked.get(canary.key) != "gone"]
    # A list that shows other records every week is not cut, and has no canaries.
    turning = moving or history.turns_over() or (len(history.past) < STEADY_AFTER and mostly_new(figures, history))
    replaced = len(kept) >= MOST_CANARIES and 2 * len(kept) > len(history.canaries) and not turning
    emptied = (
        not seen and bool(findings.empty_markers) and 0 not in history.counts and not (moving or history.turns_over())
    )
    others = replaced and (seen >= before or mostly_new(figures, history))
    cut = too_few and bool(kept) and not mostly_new(figures, history)
    # Where the records that can be asked are gone, the others were taken down with them.
    if gone >= max(1, len(kept)) or not (emptied or replaced or cut):
        return Doubt()
    if emptied:
        what = f"the last healthy crawl listed {count_of(before, 'record')}"
    else:
        what = f"the list shows {count_of(seen, 'record')}, {before:,} in the last healthy crawl"
        if others:
            what = (
                f"the list shows {count_of(seen, 'record')}, but other ones than in the last healthy crawl ({before:,})"
            )
    there = [canary for canary in kept if findings.asked.get(canary.key) == "still there"]
    if there:
        what += f", and {there[0].key!r} is not listed though its own page is still there ({there[0].url})"
    elif len(kept) == 1:
        what += f", and {kept[0].key!r}, which every crawl had listed, is missing"
    elif kept:
        what += f", and {kept[0].key!r} and {count_of(len(kept) - 1, 'other')} that every crawl had listed are missing"
    if _same_again(seen, history.doubted):
        since = f"the list has shown {count_of(seen, 'record')} in {PATIENCE + 1} crawls in a row and is taken as it is: {what}"
        return Doubt(notes=(since,))
    return Doubt(what, large=replaced or before - seen > max(FEWEST, SHARE * before), others=others)


def _same_again(seen: int, doubted: tuple[int, ...]) -> bool:
    recent = doubted[:PATIENCE]
    return len(recent) == PATIENCE and all(abs(seen - count) <= max(LEAST, SAME * count) for count in recent)


def strange_list(findings: Findings, history: History) -> str:
    """What shows that the listing pages are none of this portal's; empty when nothing does."""
    now = findings.shapes.summary().get("listing")
    known = [figures.shapes["listing"] for figures in history.past if "listing" in figures.shapes]
    if now is None or not known or not now.parts:
        return ""
    nearest = max(alike(now.parts, shape.parts) for shape in known)
    if nearest >= UNLIKE:
        return ""
    usual = known[-1].sizes[1]
    return (
        f"its page is built of other parts than ever before ({nearest:.0%} in common, "
        f"{now.sizes[1]:,} bytes instead of {usual:,})"
    )
