"""A query's tree as tantivy's query, and as the words to mark in snippets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import tantivy
from tantivy import Occur, Query

from releases.search.query import All, Either, Exactly, Node, QueryError, When, Words
from releases.search.schema import analyzer, folded, schema

TITLE_BOOST = 3.0


def compiled(node: Node, query: str) -> Any:
    """`node`, parsed from `query`, for tantivy. Raises QueryError for words the index cannot hold."""
    if isinstance(node, Words):
        return _words(node, query)
    if isinstance(node, Exactly):
        value = folded(node.value)
        if node.prefix:
            return Query.const_score_query(Query.regex_query(schema(), node.field, re.escape(value) + ".*"), 0.0)
        return Query.const_score_query(Query.term_query(schema(), node.field, value, "basic"), 0.0)
    if isinstance(node, When):
        span = Query.range_query(
            schema(), "at", tantivy.FieldType.Date, node.since, node.until, include_upper=node.until is None
        )
        return Query.const_score_query(span, 0.0)
    if isinstance(node, Either):
        return Query.boolean_query([(Occur.Should, compiled(choice, query)) for choice in node.choices])
    wanted = [(Occur.Must, compiled(one, query)) for one in node.wanted]
    return Query.boolean_query([*wanted, *((Occur.MustNot, compiled(one, query)) for one in node.unwanted)])


def _words(node: Words, query: str) -> Any:
    terms = analyzer().analyze(node.text)
    if not terms:
        raise QueryError("this is longer than any word in the index", query, node.at)
    title = Query.boost_query(_in_field("title", terms, prefix=node.prefix), TITLE_BOOST)
    if node.title:
        return title
    # The better of the two, not their sum: a word in the title is also in many bodies.
    return Query.disjunction_max_query([title, _in_field("body", terms, prefix=node.prefix)])


def _in_field(field: str, terms: list[str], *, prefix: bool) -> Any:
    if not prefix:
        return (
            Query.term_query(schema(), field, terms[0])
            if len(terms) == 1
            else Query.phrase_query(schema(), field, list(terms))
        )
    last = re.escape(terms[-1]) + ".*"
    if len(terms) == 1:
        return Query.regex_query(schema(), field, last)
    return Query.regex_phrase_query(schema(), field, [*map(re.escape, terms[:-1]), last])


def marks(node: Node) -> Iterator[tuple[str, bool]]:
    """(word, whether it is a beginning) of everything a hit's text may match."""
    if isinstance(node, Words):
        terms = analyzer().analyze(node.text)
        for place, term in enumerate(terms, 1):
            yield term, node.prefix and place == len(terms)
    elif isinstance(node, (All, Either)):
        for child in node.wanted if isinstance(node, All) else node.choices:
            yield from marks(child)
