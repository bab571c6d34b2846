"""Keeps the search index up with the catalog while the newsroom is served."""

from __future__ import annotations

from archive.holdings import Holdings
from releases.search.catch_up import catch_up
from releases.search.texts import archived_texts


def keep(holdings: Holdings) -> None:
    """Index what has changed; nothing where another process is doing so. Raises what `catch_up` raises."""
    catch_up(holdings.home.index, archived_texts(holdings))
