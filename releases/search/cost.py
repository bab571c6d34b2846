"""How much of an index a query reads, told beforehand: no search of one visitor keeps the others waiting.

A search that runs cannot be stopped. What it reads is known from how often its words occur: a query that reads more
than any ordinary one is refused with a way out.
"""

from __future__ import annotations

from typing import Any

from releases.search.schema import analyzer, folded
from releases.search.tree import Agency, All, Compared, Either, Exactly, Field, Node, QueryError, Words
from releases.search.values import OF
from releases.search.whole import whole_words

MOST = 150_000_000
"""Of about ten nanoseconds each: places in lists of documents, read one after the other."""
MOST_BEGINNINGS = 1000
"""Words that the last one of a phrase may go on to."""
_PHRASE, _PREFIX, _WHOLE = 6, 1, 40
"""What a place costs of a phrase, whose words are compared; of a beginning; and of a record that is told from others."""
_WHOLE_MOST = 20_000_000
_LOOKED_AT = 20_000


def check_cost(tree: Node, query: str, searcher: Any) -> None:
    """Raises QueryError where a search of `tree` would read too much of the index of `searcher`."""
    whole, spent = set(whole_words(tree)), 0
    for node in _leaves(tree):
        cost = _cost(node, searcher)
        if node in whole and isinstance(node, Words):
            cost += min(_WHOLE * cost, _WHOLE_MOST)
        spent += cost
        if spent > MOST:
            raise QueryError(
                "this asks for too many common words at once",
                query,
                getattr(node, "at", 0),
                todo="ask for fewer of them, for rarer ones, or in several searches",
            )


def beginnings(field: str, text: str, searcher: Any) -> list[str]:
    """Words of the index that begin with `text`, the most frequent first; one more than MOST_BEGINNINGS at most."""
    return [word for word, _ in searcher.terms_with_prefix(field, text, None, MOST_BEGINNINGS + 1)]


def _leaves(node: Node) -> list[Node]:
    if isinstance(node, (All, Either)):
        children = (*node.wanted, *node.unwanted) if isinstance(node, All) else node.choices
        return [leaf for child in children for leaf in _leaves(child)]
    return [node]


def _cost(node: Node, searcher: Any) -> int:
    if isinstance(node, Words):
        words = list(analyzer().analyze(node.text))
        return sum(
            _words(name, words, searcher, prefix=node.prefix)
            for name in (("title",) if node.title else ("title", "body"))
        )
    if isinstance(node, (Field, Agency)):
        words = [f"{node.name}{OF}{word}" for word in analyzer().analyze(node.text)]
        return _words("field", words, searcher, prefix=node.prefix)
    if isinstance(node, Exactly):
        return _words(node.field, [folded(node.value)], searcher, prefix=node.prefix)
    docs: int = searcher.num_docs
    return 4 * docs if isinstance(node, Compared) else docs


def _words(field: str, words: list[str], searcher: Any, *, prefix: bool) -> int:
    if not words:
        return 0
    *first, last = words
    found: list[int] = [searcher.doc_freq(field, word) for word in first]
    if prefix:
        ends: int = sum(count for _, count in searcher.terms_with_prefix(field, last, None, _LOOKED_AT))
        return (_PREFIX if not first else _PHRASE) * (ends + sum(found))
    found.append(searcher.doc_freq(field, last))
    return found[0] if len(found) == 1 else _PHRASE * sum(found)
