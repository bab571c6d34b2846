"""Terms of a query: found, added, taken away."""

from __future__ import annotations

import pytest

from releases.search.query import parse
from web.searching.terms import facet_term, terms, toggled, with_term, without_term


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("taser", []),
        ("portal:copa taser", ["portal:copa"]),
        ('kind:"body worn" -kind:video', ['kind:"body worn"', "-kind:video"]),
        ('"he said: portal:copa" x', []),
        ("(taser portal:copa) since:2024 until:2024", ["portal:copa", "since:2024", "until:2024"]),
        ("", []),
        ('title:"use of force"* "', ['title:"use of force"*']),
    ],
)
def test_terms_are_found_outside_of_phrases(query: str, found: list[str]) -> None:
    assert terms(query) == found


@pytest.mark.parametrize("query", ["taser", "taser OR baton", '"shots fired" -training', "portal:copa"])
@pytest.mark.parametrize(("facet", "value"), [("portal", "lake-harbor"), ("kind", 'a "b" (c)'), ("year", "2024")])
def test_what_is_switched_on_means_something_and_is_switched_off_again(query: str, facet: str, value: str) -> None:
    wanted = facet_term(facet, value)
    narrower, was_on = toggled(query, wanted)
    assert not was_on
    parse(narrower)
    wider, was_on = toggled(narrower, wanted)
    assert was_on
    assert wider == query


def test_a_choice_is_narrowed_as_a_whole() -> None:
    assert with_term("a OR b", "kind:video") == "(a OR b) kind:video"
    assert with_term('"a OR b"', "kind:video") == '"a OR b" kind:video'
    assert with_term("", "kind:video") == "kind:video"


def test_what_is_not_there_is_not_taken_away() -> None:
    assert without_term("kind:videos", "kind:video") == "kind:videos"
    assert without_term("Kind:Video taser", "kind:video") == "taser"
    assert without_term("(kind:video) taser", "kind:video") == "taser"


def test_a_facet_without_a_word_in_the_language_is_no_link() -> None:
    assert facet_term("confidence", "90") == ""
    assert facet_term("year", "then") == ""
    assert facet_term("type", "record") == "kind:record"
