"""Where a record says the words of a search, for hits that say none themselves: the videos of a case whose report
does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from tantivy import Occur, Query

from releases.search.compile import said
from releases.search.cursor import Key
from releases.search.hits import Candidates, Hit, told
from releases.search.marking import Phrase
from releases.search.tree import Words
from releases.search.whole import owned_by

_ASKED = 3
"""Documents of a record that are looked at, where the first may not be shown."""


def with_where(
    hits: Sequence[Hit], anywhere: Iterable[Words], query: str, words: Sequence[Phrase], found: Where
) -> tuple[Hit, ...]:
    """`hits`, those without a marked word with the best document of their record that says `anywhere`."""
    saying = said(anywhere, query, found.searcher)
    wanted = dict.fromkeys(hit.record for hit in hits if hit.record and not hit.snippet.marks)
    best: dict[str, Hit] = {}
    for record in wanted:
        for candidate in found.documents(saying, record):
            best[record] = told([candidate], words)[0]
            break
    return tuple(
        dataclasses.replace(hit, because=best.get(hit.record)) if not hit.snippet.marks else hit for hit in hits
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Where:
    """What of an index may be shown for one search. `holding`: documents that count, now or as of its time."""

    searcher: Any
    holding: Any
    candidates: Candidates

    def documents(self, saying: Any, record: str) -> Any:
        """Documents of this record that say it, the best first; those that may be shown."""
        asked = [(Occur.Must, part) for part in (saying, owned_by([record]), self.holding)]
        hits = self.searcher.search(Query.boolean_query(asked), _ASKED, False).hits
        shown = self.candidates.shown([(Key(0.0, 0), score, address) for score, address in hits])
        return (one for one in shown if one.owner[1] == record)
