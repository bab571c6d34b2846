"""What crawls note of hosts, and what later ones learn from it."""

from __future__ import annotations

from crawler.recheck.habits import SPEED, Habits, learnt


def test_what_is_noted_is_learnt() -> None:
    habits = Habits(bytes=30_000_000, seconds=10.0)
    habits.of("b.example").ignored = 2
    habits.of("a.example").heads_refused = 1
    habits.of("quiet.example")
    noted = habits.noted()
    assert noted == {
        "hosts": {"a.example": {"heads_refused": 1}, "b.example": {"ignored": 2}},
        "timed_bytes": 30_000_000, "timed_seconds": 10.0,
    }  # fmt: skip
    found = learnt([noted, {}, noted])
    assert found.of("b.example").ignores_validators
    assert found.of("a.example").refuses_heads
    assert not found.of("new.example").refuses_heads
    assert found.speed == 3_000_000


def test_one_right_answer_is_believed() -> None:
    habits = learnt([{"hosts": {"a": {"ignored": 9, "not_modified": 1, "heads": 3, "heads_refused": 2}}}])
    assert not habits.of("a").ignores_validators
    assert not habits.of("a").refuses_heads


def test_nothing_is_noted_of_nothing() -> None:
    assert Habits().noted() == {}
    assert learnt([]).speed == SPEED
