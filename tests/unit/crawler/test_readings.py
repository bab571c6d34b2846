"""Which records need not be opened, which are read all the same, and when a portal's word is not taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.baseline import Checks
from crawler.readings import LEAST, SHARE, TRUST_AFTER, Reading, Readings, distrust, lied, readings_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STAMP = "2026-05-01T09:00:00Z"


def opened(held: dict[str, Reading], now: datetime = NOW, longest: timedelta = 30 * DAY) -> set[str]:
    """Keys that a crawl at `now` opens, of records that are listed under the stamp under which they were read."""
    readings = readings_of(held.items(), now, longest)
    return {key for key, reading in held.items() if not readings.unchanged(key, reading.stamp)}


def test_without_earlier_readings_everything_is_opened() -> None:
    assert not Readings().unchanged("a", STAMP)


def test_a_stamp_that_is_another_or_none_opens_the_page() -> None:
    held = {f"case-{n}": Reading(STAMP, NOW - DAY) for n in range(100)}
    readings = readings_of(held.items(), NOW, 30 * DAY)
    closed = next(key for key in held if readings.unchanged(key, STAMP))
    assert readings.unopened >= {closed}
    assert not readings.unchanged(closed, "2026-05-01T09:00:01Z")
    assert not readings.unchanged(closed, "")
    assert not readings.unchanged("unknown", STAMP)


def test_a_sample_is_read_all_the_same_and_another_one_each_day() -> None:
    held = {f"case-{n}": Reading(STAMP, NOW - DAY) for n in range(5000)}
    today, tomorrow = opened(held), opened(held, NOW + DAY)
    assert 0.5 * SHARE * 5000 < len(today) < 1.5 * SHARE * 5000
    assert opened(held, NOW + timedelta(hours=3)) == today, "the same for every crawl of a day"
    assert len(today & tomorrow) < len(today) / 4
    few = {f"case-{n}": Reading(STAMP, NOW - DAY) for n in range(10)}
    assert len(opened(few)) == LEAST


def test_what_was_read_by_a_clock_that_was_put_back_is_read_again() -> None:
    assert opened({f"case-{n}": Reading(STAMP, NOW + 1500 * DAY) for n in range(100)}) == {
        f"case-{n}" for n in range(100)
    }


def test_every_record_is_read_within_its_bound_and_not_all_on_one_day() -> None:
    held = {f"case-{n}": Reading(STAMP, NOW) for n in range(1000)}
    last, unread = NOW, set(held)
    most = 0
    for day in range(1, 31):
        last = NOW + day * DAY
        found = opened({key: held[key] for key in unread}, last)
        most = max(most, len(found))
        unread -= found
    assert not unread
    assert most < 250


@pytest.mark.parametrize(
    ("stamp", "read", "tells"),
    [
        # A day alone: a change later on that day, anywhere on earth, would have had the same stamp.
        ("2026-05-01", "2026-05-01T23:00:00Z", False),
        ("2026-05-01", "2026-05-02T11:00:00Z", False),
        ("2026-05-01", "2026-05-02T12:00:00Z", True),
        # Midnight is a day as programs print it.
        ("2026-05-01T00:00:00+00:00", "2026-05-01T23:00:00Z", False),
        ("2026-05-01T00:00:00+00:00", "2026-05-03T00:00:00Z", True),
        ("2026-05-01T09:00:00Z", "2026-05-01T09:00:00Z", False),
        ("2026-05-01T09:00:00Z", "2026-05-01T09:00:01Z", True),
        ("2026-05-01T09:00Z", "2026-05-01T09:00:30Z", False),
        ("2026-05-01T09:00Z", "2026-05-01T09:01:00Z", True),
        ("2026-05-01T09:00:00-05:00", "2026-05-01T13:00:00Z", False),
        ("2026-05-01T09:00:00-05:00", "2026-05-01T14:00:01Z", True),
        # Without a zone it may be any.
        ("2026-05-01T09:00:00", "2026-05-01T20:00:00Z", False),
        ("2026-05-01T09:00:00", "2026-05-01T23:00:01Z", True),
        # With what else the list says of the record.
        ("2026-05-01 00ff00ff00ff00ff", "2026-05-01T23:00:00Z", False),
        ("2026-05-01T09:00:00.1Z 00ff00ff00ff00ff", "2026-05-01T10:00:00Z", True),
        # No date at all: a number of a version, and a date that there is none.
        ("AAAAAABQ", "2026-05-01T09:00:00Z", True),
        ("2026-99-99", "2026-05-01T09:00:00Z", True),
    ],
)
def test_a_coarse_stamp_tells_nothing_of_what_came_later_in_it(stamp: str, read: str, tells: bool) -> None:
    held = {f"case-{n}": Reading(stamp, datetime.fromisoformat(read)) for n in range(200)}
    assert (len(opened(held, datetime.fromisoformat(read) + timedelta(minutes=1))) < 200) is tells


def test_who_asks_for_everything_gets_it_and_the_portals_word_is_checked() -> None:
    held = {"a": Reading(STAMP, NOW - DAY), "b": Reading(STAMP, NOW - DAY)}
    readings = readings_of(held.items(), NOW, 30 * DAY, everything=True)
    assert not readings.unchanged("a", STAMP)
    assert not readings.unchanged("b", "another")
    assert (readings.unopened, readings.checked) == (set(), {"a"})


def test_trust_is_lost_by_one_lie_and_comes_back_later_each_time() -> None:
    clean, lie = Checks(90, 10, 0), Checks(90, 10, 1)
    assert distrust([]) == distrust([clean] * 9) == ""
    assert "a page had changed under an unchanged one" in distrust([lie, clean])
    assert f"({TRUST_AFTER - 1} did)" in distrust([clean] * (TRUST_AFTER - 1) + [lie])
    assert distrust([clean] * TRUST_AFTER + [lie, *[clean] * 9]) == ""
    again = [lie, *[clean] * 9, lie]
    assert distrust([clean] * (2 * TRUST_AFTER - 1) + again)
    assert not distrust([clean] * (2 * TRUST_AFTER) + again)


def test_a_lie_is_a_change_that_is_told() -> None:
    events = [{"kind": "changed", "key": "a"}, {"kind": "new", "key": "b"}, {"kind": "file_added", "key": "c"}]
    assert lied({"a", "b"}, events) == {"a"}
    assert lied({"b", "d"}, events) == set()
