"""Words of the index that are spelled almost like one that it does not have."""

from __future__ import annotations

import difflib
import re
from typing import Any

from releases.search.schema import analyzer

_LOOKED_AT = 5_000
"""Most frequent words with the same first letters."""
_SHORTEST = 4
_ALIKE = 0.78
_WORD = re.compile(r"(?<![\w:\"-])[^\W_]{4,40}(?![\w:\"*])")


def respelled(query: str, searcher: Any) -> str:
    """`query`, words that occur nowhere replaced by the likeliest that do; empty where there is nothing to replace.

    Words with a field, a minus or a star, and phrases, stay as they are.
    """
    quoted = [(found.start(), found.end()) for found in re.finditer(r'"[^"]*"?', query)]

    def better(found: re.Match[str]) -> str:
        if found[0] in {"OR", "AND"} or any(start <= found.start() < end for start, end in quoted):
            return found[0]
        return _near(found[0], searcher) or found[0]

    made = _WORD.sub(better, query)
    return made if made != query else ""


def _near(word: str, searcher: Any) -> str:
    told = analyzer().analyze(word)
    if len(told) != 1 or len(told[0]) < _SHORTEST:
        return ""
    wanted = told[0]
    if any(searcher.doc_freq(field, wanted) for field in ("title", "body")):
        return ""
    counts: dict[str, int] = {}
    for beginning in (wanted[:2], wanted[0] + wanted[2]):  # two letters changed places, or one is missing
        for field in ("body", "title"):
            for other, count in searcher.terms_with_prefix(field, beginning, None, _LOOKED_AT):
                if abs(len(other) - len(wanted)) < 3:
                    counts[other] = counts.get(other, 0) + count
    near = difflib.get_close_matches(wanted, counts, n=3, cutoff=_ALIKE)
    return max(
        near, key=lambda one: (round(difflib.SequenceMatcher(None, wanted, one).ratio(), 1), counts[one]), default=""
    )
