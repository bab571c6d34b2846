"""Values in words: no braces for readers, and a change is shown where it is."""

from __future__ import annotations

import pytest

from cli.event_words import changes, short
from releases.alerts.wording import readable
from releases.in_words import before_and_after, in_words

OPENED = {"date": "2026-03-02T09:05", "what": "Request opened", "text": None}
ANSWERED = {"date": "2026-03-09T10:00", "what": "Documents released", "text": "All of it."}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([OPENED, ANSWERED], "2026-03-02 09:05 · Request opened; 2026-03-09 10:00 · Documents released · All of it."),
        ({"key": "case", "value": "31-004"}, "case · 31-004"),
        (["Police", "Fire"], "Police, Fire"),
        ({"by": "Council", "status": "Referred", "what": "Referred"}, "Referred · Council"),
        ([["a", "b"], ["c"]], "a, b; c"),
        ({"protected": False, "n": 3}, "no · 3"),
        (True, "yes"),
        (None, ""),
        (0, "0"),
    ],
)
def test_in_words(value: object, said: str) -> None:
    assert in_words(value) == said
    assert readable(value) == said


def test_of_a_timeline_only_what_came_and_went() -> None:
    many = [{"date": f"2026-01-{day:02}", "what": "A note of many words"} for day in range(1, 29)]
    assert before_and_after(many, [*many, ANSWERED]) == (
        "28 entries",
        "29 entries, new: 2026-03-09 10:00 · Documents released · All of it.",
    )
    assert before_and_after([OPENED], [ANSWERED]) == (
        "1 entry, among them: 2026-03-02 09:05 · Request opened",
        "1 entry, new: 2026-03-09 10:00 · Documents released · All of it.",
    )
    old, new = before_and_after([OPENED, ANSWERED], [ANSWERED, OPENED])
    assert old != new


@pytest.mark.parametrize(("old", "new"), [(None, [OPENED]), ([], [OPENED]), (["a"], ["b"]), ("a", "b"), (1, 2)])
def test_everything_else_is_told_as_it_is(old: object, new: object) -> None:
    assert before_and_after(old, new) == (old, new)


def test_a_change_behind_a_long_beginning_is_shown() -> None:
    same = "The department was asked for all records of the stop. " * 20
    (line,) = changes({"text": f"{same}Denied."}, {"text": f"{same}Granted in part."})
    assert line.startswith("text: … ")
    assert "Denied." in line
    assert line.endswith("Granted in part.")


def test_one_value_is_one_line() -> None:
    assert short([OPENED]) == "2026-03-02 09:05 · Request opened"
    assert short([]) == short(None) == "nothing"
    assert len(short([ANSWERED] * 9)) == 80
