"""What always holds of the choice of files, whatever a portal is like."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.recheck.choose import Candidate, choose

EVERY = 1.0
DAYS = st.floats(0, 4000, allow_nan=False)
COST = st.floats(0.001, 5000, allow_nan=False)


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    found = []
    for number in range(draw(st.integers(0, 30))):
        age, cost = draw(DAYS), draw(COST)
        found.append(
            Candidate(
                f"f{number}",
                draw(st.sampled_from(["a.example", "b.example"])),
                draw(st.sampled_from(["document", "video"])),
                draw(st.integers(0, 50)),
                draw(DAYS),
                age,
                draw(st.floats(0, 1)) * age,
                cost,
                draw(st.sampled_from([0.0, cost / 3])),
                draw(st.sampled_from([None, None, None, "new", "changed", "doubted"])),
            )
        )
    return found


@settings(deadline=None)
@given(candidates(), st.floats(0, 20_000), st.floats(0.01, 400))
def test_bounds(files: list[Candidate], budget: float, longest: float) -> None:
    choice = choose(files, budget=budget, longest=longest, every=EVERY)
    for file in files:
        why = choice.asked.get(file.id)
        if file.must or file.age + EVERY > longest:
            assert why not in {None, "head"}, "what must be asked for is, by its bytes"
    for host, spent in choice.spent.items():
        mine = [file for file in files if file.host == host and file.must != "new"]
        must = sum(file.cost for file in mine if file.must or file.age + EVERY > longest)
        assert spent <= max(budget, must) + 1e-6
        real = sum(
            file.head if choice.asked[file.id] == "head" else file.cost for file in mine if file.id in choice.asked
        )
        assert spent == pytest.approx(real)
        if sum(file.cost for file in mine) <= budget:
            assert {file.id for file in mine} <= choice.asked.keys(), "what is affordable is asked for"
            assert "head" not in {choice.asked[file.id] for file in mine}
    assert choice.held == sum(file.must != "new" for file in files)
    assert choice.left == sum(file.id not in choice.asked for file in files)
    news = [file.id for file in files if file.must == "new"]
    assert list(choice.asked)[: len(news)] == news, "the first that are asked for"


@settings(deadline=None)
@given(candidates(), st.floats(0, 20_000))
def test_the_order_of_files_decides_nothing(files: list[Candidate], budget: float) -> None:
    there, back = (choose(one, budget=budget, longest=30, every=EVERY).asked for one in (files, files[::-1]))
    assert there == back


@settings(deadline=None)
@given(st.integers(0, 20), st.integers(0, 20), st.floats(1, 500), st.floats(0, 20), st.floats(0, 20), st.floats(0.1, 9))
def test_more_changes_and_more_time_come_first(
    one: int, other: int, days: float, age: float, older: float, cost: float
) -> None:
    """Of two files with room for one, the more restless, and of two as restless the one unseen for longer."""
    low, high = sorted((one, other))
    files = [
        Candidate("a", "h", "document", high, days, age + 1, age + 1, cost),
        Candidate("b", "h", "document", low, days, age + 1, age + 1, cost),
    ]
    assert list(choose(files, budget=cost, longest=1e9, every=EVERY).asked) == ["a"]
    files = [replace(files[1], age=age + older + 1, looked=age + older + 1), replace(files[1], id="c")]
    assert list(choose(files, budget=cost, longest=1e9, every=EVERY).asked) == ["b"]


def test_what_costs_less_comes_first() -> None:
    files = [Candidate(str(cost), "h", "document", 0, 10, 5, 5, cost) for cost in (1.0, 2.0, 50.0)]
    assert list(choose(files, budget=4, longest=1e9, every=EVERY).asked) == ["1.0", "2.0"]


def test_heads_first_then_bytes_with_what_is_left() -> None:
    files = [
        Candidate(str(number), "h", "video", changes, 10, 5, 5, 10.0, head=1.0) for number, changes in enumerate((0, 4))
    ]
    assert choose(files, budget=2, longest=1e9, every=EVERY).asked == {"0": "head", "1": "head"}
    choice = choose(files, budget=11, longest=1e9, every=EVERY)
    assert choice.asked == {"0": "head", "1": "likely"}
    assert (choice.again, choice.heads, choice.left) == (1, 1, 0)


def test_over_the_weeks_everything_has_its_turn_and_the_restless_more_often() -> None:
    """60 files, ten a day; file 0 changes every day, file 1 every week."""
    ages = [1.0] * 60
    seen = {0: 5, 1: 3}
    asked: Counter[int] = Counter()
    worst = 0.0
    for day in range(60):
        files = [
            Candidate(f"{n:02}", "h", "document", seen.get(n, 0), 20 + day - age, age, age, 1.0)
            for n, age in enumerate(ages)
        ]
        worst = max(worst, *ages)
        chosen = {int(id_) for id_ in choose(files, budget=10, longest=15, every=EVERY).asked}
        assert len(chosen) >= 10
        asked.update(chosen)
        for one, every in ((0, 1), (1, 7)):
            if one in chosen and ages[one] >= every:
                seen[one] += 1
        ages = [1.0 if n in chosen else age + 1 for n, age in enumerate(ages)]
    assert worst <= 15
    assert min(asked.values()) >= 60 // 15
    assert asked[0] > asked[1] > max(asked[n] for n in range(2, 60)) * 1.2
