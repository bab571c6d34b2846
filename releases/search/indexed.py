"""What is in an index already, as of its last commit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
import tantivy

from releases.search.document_texts import Cues, Kept
from releases.search.documents import Shown
from releases.search.owners import files_of_records
from releases.search.schema import schema

_MOST_PARTS = 10_000


class Indexed:
    """Asks `searcher` for documents by what they are of."""

    def __init__(self, searcher: Any) -> None:
        self._searcher = searcher
        self._empty = searcher.num_docs == 0

    def has(self, kind: str, ident: str) -> bool:
        """Whether there are documents of this record, file or text."""
        return bool(self._found(kind, ident, 1))

    def owned(self, record: str) -> bool:
        """Whether there are documents of a record's files."""
        return any(self.has("file", file) for file in files_of_records([record]))

    def shown(self, kind: str, ident: str) -> Shown | None:
        """What is stored with one of them."""
        found = self._found(kind, ident, 1)
        return _shown(found[0]) if found else None

    def told(self, records: Collection[str]) -> dict[str, str]:
        """Record → digest of what its files and pages are found by (`Shown.told`), of those that are indexed."""
        found: dict[str, str] = {}
        for ident in records:
            for document in self._found("record", ident, _MOST_PARTS):
                found[ident] = _shown(document).told or found.get(ident, "")
        return found

    def kept(self, texts: Collection[str]) -> dict[str, Kept]:
        """Text id → what is indexed of it, of those that are indexed."""
        made: dict[str, Kept] = {}
        for ident in texts if not self._empty else ():
            parts = [(_shown(one), one) for one in self._found("text", ident, _MOST_PARTS)]
            parts.sort(key=lambda pair: pair[0].part)
            if parts and [shown.part for shown, _ in parts] == list(range(len(parts))):
                cues: Cues = []
                body = ""
                for _, document in parts:
                    cues += [(len(body) + at, seconds) for at, seconds in cues_of(document)]
                    body += document["body"][0]
                made[ident] = Kept(body, cues, parts[0][0].hidden)
        return made

    def _found(self, kind: str, ident: str, most: int) -> list[Any]:
        if self._empty or not ident:
            return []
        query = tantivy.Query.term_query(schema(), "group", f"{kind}:{ident}", "basic")
        return [self._searcher.doc(address) for _, address in self._searcher.search(query, most, False).hits]


def cues_of(document: Any) -> Cues:
    """Of a stored document."""
    stored = document["cues"] if document.get_first("cues") is not None else []
    return msgspec.json.decode(bytes(stored[0]), type=Cues) if stored else []


def _shown(document: Any) -> Shown:
    return msgspec.json.decode(bytes(document["shown"][0]), type=Shown)
