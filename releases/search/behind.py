"""Whether an index still has words that nobody is to be shown: from the moment they are hidden until it is made anew."""

from __future__ import annotations

from pathlib import Path

from archive.catalog.models import ChangeLog
from releases.search.errors import IndexBusy
from releases.search.mark import Mark, mark_within, restrictions_now
from releases.search.place import Opened


def behind(opened: Opened) -> bool:
    """True while something may be found in it that is hidden by now. Its hits are asked one by one whether they are
    shown; what is counted in it is not, and would tell of them. Two small queries.
    """
    mark = opened.once("mark", lambda: mark_within(opened.searcher)) or Mark()
    if set(restrictions_now()) - set(mark.restrictions):
        return True
    return ChangeLog.objects.filter(seq__gt=mark.line[0], table="releases.Quarantine").exists()


def not_ready(root: Path) -> IndexBusy:
    """What is said where hits cannot be asked one by one: which records say some words is read off the index itself."""
    return IndexBusy(
        "what is hidden by now is being taken out of the search index",
        where=str(root),
        todo="search again in some minutes",
    )
