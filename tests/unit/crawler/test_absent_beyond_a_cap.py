"""What slid beyond a platform's cap is asked for in turns: everything some day, little on any day."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.records_stage import MOST_BEYOND_CAP, some_of_many
from releases.ledger.plan import Absent


@pytest.mark.parametrize("count", [0, 1, MOST_BEYOND_CAP, MOST_BEYOND_CAP + 1, 1000])
def test_each_record_has_its_turn(count):
    missing = [Absent(str(n), str(n), f"https://portal.example/{n}", None, 0) for n in range(count)]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    asked = [some_of_many(missing, start + timedelta(days=day)) for day in range(-(-count // MOST_BEYOND_CAP) or 1)]
    assert all(len(turn) <= MOST_BEYOND_CAP for turn in asked)
    assert sorted(record.id for turn in asked for record in turn) == sorted(record.id for record in missing)
