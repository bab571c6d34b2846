"""How often a file changes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.recheck.rate import Seen, chance, changes_per_day, priors

DAYS = st.floats(0, 5000, allow_nan=False)
EVERY = st.floats(0.01, 60)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 10_000), DAYS)), EVERY)
def test_rates_are_numbers_that_mean_something(rows: list[tuple[str, int, float]], every: float) -> None:
    files = [Seen(*row) for row in rows]
    found = priors(files, every)
    assert {"", *(file.kind for file in files)} == found.keys()
    assert all(0 < share < 1 for share in found.values())
    for file in files:
        rate = changes_per_day(file, found[file.kind], every)
        assert rate > 0
        assert math.isfinite(rate)
        more = changes_per_day(Seen(file.kind, file.changes + 1, file.days), found[file.kind], every)
        assert more > rate
        assert 0 <= chance(rate, file.days) <= chance(rate, file.days + 1) <= 1


@pytest.mark.parametrize("per_day", [0.05, 0.5, 2.0])
def test_it_finds_the_rate_that_was_there(per_day: float) -> None:
    """Looked at every day for years, a file is seen to change on a share of days; the rate behind it comes out."""
    days = 2000
    changes = round(days * (1 - math.exp(-per_day)))
    assert changes_per_day(Seen("document", changes, days), 0.01, 1.0) == pytest.approx(per_day, rel=0.05)


def test_a_file_of_a_restless_kind_is_taken_for_restless() -> None:
    files = [Seen("calendar", 9, 10)] * 20 + [Seen("report", 0, 10)] * 20
    found = priors(files, 1.0)
    fresh = {kind: changes_per_day(Seen(kind, 0, 0), found[kind], 1.0) for kind in ("calendar", "report")}
    assert fresh["calendar"] > 10 * fresh["report"]
