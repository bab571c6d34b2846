"""How many of the documents that a query finds are of each portal, type, kind, year and state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from releases.search.entry import APART
from releases.search.place import Opened

FACETS = ("portal", "type", "kind", "year", "state")
_MOST = 2_000
"""Different values of a column that are told."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value and how many documents have it."""

    value: str
    count: int


def facets(opened: Opened, query: Any) -> Mapping[str, tuple[FacetValue, ...]]:
    """Facet → its values, most first; years newest first. A document of two kinds counts for both."""
    columns = ("told_portal", "told_kind", "year")
    asked = {name: {"terms": {"field": name, "size": _MOST}} for name in columns}
    found = opened.searcher.aggregate(query, asked)
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for bucket in found["told_portal"]["buckets"]:
        for portal in bucket["key"].split(APART):
            counts["portal"][portal] += int(bucket["doc_count"])
    for bucket in found["told_kind"]["buckets"]:
        type_, states, *kinds = bucket["key"].split(APART)
        for name, values in (("type", [type_]), ("state", states.split(",")), ("kind", kinds)):
            for value in filter(None, values):
                counts[name][value] += int(bucket["doc_count"])
    for bucket in found["year"]["buckets"]:
        counts["year"][str(int(bucket["key"]))] += int(bucket["doc_count"])
    return {
        name: tuple(
            FacetValue(value, number) for value, number in sorted(of.items(), key=lambda pair: _order(name, pair))
        )
        for name, of in counts.items()
    }


def _order(name: str, pair: tuple[str, int]) -> tuple[int, str]:
    value, count = pair
    return (-int(value), "") if name == "year" else (-count, value)
