"""A few documents asked about by many queries: the same schema and the same queries, in memory alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import tantivy

from releases.search.catch_up import as_document
from releases.search.compile import compiled
from releases.search.documents import Row
from releases.search.query import parse
from releases.search.schema import ANALYZER, analyzer, schema

HEAP = 64 * 1024**2
"""Bytes the writer may gather before it writes a segment."""


def compile_all(queries: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Each different query compiled once, by its text; and why the others mean nothing (any more)."""
    from releases.search.query import QueryError

    good: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for query in queries:
        if query not in good and query not in wrong:
            try:
                good[query] = compiled(parse(query), query)
            except QueryError as error:
                wrong[query] = str(error)
    return good, wrong


class Memory:
    """An index of `rows`, for as long as it is kept; each query finds in it what it would find in the real one."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._index = tantivy.Index(schema())
        self._index.register_tokenizer(ANALYZER, analyzer())
        writer = self._index.writer(heap_size=HEAP, num_threads=1)
        self.size = 0
        for row in rows:
            document = as_document(row)
            document.add_text("id", str(self.size))
            writer.add_document(document)
            self.size += 1
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._numbers: dict[tuple[int, int], int] = {}

    def ask(self, queries: Mapping[str, Any]) -> dict[str, list[int]]:
        """For each of the compiled `queries` that finds anything: the places of the rows it finds."""
        found: dict[str, list[int]] = {}
        if not self.size:
            return found
        for text, query in queries.items():
            hits = self._searcher.search(query, self.size, False).hits
            if hits:
                found[text] = [self._number(address) for _, address in hits]
        return found

    def _number(self, address: Any) -> int:
        at = (address.segment_ord, address.doc)
        number = self._numbers.get(at)
        if number is None:
            number = self._numbers[at] = int(self._searcher.doc(address)["id"][0])
        return number
