"""Lists that by nature show a moving window: the latest 20, this week's. What slid out of one is not gone.

A portal file may say so (`expect.window`). Where it does not, two things tell: a list of always the same
length that loses as many records at one end as it gains at the other, and a list that has replaced
most of its records more than once.
"""

from __future__ import annotations

from itertools import pairwise

from crawler.baseline import Figures, History, mark, reach, replaced

LEAST = 3
"""Records of a list that are too few to tell an end from the rest."""
TURNOVERS = 2
"""Times that a list has replaced most of its records, after which it is one that does."""


def window(now: Figures, history: History) -> str:
    """Why the list is taken for a moving window: a sentence for people; empty where nothing tells.

    Asked anew with each crawl: a list that was taken for one by chance is believed to be whole again
    as soon as it grows.
    """
    series = [*history.past, now]
    sliding, longest = False, series[0].sightings
    for before, after in pairwise(series):
        if after.sightings > longest:
            sliding, longest = False, after.sightings
        sliding = sliding or (after.sightings == longest and _slid(before, after))
    turned = sum(replaced(before, after) for before, after in pairwise(series))
    if sliding:
        what = f"the list seems to show the newest {longest:,} records only: as new ones come at one end, others leave at the other"
    elif turned >= TURNOVERS:
        what = f"the list has replaced most of its records {turned} times, as a list of this week's records does"
    else:
        return ""
    return (
        f"{what}; what is not listed any more counts as withdrawn only when its own page is gone "
        "(expect.window = true in the portal file says so for good)"
    )


def _slid(before: Figures, after: Figures) -> bool:
    """Whether two lists of equal length are the same window, moved towards either end."""
    if before.sightings != after.sightings or before.sightings < LEAST:
        return False
    first = [kept.key for kept in before.sample]
    second = [kept.key for kept in after.sample]
    return _moved(after, first, second) or _moved(after, first[::-1], second[::-1])


def _moved(after: Figures, first: list[str], second: list[str]) -> bool:
    """The same, for lists whose new records come first: the old ones stand in the same order, further down."""
    within, there, known = reach(after), set(second), set(first)
    kept = [key for key in first if key in there]
    # Of a long list, a sample is known and its ends: what stood last and is neither last now nor further
    # up in the sample has left, for nothing else comes after it.
    lost = [key for key in first if key not in there and (mark(key) <= within or key == first[-1])]
    if not kept or not lost or second[0] in known or kept != [key for key in second if key in known]:
        return False
    place = {key: number for number, key in enumerate(first)}
    return place[kept[-1]] < min(place[key] for key in lost)
