"""What can keep somebody from searching, besides a wrong query."""

from __future__ import annotations

from config.errors import RetryableError
from releases.search.tree import QueryError


class IndexBusy(RetryableError):
    """There is no index yet, and another process is building it."""


class CursorError(QueryError):
    """What was given for `after` is no place in the hits of this search."""

    def __init__(self, query: str) -> None:
        super().__init__("this is no place in the hits of this search", query, 0, todo="begin with the first hits")
