"""Documents that a query finds, in an order that is the same however many are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import tantivy
from tantivy import Occur, Query

from releases.search.compile import exactly
from releases.search.cursor import Key
from releases.search.place import Opened
from releases.search.schema import SAMPLE, schema

Sort = Literal["best", "newest", "oldest"]
DEEPEST = 2_000
"""Documents that are looked at for the hits of one search."""
_MANY = 50_000
"""Documents found from which the newest are looked for in parts of time."""
_STEPS = 64
_MOST_SAMPLED = 100_000
_FIRST = 500
_FIRST_BY_TIME = 128
_ONWARDS = 1_000
"""Documents read at once of all there are."""


@dataclass(slots=True)
class Ranking:
    """What `query` finds in `opened`."""

    opened: Opened
    query: Any
    sort: Sort
    ranks: bool
    """Whether one document can be better than another; where none can, the newest is best."""
    name: tuple[str, ...] | None = None
    """What makes it this query: what it finds is kept by it, until the index changes."""
    count: int = 0
    """How many documents there are; known with the first that is given."""

    def documents(self) -> Iterator[tuple[Key, float, Any]]:
        """(key, score, address), ascending by key; at most DEEPEST."""
        best = self.sort == "best" and self.ranks
        depth, given = _FIRST if best else _FIRST_BY_TIME, 0
        while True:
            found = self._found(depth, best=best)
            whole = len(found) >= self.count or depth >= DEEPEST
            # Of those that are as good as the last, others may stand beyond the depth.
            sure = found if whole or not best else [one for one in found if one[0].rank < found[-1][0].rank]
            yield from sure[given:]
            given = max(given, len(sure))
            if whole:
                return
            depth = min(4 * depth, DEEPEST)

    def onwards(self) -> Iterator[list[tuple[Key, float, Any]]]:
        """All documents by time, some at a time, however many there are: oldest first where that is asked for. What
        stands at an edge is given on both sides of it.
        """
        newest, last = self.sort != "oldest", None
        while True:
            wanted = self.query
            if last is not None:
                span = (None, last) if newest else (last, None)
                part = Query.range_query(schema(), "place", tantivy.FieldType.Integer, *span)
                wanted = Query.boolean_query([(Occur.Must, wanted), (Occur.Must, Query.const_score_query(part, 0.0))])
            hits = self._sorted(wanted, _ONWARDS, newest=newest)
            yield [(Key(0.0, -place if newest else place), 0.0, address) for place, address in hits]
            if len(hits) < _ONWARDS:
                return
            last = hits[-1][0]

    def _found(self, depth: int, *, best: bool) -> list[tuple[Key, float, Any]]:
        def find() -> tuple[int, list[tuple[Key, float, Any]]]:
            found = self._best(depth) if best else self._by_time(depth)
            return self.count, found

        kept = ("ranked", self.name, self.sort, depth)
        self.count, found = self.opened.once(kept, find) if self.name is not None else find()
        return found

    def _best(self, depth: int) -> list[tuple[Key, float, Any]]:
        searcher = self.opened.searcher
        found = searcher.search(self.query, depth, not self.count)
        self.count = self.count or found.count
        hits: list[tuple[float, Any]] = found.hits  # copied each time it is asked for
        places = searcher.fast_field_values("place", [address for _, address in hits])
        ordered = sorted((-round(hits[at][0], 4), -place, at) for at, place in enumerate(places))
        return [(Key(rank, place), *hits[at]) for rank, place, at in ordered]

    def _by_time(self, depth: int) -> list[tuple[Key, float, Any]]:
        """Sorting all of a million takes long; most often a part of time has enough of them."""
        newest = self.sort != "oldest"
        if not self.count:
            self.count = self.opened.searcher.search(Query.const_score_query(self.query, 0.0), 1).count
        hits: list[Any] = []
        if self.count > _MANY:
            edges = self.opened.once("edges of time", self._edges)
            share = max(1, round(_STEPS * 4 * depth / self.count))
            while share < len(edges):
                edge = edges[-1 - share] if newest else edges[share]
                span = (edge, None) if newest else (None, edge)
                part = Query.range_query(schema(), "place", tantivy.FieldType.Integer, *span)
                within = Query.boolean_query(
                    [(Occur.Must, self.query), (Occur.Must, Query.const_score_query(part, 0.0))]
                )
                hits = self._sorted(within, depth, newest=newest)
                if len(hits) == depth:
                    break
                hits, share = [], share * 8
        hits = hits or self._sorted(self.query, depth, newest=newest)
        return [(Key(0.0, -place if newest else place), 0.0, address) for place, address in hits]

    def _sorted(self, query: Any, depth: int, *, newest: bool) -> list[Any]:
        order = tantivy.Order.Desc if newest else tantivy.Order.Asc
        hits: list[Any] = self.opened.searcher.search(query, depth, False, "place", order=order).hits
        return hits

    def _edges(self) -> list[int]:
        """Places that part the index' documents into about _STEPS of about as many, from a sample of them."""
        searcher = self.opened.searcher
        hits = searcher.search(exactly("group", SAMPLE), _MOST_SAMPLED, False).hits
        places = sorted(searcher.fast_field_values("place", [address for _, address in hits]))
        return [places[len(places) * step // _STEPS] for step in range(_STEPS)] if len(places) >= _STEPS else []
