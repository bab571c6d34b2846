"""How often a file changes, estimated from how often it was seen to.

Between two looks a file may change several times and is seen to change once, so that counting changes
over days says too little. Each look is a trial instead, that finds a change or none, and the rate of
the Poisson process behind it is `-ln((n - X + 0.5) / (n + 0.5))` per look, for `X` changes seen in `n`
looks (J. Cho, H. Garcia-Molina: Estimating frequency of change, ACM TOIT 3(3), 2003, section 4.2). A
file that was looked at rarely is taken for one of its portal and kind: PRIOR looks are added to its
own, that found changes as often as those of all files together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PRIOR = 4.0
"""Looks that the other files of a portal count for, beside a file's own."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one file: `changes` within `days`."""

    kind: str
    changes: int
    days: float


def looks(seen: Seen, every: float) -> float:
    """Looks taken at a file in its days, one each `every` days; never fewer than changes were found."""
    return max(float(seen.changes), seen.days / every)


def priors(files: Iterable[Seen], every: float) -> Mapping[str, float]:
    """Kind → share of looks, at all files of that kind, that found a change. Strictly between 0 and 1.

    A kind with few looks takes after the whole portal, and a portal with few after none: half a change
    in one look is added. The kind "" is the portal.
    """
    changes: dict[str, float] = defaultdict(float)
    trials: dict[str, float] = defaultdict(float)
    for seen in files:
        for kind in ("", seen.kind):
            changes[kind] += seen.changes
            trials[kind] += looks(seen, every)
    of_all = (changes[""] + 0.5) / (trials[""] + 1.0)
    found = {kind: (changes[kind] + PRIOR * of_all) / (trials[kind] + PRIOR) for kind in trials}
    return {**found, "": of_all}


def changes_per_day(seen: Seen, prior: float, every: float) -> float:
    """The rate of changes per day; more than 0, finite, and never less for more `changes`."""
    trials = looks(seen, every) + PRIOR
    found = seen.changes + PRIOR * prior
    return -math.log((trials - found + 0.5) / (trials + 0.5)) / every


def chance(rate: float, days: float) -> float:
    """How likely a file with this `rate` of changes per day has changed within `days`."""
    return -math.expm1(-rate * max(0.0, days))
