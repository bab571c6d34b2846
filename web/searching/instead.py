"""Where a search found nothing: what else would find something, tried before it is said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from releases.search import place
from releases.search.behind import behind
from releases.search.query import QueryError
from releases.search.search import search
from releases.search.spelling import respelled
from web.searching.asked import Asked
from web.searching.terms import terms, without_term

_TRIED = 8


@dataclass(frozen=True, slots=True)
class Instead:
    """Another query, and how much it finds."""

    query: str
    what: str
    """What is different about it."""
    documents: int


def others(root: Path, asked: Asked) -> list[Instead]:
    """Wider queries that find something, the nearest first."""
    found = []
    opened = place.opened(root)
    spelled = respelled(asked.query, opened.searcher) if opened is not None and not behind(opened) else ""
    wider = [(spelled, _("spelled so"))] if spelled else []
    for query, what in [*wider, *_wider(asked.query)][:_TRIED]:
        try:
            documents = search(root, query, limit=1, as_of=asked.as_of).documents
        except QueryError:
            continue
        if documents:
            found.append(Instead(query, what, documents))
    return found


def _wider(query: str) -> list[tuple[str, str]]:
    made: dict[str, str] = {}
    for one in terms(query):
        made.setdefault(without_term(query, one), _("without %(term)s") % {"term": one})
    if '"' in query:
        made.setdefault(re.sub(r'(?<!:)"', "", query), _("the words in any order"))
    words = [word for word in query.split() if re.fullmatch(r"[^\W_]{3,}", word) and word not in {"OR", "AND"}]
    if words and not query.endswith("*"):
        starred = query
        for word in words:
            starred = re.sub(rf"(?<!\S){re.escape(word)}(?!\S)", f"{word[: max(3, len(word) - 2)]}*", starred)
        made.setdefault(starred, _("words that begin so"))
    if len(words) > 1 and " OR " not in query:
        made.setdefault(" OR ".join(words), _("one of the words is enough"))
    if bare := " ".join(words):
        made.setdefault(bare, _("the words alone"))
    made.pop(query, None)
    made.pop("", None)
    return list(made.items())
