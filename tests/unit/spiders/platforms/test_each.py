"""One thing that can not be read costs itself, and none of the others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from releases.model import Note
from spiders.errors import PageError
from spiders.platforms.each import read_each
from spiders.portal_spider import Output


def read(number: int) -> Iterator[Output]:
    yield Note(f"{number} begun")
    if number % 2:
        raise PageError("https://x.example/", "the number", "an even one", str(number))
    yield Note(f"{number} read")


def words(numbers: list[int]) -> Iterator[str]:
    for found in read_each(numbers, read):
        assert isinstance(found, Note)
        yield found.words


def test_what_can_be_read_is_read_and_the_first_error_is_told_at_the_end() -> None:
    told: list[str] = []
    with pytest.raises(PageError) as error:
        told.extend(words([2, 3, 4, 5]))
    assert told == ["2 begun", "2 read", "3 begun", "4 begun", "4 read", "5 begun"]
    assert (error.value.found, error.value.url) == ("3 (and 1 more on this page)", "https://x.example/")


def test_nothing_wrong_is_no_error() -> None:
    assert list(words([2])) == ["2 begun", "2 read"]
    assert list(words([])) == []
