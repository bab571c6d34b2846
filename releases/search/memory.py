"""A few documents asked about by many queries: the same schema and the same queries, in memory alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import tantivy

from releases.search.compile import compiled, said
from releases.search.documents import Row
from releases.search.entry import as_document
from releases.search.query import QueryError, parse
from releases.search.schema import ANALYZER, analyzer, schema
from releases.search.tree import Node
from releases.search.whole import whole_words

HEAP = 64 * 1024**2
"""Bytes the writer may gather before it writes a segment."""


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

    def ask(self, queries: Iterable[str]) -> Iterator[tuple[str, list[int] | QueryError]]:
        """(query, places of the rows it finds) of each that finds any, or (query, why it means nothing).

        Queries are compiled one by one and let go: ten thousand word beginnings would fill a gigabyte.
        """
        for text in queries:
            try:
                query = compiled(parse(text), text, self._searcher)
            except QueryError as error:  # asked for under an older syntax
                yield text, error
                continue
            hits = self._searcher.search(query, max(self.size, 1), False).hits
            if hits:
                yield text, [self._number(address) for _, address in hits]

    def saying(self, query: str) -> list[int]:
        """Places of the rows that themselves say words which `query` asks of whole records. Raises QueryError."""
        wanted = said(whole_words(parse(query)), query, self._searcher)
        return [self._number(address) for _, address in self._searcher.search(wanted, max(self.size, 1), False).hits]

    def meeting(self, node: Node, query: str) -> list[int]:
        """Places of the rows that meet one condition of `query`. Raises QueryError."""
        hits = self._searcher.search(compiled(node, query, self._searcher), max(self.size, 1), False).hits
        return [self._number(address) for _, address in hits]

    def _number(self, address: Any) -> int:
        at = (address.segment_ord, address.doc)
        number = self._numbers.get(at)
        if number is None:
            number = self._numbers[at] = int(self._searcher.doc(address)["id"][0])
        return number
