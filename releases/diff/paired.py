"""Lines that differ, paired by likeness: an item of a list is compared with its own former self."""

from __future__ import annotations

import re
from collections.abc import Sequence

from releases.diff.alignment import aligned

MOST = 900
"""Pairs of lines that are looked at."""
_ALIKE = 0.4
_LABELLED = 0.8
"""Of two lines that begin with the same `Label:`."""
_LABEL = re.compile(r"[^:]{1,40}:(?=\s)")


def paired(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs (old line, new line) that have much in common, ascending on both sides, as much in common in all as can
    be; the same whichever side is called old. None for too many lines.
    """
    if not old or not new or len(old) * len(new) > MOST:
        return []
    if tuple(new) < tuple(old):
        return [(i, j) for j, i in paired(new, old)]
    words = [[_words(line) for line in side] for side in (old, new)]
    labels = [[_label(line) for line in side] for side in (old, new)]
    alike = [
        [
            _LABELLED if label and label == other else _likeness(a, b)
            for b, other in zip(words[1], labels[1], strict=True)
        ]
        for a, label in zip(words[0], labels[0], strict=True)
    ]
    return aligned(alike, _ALIKE)


def _label(line: str) -> str:
    found = _LABEL.match(line)
    return found[0] if found else ""


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


def _likeness(a: frozenset[str], b: frozenset[str]) -> float:
    """Of the shorter one's words, and of all; short lines begin alike (`Status: …`)."""
    if not a or not b:
        return 0.0
    common = len(a & b)
    return (common / min(len(a), len(b)) + common / len(a | b)) / 2
