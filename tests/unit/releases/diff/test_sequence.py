"""Which items belong together: correct, the same from both sides, and never at the price of a square."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.diff.sequence import Effort, Match, matches

FEW = st.lists(st.integers(0, 4), max_size=40)


@settings(max_examples=500, deadline=None)
@given(FEW, FEW)
def test_what_is_paired_is_equal_and_in_order(old, new):
    found = matches(old, new)
    i = j = 0
    for match in found:
        assert match.length > 0
        assert (match.old, match.new) >= (i, j)
        assert match.old >= i
        assert match.new >= j
        assert old[match.old : match.old + match.length] == new[match.new : match.new + match.length]
        i, j = match.old + match.length, match.new + match.length


@settings(max_examples=500, deadline=None)
@given(FEW, FEW)
def test_exchanged_sides_give_exchanged_matches(old, new):
    assert matches(new, old) == [Match(j, i, length) for i, j, length in matches(old, new)]


@given(FEW)
def test_equal_ones_are_one_match(items):
    assert matches(items, items) == ([Match(0, 0, len(items))] if items else [])


def common(old, new):
    """Length of the longest common subsequence, by the textbook."""
    row = [0] * (len(new) + 1)
    for item in old:
        before = 0
        for j, other in enumerate(new, 1):
            before, row[j] = row[j], before + 1 if item == other else max(row[j], row[j - 1])
    return row[-1]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from("ab"), max_size=30), st.lists(st.sampled_from("ab"), max_size=30))
def test_the_smallest_difference_where_nothing_is_unique(old, new):
    if min(old.count("a"), new.count("a"), old.count("b"), new.count("b")) > 1:
        found = sum(match.length for match in matches(old, new))
        # Anchors that become unique in a gap may cost an item or two; most often none.
        assert found >= 0.6 * common(old, new)


N = 20_000
HOSTILE = {
    "turning": (["a", "b"] * N, ["b", "a"] * N),
    "nothing in common": (["a"] * N, ["b"] * N),
    "backwards": (list(range(N)), list(range(N))[::-1]),
    "shuffled": ([i * 7919 % N for i in range(N)], [i * 104_729 % N for i in range(N)]),
    "few, at random": ([i * i % 7 for i in range(N)], [i * i * i % 11 for i in range(N)]),
    "one against many": (["a"], ["a"] * N),
    "anchors in anchors": ([i // 2 for i in range(N)], [(N - i) // 2 for i in range(N)]),
    "twice each": ([i % (N // 2) for i in range(N)], [(i * 31) % (N // 2) for i in range(N)]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_steps_grow_with_the_length(name):
    old, new = HOSTILE[name]
    effort = Effort(len(old) + len(new))
    matches(old, new, effort)
    # The last step that is begun may go over: one more pass, or one more edit's worth.
    assert effort.spent <= effort.most + len(old) + len(new) + 1000
    assert effort.most <= 60 * (len(old) + len(new)) + 500_000
