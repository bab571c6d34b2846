"""A record's fields as terms and amounts: names, words, numbers, dates; and a bound for hostile ones."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.search.values import (
    MOST_FIELDS,
    MOST_WORDS,
    NAMED,
    column,
    field_amounts,
    field_name,
    field_terms,
    read_number,
    read_time,
)


@pytest.mark.parametrize(
    "printed", ["Incident Type", "incident_type", " Incident-type: ", "INCIDENT  TYPE", "Íncident type"]
)
def test_a_name_is_the_same_however_it_is_printed(printed):
    assert field_name(printed) == "incident_type"


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), (" -1.5 ", -1.5), ("$12,500", 12500), ("40 %", 40), (".5", 0.5), ("three", None), ("3rd", None), ("", None),
     ("9" * 60, None), ("1.2.3", None), ("2024-01", None)],
)  # fmt: skip
def test_numbers(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("text", "time"),
    [("2031-01-05", (2031, 1, 5)), ("2031-01", (2031, 1, 1)), ("2031-01-05T14:30", (2031, 1, 5, 14, 30)),
     ("2031-01-05T14:30:10-06:00", (2031, 1, 5, 14, 30, 10)), ("1/5/2031", (2031, 1, 5)), ("01/05/2031 2:30 PM", (2031, 1, 5)),
     ("January 5, 2031", (2031, 1, 5)), ("Jan. 5th, 2031", (2031, 1, 5)), ("5 Jan 2031", (2031, 1, 5)), ("May 2031", (2031, 5, 1)),
     ("2031", None), ("13/13/2031", None), ("2031-02-30", None), ("5 January 6 2031", None), ("Foo 5, 2031", None)],
)  # fmt: skip
def test_dates_as_portals_print_them(text, time):
    assert read_time(text) == (datetime(*time, tzinfo=UTC).timestamp() if time else None)


def test_terms_and_amounts_of_fields():
    fields = {"District": ["04", "05"], "People": [{"name": "Ann", "rank": "Sgt"}], "None": None, "": "x", "Shots": 3}
    terms = field_terms(fields).split(" ")
    assert [term for term in terms if term.startswith(NAMED)] == [
        NAMED + name for name in ("district", "people", "shots")
    ]
    assert [term for term in terms if "people\x01" in term] == ["people\x01ann", "people\x01sgt"]
    assert {"district\x0104", "district\x014", "district\x015"} <= set(terms)
    assert field_amounts(fields) == {column("n", "district"): [4.0, 5.0], column("n", "shots"): [3.0]}


@given(st.dictionaries(st.text(max_size=90), st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=40),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=5), one, max_size=3), max_leaves=8)))  # fmt: skip
def test_any_json_becomes_terms(fields):
    assert all(field_terms(fields).split(" ")) or not field_terms(fields)
    assert all(abs(number) < 1e16 for numbers in field_amounts(fields).values() for number in numbers)


def test_a_hostile_record_is_bounded():
    terms = field_terms({f"name {number}": "word " * 1000 for number in range(1000)}).split(" ")
    assert len([term for term in terms if term.startswith(NAMED)]) <= MOST_FIELDS
    assert len(terms) <= MOST_WORDS + 3 * MOST_FIELDS
