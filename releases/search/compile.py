"""A query's tree as tantivy's query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import tantivy
from tantivy import Occur, Query

from releases.search.agencies import portals_named
from releases.search.cost import MOST_BEGINNINGS, beginnings, check_cost
from releases.search.schema import PAST, analyzer, asking, folded, schema
from releases.search.tree import (
    Agency,
    All,
    AsOf,
    Compared,
    Either,
    Exactly,
    Field,
    Node,
    QueryError,
    Span,
    When,
    Words,
)
from releases.search.values import NAMED, OF, column, without_zeros
from releases.search.whole import Whole, whole_words

TITLE_BOOST = 3.0


def compiled(tree: Node, query: str, searcher: Any) -> Any:
    """`tree`, parsed from `query`, for tantivy. What is past is found as of its time alone.

    Asks the index of `searcher` where words may stand anywhere in a record: the answer holds for it alone. Reads the
    database where a portal is asked for by its name. Raises QueryError for words the index cannot hold.
    """
    check_cost(tree, query, searcher)
    moment = moment_of(tree)
    made = _Compiler(query, searcher)
    made.ask(tree, moment)
    found = made.made(tree)
    if moment is not None:
        return found
    return Query.boolean_query([(Occur.Must, found), (Occur.MustNot, exactly("state", PAST))])


def holding(moment: AsOf | None) -> Any:
    """Documents of now, or of that time."""
    if moment is not None:
        return current_at(moment)
    now = Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, exactly("state", PAST))])
    return Query.const_score_query(now, 0.0)


def said(words: Iterable[Words], query: str, searcher: Any) -> Any:
    """Documents that say one of `words` themselves."""
    own = _Compiler(query, searcher)
    return Query.boolean_query([(Occur.Should, own.own(one)) for one in words])


def moment_of(tree: Node) -> AsOf | None:
    """As of when the search is."""
    parts = tree.wanted if isinstance(tree, All) else (tree,)
    return next((part for part in parts if isinstance(part, AsOf)), None)


def ranks(node: Node) -> bool:
    """Whether one hit can be better than another: words are asked for, not fields and dates alone, nor what words may
    begin with, which one hit has as much as any other.
    """
    if isinstance(node, Words):
        return not node.prefix or len(analyzer().analyze(node.text)) > 1
    if isinstance(node, All):
        return any(map(ranks, node.wanted))
    return isinstance(node, Either) and any(map(ranks, node.choices))


def exactly(field: str, value: str) -> Any:
    """Documents with this value, which says nothing of how good they are."""
    return Query.const_score_query(Query.term_query(schema(), field, value, "basic"), 0.0)


def current_at(moment: AsOf) -> Any:
    """Documents that were held and current then."""
    begun = Query.range_query(schema(), "begins", tantivy.FieldType.Date, None, moment.moment)
    lasting = Query.range_query(schema(), "ends", tantivy.FieldType.Date, moment.moment, None, include_lower=False)
    return Query.const_score_query(Query.boolean_query([(Occur.Must, begun), (Occur.Must, lasting)]), 0.0)


@dataclass(slots=True)
class _Compiler:
    """`saying`: documents of the records that say the words, of words that may stand anywhere in one."""

    query: str
    searcher: Any
    saying: dict[Words, Any] = field(default_factory=dict)

    def ask(self, tree: Node, moment: AsOf | None) -> None:
        """Ask which records say the words that may stand anywhere in them."""
        every = dict.fromkeys(whole_words(tree))
        if not every:
            return
        parts = tree.wanted if isinstance(tree, All) else (tree,)
        filters = [part for part in parts if isinstance(part, (Exactly, When, Field, Compared, Agency))]
        # As of a time fields of records are those of then, fields of files are those of now.
        shared = [part for part in filters if _of_records(part)] if moment is None else []
        asked = Whole(self.searcher, holding(moment), self._all(shared), self._all(filters))
        asked.narrow({part: self.own(part) for part in parts if isinstance(part, Words) and part in every})
        found = {one: asked.saying(self.own(one)) for one in every}
        self.saying = {one: asked.found(records) for one, records in found.items() if records}

    def _all(self, filters: Sequence[Node]) -> Any | None:
        return Query.boolean_query([(Occur.Must, self.made(one)) for one in filters]) if filters else None

    def made(self, node: Node) -> Any:
        if isinstance(node, Words):
            saying = self.saying.get(node)
            own = self.own(node)
            return own if saying is None else Query.boolean_query([(Occur.Should, own), (Occur.Should, saying)])
        if isinstance(node, Either):
            return Query.boolean_query([(Occur.Should, self.made(choice)) for choice in node.choices])
        if isinstance(node, All):
            wanted = [(Occur.Must, self.made(one)) for one in node.wanted]
            return Query.boolean_query([*wanted, *((Occur.MustNot, self.made(one)) for one in node.unwanted)])
        return Query.const_score_query(self._filter(node), 0.0)

    def own(self, node: Words) -> Any:
        """Documents that say it themselves."""
        terms = _terms(node.text, self.query, node.at)
        title = Query.boost_query(self._in_field("title", terms, node), TITLE_BOOST)
        if node.title:
            return title
        # The best of them, not their sum: a word in the title is also in many bodies.
        return Query.disjunction_max_query([title, self._in_field("body", terms, node)])

    def _filter(self, node: Exactly | When | Field | Compared | Agency | AsOf) -> Any:
        if isinstance(node, Exactly):
            if node.prefix:
                return Query.regex_query(schema(), node.field, re.escape(folded(node.value)) + ".*")
            return exactly(node.field, folded(node.value))
        if isinstance(node, When):
            return Query.range_query(
                schema(), "at", tantivy.FieldType.Date, node.since, node.until, include_upper=node.until is None
            )
        if isinstance(node, AsOf):
            return current_at(node)
        if isinstance(node, Compared):
            return _compared(node)
        if not node.text:
            return exactly("field", NAMED + node.name)
        terms = _terms(node.text, self.query, node.at)
        named = self._field(node, terms)
        if isinstance(node, Field):
            return named
        slugs = portals_named(tuple(terms), prefix=node.prefix)
        return Query.boolean_query(
            [(Occur.Should, named), *((Occur.Should, exactly("portal", slug)) for slug in slugs)]
        )

    def _field(self, node: Field | Agency, terms: list[str]) -> Any:
        made = self._in_field("field", [f"{node.name}{OF}{term}" for term in terms], node)
        if len(terms) == 1 and not node.prefix and (bare := without_zeros(terms[0])):
            return Query.boolean_query(
                [(Occur.Should, made), (Occur.Should, exactly("field", f"{node.name}{OF}{bare}"))]
            )
        return made

    def _in_field(self, field: str, terms: list[Any], node: Words | Field | Agency) -> Any:
        """`terms` in a row; where `node` says so, the last may go on."""
        *first, last = terms
        if not node.prefix:
            return Query.phrase_query(schema(), field, terms) if first else Query.term_query(schema(), field, last)
        if not first:
            return Query.regex_query(schema(), field, re.escape(last) + ".*")
        ends = beginnings(field, last, self.searcher)
        if len(ends) > MOST_BEGINNINGS:
            raise QueryError(
                f"more than {MOST_BEGINNINGS:,} words begin so", self.query, node.at, todo="write more of the last word"
            )
        return Query.boolean_query([(Occur.Should, Query.phrase_query(schema(), field, [*first, end])) for end in ends])


def _of_records(node: Node) -> bool:
    """Whether what a file has of it, its record and all else of it has too."""
    return isinstance(node, (Field, Compared, Agency)) or (
        isinstance(node, Exactly) and node.field in {"portal", "key"}
    )


def _compared(node: Compared) -> Any:
    spans = [
        asking().parse_query(f"amount.{column(sort, node.name)}:{_between(span)}", ["body"])
        for sort, span in (("n", node.numbers), ("d", node.times))
        if span is not None
    ]
    # Fields may share a column.
    return Query.boolean_query(
        [
            (Occur.Must, exactly("field", NAMED + node.name)),
            (Occur.Must, Query.boolean_query([(Occur.Should, span) for span in spans])),
        ]
    )


def _between(span: Span) -> str:
    low = "*" if span.low is None else f"{span.low!r}"
    high = "*" if span.high is None else f"{span.high!r}"
    return f"{'{' if span.over else '['}{low} TO {high}{'}' if span.under else ']'}"


def _terms(text: str, query: str, at: int) -> list[str]:
    terms = list(analyzer().analyze(text))
    if not terms:
        raise QueryError("this is longer than any word in the index", query, at)
    return terms
