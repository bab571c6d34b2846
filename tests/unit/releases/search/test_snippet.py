"""The piece of a text that shows why it was found."""

from hypothesis import given, settings
from hypothesis import strategies as st

from releases.search.marking import Phrase
from releases.search.snippet import snippet


def test_words_are_marked_where_they_stand():
    made = snippet("The Officer, Pérez,\n\n was relieved of DUTY.", [Phrase(("perez",)), Phrase(("dut",), prefix=True)])
    assert made.text == "The Officer, Pérez, was relieved of DUTY."
    assert made.marked() == "The Officer, [Pérez], was relieved of [DUTY]."


def test_the_window_with_most_different_words_wins():
    text = "taser " * 50 + "filler " * 200 + "the taser hit an officer " + "filler " * 200
    made = snippet(text, [Phrase(("taser",)), Phrase(("officer",))], 80)
    assert "[taser] hit an [officer]" in made.marked()
    assert made.text.startswith("…")
    assert made.text.endswith("…")


def test_nothing_found_shows_the_beginning():
    assert snippet("abc " * 100, [Phrase(("zzz",))], 20).text.startswith("abc abc")
    assert snippet("", [Phrase(("a",))]).text == ""


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400), st.lists(st.text(min_size=1, max_size=3), max_size=4), st.integers(10, 60))
def test_marks_lie_in_the_text(text, words, width):
    made = snippet(text, [Phrase((word,), prefix=True) for word in words], width)
    assert len(made.text) <= width + 2
    at = 0
    for start, end in made.marks:
        assert at <= start < end <= len(made.text)
        at = end
    assert made.marked("", "") == made.text
    assert "\n" not in made.text
