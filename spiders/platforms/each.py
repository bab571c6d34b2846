"""Reading many things of one answer: one that can not be read costs itself, and none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from spiders.errors import PageError
from spiders.portal_spider import Output

T = TypeVar("T")


def read_each(items: Iterable[T], read: Callable[[T], Iterable[Output]]) -> Iterator[Output]:
    """What `read` yields for each of `items`.

    Raises:
        PageError: what was wrong first, and with how many more, once all were read.
    """
    errors: list[PageError] = []
    for item in items:
        try:
            yield from read(item)
        except PageError as error:
            errors.append(error)
    if errors:
        first, more = errors[0], len(errors) - 1
        beside = f" (and {more} more on this page)" if more else ""
        raise PageError(first.url, first.selector, first.expected, first.found + beside)
