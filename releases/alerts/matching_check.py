"""Refuses a saved search that finds everything there is, before it nags anybody."""

from __future__ import annotations

import msgspec

from config.home import Home
from releases.alerts.errors import SubscriptionRefused
from releases.alerts.filters import Filters

FEW = 20
"""Documents in an index from which "all of them" says something."""


def refuse_everything(home: Home, filters: Filters) -> None:
    """Raises SubscriptionRefused when a query is all there is to `filters`, and finds every document held here;
    QueryError when it asks for a field that no record held here has; IndexBusy when it asks for words of whole records
    while the index still has what is hidden by now.

    Looks into the index as it is; where there is none yet, or little in it, nothing is refused.
    """
    if not filters.query:
        return
    from releases.search import place
    from releases.search.behind import behind, not_ready
    from releases.search.compile import compiled
    from releases.search.known import check_fields
    from releases.search.query import parse
    from releases.search.whole import whole_words

    opened = place.opened(home.index)
    if opened is None:
        return
    searcher = opened.searcher
    if searcher.num_docs > FEW:
        check_fields(parse(filters.query), filters.query, opened)
    if filters.everything or msgspec.structs.replace(filters, query="").narrow:
        return
    if behind(opened):  # what it counts would tell of what is hidden
        if any(whole_words(parse(filters.query))):
            raise not_ready(home.index)
        return
    # The cursor is a document too, of no portal: what has a date is what can be found.
    held = searcher.search(compiled(parse("since:1700"), "since:1700", searcher), 1).count
    found = searcher.search(compiled(parse(filters.query), filters.query, searcher), 1).count
    if held >= FEW and found >= held:
        raise SubscriptionRefused(
            f"the query {filters.query!r} finds every one of the {held:,} documents held here",
            todo="add a word, or say --everything without a query if that is what you want",
        )
