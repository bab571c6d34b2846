"""Where a query's words stand in a text, for pages that mark them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.search.marking import asked_of_texts, spans


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("perez", ["Pérez"]),
        ('"of duty"', ["of", "DUTY", "of", "duty"]),
        ('"of du"*', ["of", "DUTY", "of", "duty"]),
        ("du*", ["DUTY", "duty"]),
        ('"duty relieved"', []),
        ("officer -relieved", ["Officer"]),
        ("(officer OR taser) perez", ["Officer", "Pérez"]),
        ('officer "officer perez"', ["Officer", "Pérez"]),
        ("title:officer district:duty file:was kind:of since:2020", []),
        ("duty asof:2020", ["DUTY", "duty"]),
        ("(", []),
        ("", []),
        ("x" * 80, []),
    ],
)
def test_marks_what_the_query_asks_of_the_text(query, marked):
    text = "The Officer, Pérez,\n\n was relieved of DUTY, not of duty."
    assert [text[start:end] for start, end in spans(text, query)] == marked


@given(
    st.text(max_size=200),
    st.text(max_size=60) | st.lists(st.sampled_from(["a", "b*", '"a b"', "é", "OR", "-c"])).map(" ".join),
)
def test_any_text_and_any_query(text, query):
    at = 0
    for start, end in spans(text, query):
        assert at <= start < end <= len(text)
        at = end


def test_what_a_query_asks_of_texts() -> None:
    assert asked_of_texts('taser district:04 "use of force" redact* -training title:harbor taser') == (
        "taser",
        "use of force",
        "redact*",
    )
    assert asked_of_texts("(taser OR") == ()
    assert asked_of_texts("district:04") == ()
