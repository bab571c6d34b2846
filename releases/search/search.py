"""Searches: hits that say which record, which file, which page, and show the words that were found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from tantivy import Occur, Query

from releases.search import place
from releases.search.behind import behind, not_ready
from releases.search.compile import compiled, exactly, holding, moment_of, ranks
from releases.search.cursor import Cursor, read_cursor, write_cursor
from releases.search.errors import IndexBusy
from releases.search.facets import FacetValue as FacetValue  # noqa: PLC0414  what Found holds
from releases.search.facets import facets as counted
from releases.search.hits import Candidate, Candidates, Hit, told
from releases.search.known import check_fields
from releases.search.marking import Phrase, phrases
from releases.search.place import Opened
from releases.search.query import parse
from releases.search.ranking import Ranking, Sort
from releases.search.schema import folded
from releases.search.tree import All, AsOf, Node, QueryError, Words
from releases.search.where import Where, with_where
from releases.search.whole import whole_words

MOST = 1000
"""Hits of one search, on all its pages."""
_AT_ONCE = 50
"""Documents that are read together."""


@dataclass(frozen=True, slots=True)
class Found:
    """Hits in the order asked for, and how many documents (records, files, pages) match in all."""

    hits: tuple[Hit, ...]
    documents: int
    next: str = ""
    """For `after`: where the next hits begin; empty where these are the last."""
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    """How many documents there are of each portal, type, kind, year and state; empty unless asked for, and while the
    index still has what is hidden by now: then only what is shown is counted, among the first MOST.
    """


def search(
    root: Path,
    query: str,
    *,
    portal: str = "",
    limit: int = 20,
    sort: Sort = "best",
    after: str = "",
    as_of: datetime | None = None,
    facets: bool = False,
) -> Found:
    """Search the index below `root` as it is now.

    Several captures of one page are one hit, and several versions of a file's page: the first in the order.

    Args:
        root: where the index lies.
        query: in the syntax of docs/reference/search-syntax.md.
        portal: only of this one.
        limit: hits at most.
        sort: by what was found, or by when it was captured or last changed. A query without words to look for has
            nothing that is better: its best are the newest.
        after: `Found.next` of the hits before.
        as_of: what was held and current then; as `asof:` in the query.
        facets: count them too.

    Raises:
        QueryError: the query means nothing, or `after` is no place in it; says what to write instead.
        IndexBusy: there is no index yet; or it asks for words of whole records while the index has some that are hidden.
    """
    asked = _asked(root, query, portal, sort, as_of)
    cursor = read_cursor(after, query, *asked.of) if after else None
    given = cursor.given if cursor else 0
    limit = max(0, min(limit, MOST - given))
    page, more = _page(asked.ranking, asked.candidates(), cursor, limit)
    last = page[-1].key if page else None
    more = more and given + len(page) < MOST
    return Found(
        asked.told(page),
        _shown(asked) if asked.late else asked.ranking.count,
        write_cursor(Cursor(last, given + len(page)), query, *asked.of) if last and more else "",
        asked.opened.once(("facets", query, *asked.of), lambda: counted(asked.opened, asked.ranking.query))
        if facets and not asked.late
        else {},
    )


def every(root: Path, query: str, *, sort: Sort = "newest", as_of: datetime | None = None) -> Iterator[Hit]:
    """All hits, however many: oldest first where `sort` says so, else newest first. Of the index as it is now.

    Raises as `search`, at once; afterwards nothing.
    """
    return _every(_asked(root, query, "", sort, as_of))


def _every(asked: _Asked) -> Iterator[Hit]:
    candidates = asked.candidates()
    for documents in asked.ranking.onwards():
        yield from asked.told(list(candidates.shown(documents)))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A search, understood."""

    query: str
    opened: Opened
    ranking: Ranking
    words: list[Phrase]
    anywhere: tuple[Words, ...]
    moment: AsOf | None
    portal: str
    of: tuple[str, str, str]
    """What makes it this search, besides the query."""
    late: bool
    """The index still has words that are hidden by now: it counts them."""

    def candidates(self) -> Candidates:
        return Candidates(self.opened, self.portal, self.moment.moment if self.moment else None)

    def told(self, page: list[Candidate]) -> tuple[Hit, ...]:
        hits = told(page, self.words)
        if not self.anywhere:
            return hits
        where = Where(self.opened.searcher, holding(self.moment), self.candidates())
        return with_where(hits, self.anywhere, self.query, self.words, where)


def _asked(root: Path, query: str, portal: str, sort: Sort, as_of: datetime | None) -> _Asked:
    tree = _at(parse(query), query, as_of)
    moment = moment_of(tree)
    of = (portal, sort, str(moment.moment if moment else ""))
    opened = place.opened(root)
    if opened is None:
        raise IndexBusy("there is no search index yet", where=str(root), todo="search again when it is built")
    check_fields(tree, query, opened)
    anywhere, late = tuple(whole_words(tree)), behind(opened)
    if late and anywhere:
        raise not_ready(root)
    if anywhere:  # which records say them takes longer than the search itself
        wanted = opened.once(("compiled", query, *of), lambda: compiled(tree, query, opened.searcher))
    else:
        wanted = compiled(tree, query, opened.searcher)
    if portal:
        wanted = Query.boolean_query([(Occur.Must, wanted), (Occur.Must, exactly("portal", folded(portal)))])
    ranking = Ranking(opened, wanted, sort, ranks(tree), (query, *of))
    return _Asked(query, opened, ranking, list(phrases(tree, titles=True)), anywhere, moment, portal, of, late)


def _shown(asked: _Asked) -> int:
    """How many of the first MOST documents are shown: all that may be said while the index has what is hidden."""
    documents, candidates = islice(asked.ranking.documents(), MOST), asked.candidates()
    return sum(sum(1 for _ in candidates.shown(batch)) for batch in iter(lambda: list(islice(documents, _AT_ONCE)), []))


def _at(tree: Node, query: str, as_of: datetime | None) -> Node:
    if as_of is None:
        return tree
    if moment_of(tree) is not None:
        raise QueryError("asof: is said in the query and beside it", query, 0, todo="leave one of them out")
    moment = AsOf(as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))
    return All((*tree.wanted, moment), tree.unwanted) if isinstance(tree, All) else All((tree, moment))


def _page(ranking: Ranking, candidates: Candidates, cursor: Cursor | None, limit: int) -> tuple[list[Candidate], bool]:
    """`limit` things after `cursor`, and whether others follow. What came before is looked at again: what was shown
    there is not shown twice.
    """
    documents = ranking.documents()
    page: list[Candidate] = []
    passed: list[Candidate] = []
    reached = cursor is None
    while batch := list(islice(documents, _AT_ONCE)):
        for candidate in candidates.shown(batch):
            if reached:
                if len(page) == limit:
                    return page, True
                page.append(candidate)
                continue
            passed.append(candidate)
            # An index that has grown meanwhile ranks a little otherwise: the same place, or the first beyond it.
            if cursor is not None and candidate.key.place == cursor.key.place:
                reached = True
            elif cursor is not None and candidate.key > cursor.key and len(passed) > cursor.given:
                reached = True
                page = [one for one in passed if one.key > cursor.key][:limit]
    if not reached and cursor is not None:
        page = [one for one in passed if one.key > cursor.key][:limit]
    return page, False
