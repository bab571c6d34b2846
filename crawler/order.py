"""In which order a portal lists its records, and whether that order is still the same.

A list that is shuffled while it is read, or sorted anew, lets records slip between its pages: worth knowing
beside a count that fell, and no fault by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from crawler.baseline import Figures, Kept

ENOUGH = 8
"""Records listed by both crawls that are needed to compare their order."""
SAME, OTHER = 0.9, 0.6
"""Shares of neighbours in the same order as before: above, the order holds; below, it is another one."""
SETTLED = 3
"""Crawls that must have kept the order before another one is worth a note."""
TOP, BOTTOM = 250, 750


def order_of(sample: Sequence[Kept], past: Sequence[Figures]) -> str:
    """`newest first`, `newest last`, `kept`, `other`, or empty where there is too little to tell.

    Args:
        sample: of this crawl.
        past: of healthy crawls, oldest first.
    """
    if not past:
        return ""
    before = {kept.key: kept.place for kept in past[-1].sample}
    common = [before[kept.key] for kept in sample if kept.key in before]
    if len(common) < ENOUGH:
        return ""
    share = sum(one <= other for one, other in pairwise(common)) / (len(common) - 1)
    if share < OTHER:
        return "other"
    if share < SAME:
        return ""
    known = {kept.key for figures in past for kept in figures.sample}
    fresh = [kept.place for kept in sample if kept.key not in known]
    if not fresh:
        return "kept"
    place = median(fresh)
    return "newest first" if place <= TOP else "newest last" if place >= BOTTOM else "kept"


def order_notes(order: str, past: Sequence[Figures]) -> Iterator[str]:
    """What is odd about the order."""
    orders = [figures.order for figures in past[-SETTLED:]]
    if order == "other" and len(orders) == SETTLED and "" not in orders and "other" not in orders:
        usual = next((one for one in reversed(orders) if one != "kept"), "the same order")
        yield (
            f"the list is sorted in another way than before ({usual} until now); while it is read in pages, "
            "records may slip between them"
        )
