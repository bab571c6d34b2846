"""Words asked of whole records: a record says them, its page, or any of its files does.

What is looked for (the videos of a district) and what says the words (a page of a report) are documents apart, and
meet in their record: which records say the words is asked first, the rarest words before the others, and only of
records that can be meant. Exact; what it costs grows with the smaller of both sides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec
from tantivy import Occur, Query

from releases.search.documents import Shown
from releases.search.schema import SEVERAL, folded, schema
from releases.search.tree import All, Either, Exactly, Node, Words

WORDLESS = frozenset({"video", "audio", "image", "embed", "archive"})
"""Kinds of files that rarely have words of their own: who asks for them asks for words of their whole record."""
_MANY = 100_000
"""Documents from which their records are read off the list of all records, not one by one."""
_FEW_FOUND = 20_000
"""Documents looked for of which all records are looked at."""
_FEW = 500
"""Records that are cheap to ask for by name."""


def record_term(record: str) -> str:
    """A record as the index knows it: 16 hexadecimal digits, which a column of numbers holds as well."""
    return hashlib.blake2b(record.encode(), digest_size=8).hexdigest()


def whole_words(node: Node, *, every: bool = False) -> Iterator[Words]:
    """The words of `node` that a whole record may say: those that ask for it, and those beside `kind:video` and the
    like. `every`: all but of titles.
    """
    if isinstance(node, Words):
        if (every or node.whole) and not node.title:
            yield node
    elif isinstance(node, (All, Either)):
        beside = every or _wordless(node)
        for child in (*node.wanted, *node.unwanted) if isinstance(node, All) else node.choices:
            yield from whole_words(child, every=beside)


def _wordless(node: Node) -> bool:
    """Whether all that `node` finds are files that rarely have words."""
    if isinstance(node, Exactly):
        value = folded(node.value)
        return node.field == "kind" and (
            any(kind.startswith(value) for kind in WORDLESS) if node.prefix else value in WORDLESS
        )
    if isinstance(node, All):
        return any(map(_wordless, node.wanted))
    return isinstance(node, Either) and all(map(_wordless, node.choices))


class Whole:
    """Which records say what, in the index of `searcher`.

    Args:
        searcher: of the index.
        holding: documents that count: now, or as of a time.
        shared: what all documents of a record have in common with what is looked for, as its fields; None: nothing.
        within: what all that is looked for has in common, words aside; None: nothing.
    """

    def __init__(self, searcher: Any, holding: Any, shared: Any | None, within: Any | None) -> None:
        self._searcher = searcher
        self._holding = holding if shared is None else _both(holding, shared)
        self._within = within
        self._among: set[str] | None = None
        """Records that can be meant."""

    def narrow(self, said: Mapping[Words, Any]) -> None:
        """What has to be said, all of it: records that do not say the rarest cannot be meant."""
        if len(said) > 1:
            self._among = self.saying(min(said.values(), key=self._count))

    def saying(self, said: Any) -> set[str]:
        """Records that say it, of those that can be meant."""
        wanted = _both(said, self._holding)
        if self._among is not None and len(self._among) <= _FEW:
            wanted = _both(wanted, one_of(self._among))
        found = self._records(wanted)
        return found if self._among is None else found & self._among

    def found(self, records: set[str]) -> Any:
        """Of what is looked for, documents of these records. What is dear is many records: the others may be fewer."""
        if self._within is not None and len(records) > _FEW:
            within = _both(self._within, self._holding)
            hits = self._searcher.search(within, _FEW_FOUND, True)
            numbers = self._owned(hits) if hits.count <= _FEW_FOUND else {SEVERAL}
            if not numbers & {None, SEVERAL}:
                every = {f"{number:016x}" for number in numbers}
                if len(every - records) < len(records & every):
                    return Query.boolean_query([(Occur.Must, within), (Occur.MustNot, one_of(every - records))])
                records &= every
        return one_of(records)

    def _count(self, query: Any) -> int:
        found: int = self._searcher.search(Query.const_score_query(query, 0.0), 1).count
        return found

    def _records(self, query: Any) -> set[str]:
        found = self._searcher.search(Query.const_score_query(query, 0.0), _MANY, True)
        if found.count > _MANY:
            return {term for term, _ in self._searcher.terms_with_prefix("record", "", query)}
        numbers = self._owned(found)
        records = {f"{number:016x}" for number in numbers - {None, SEVERAL}}
        if SEVERAL in numbers:
            addresses = [address for _, address in found.hits]
            for address, number in zip(addresses, self._searcher.fast_field_values("of", addresses), strict=True):
                records |= self._owners(address) if number == SEVERAL else set()
        return records

    def _owned(self, found: Any) -> set[int | None]:
        return set(self._searcher.fast_field_values("of", [address for _, address in found.hits]))

    def _owners(self, address: Any) -> set[str]:
        shown = msgspec.json.decode(bytes(self._searcher.doc(address)["shown"][0]), type=Shown)
        return {record_term(record) for _, record, _ in shown.owners if record}


def _both(one: Any, other: Any) -> Any:
    return Query.const_score_query(Query.boolean_query([(Occur.Must, one), (Occur.Must, other)]), 0.0)


def one_of(records: Collection[str]) -> Any:
    """Documents of these records, as `record_term` gives them."""
    return Query.const_score_query(Query.term_set_query(schema(), "record", sorted(records)), 0.0)


def owned_by(records: Iterable[str]) -> Any:
    """Documents of these records, by their ids."""
    return one_of({record_term(record) for record in records})
