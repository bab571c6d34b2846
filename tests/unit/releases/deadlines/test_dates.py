"""A day that can be read in two ways is not read at all."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.deadlines.dates import Place, Unreadable, read_day

CHICAGO = Place(ZoneInfo("America/Chicago"))
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-03-14", "", date(2026, 3, 14)),
        ("2026-03-14T23:40", "", date(2026, 3, 14)),
        ("2026/3/4", "dmy", date(2026, 3, 4)),
        ("01/02/2016", "mdy", date(2016, 1, 2)),
        ("01/02/2016", "dmy", date(2016, 2, 1)),
        ("13/02/2016", "", date(2016, 2, 13)),
        ("02-13-2016 9:05 pm", "", date(2016, 2, 13)),
        ("02.02.2016", "", date(2016, 2, 2)),
        ("March 14, 2025 at 9:05 PM", "", date(2025, 3, 14)),
        ("Sat., Sept. 6, 2025", "", date(2025, 9, 6)),
        ("6th september 2025", "", date(2025, 9, 6)),
        (["2026-03-14"], "", date(2026, 3, 14)),
    ],
)
def test_read(text, order, day):
    assert read_day(text, Place(order=order)) == day


@pytest.mark.parametrize(
    ("text", "order", "why"),
    [
        ("01/02/2016", "", "can not be told apart"),
        ("01/02/2016", "ymd", "can not be told apart"),
        ("13/02/2016", "mdy", "no such day"),
        ("01/02/16", "mdy", "not written out"),
        ("2026-02-30", "", "no such day"),
        ("2026-02-03T25:00", "", "no such day"),
        ("1061-01-01", "", "misprint"),
        ("Smarch 13, 2025", "", "no date that can be read"),
        ("٠١/٠٢/٢٠١٦", "mdy", "no date that can be read"),
        ("tomorrow", "", "no date that can be read"),
        ("-", "", "no date that can be read"),
        ("", "", "not printed"),
        (None, "", "not printed"),
        (20160102, "mdy", "no date"),
        (["2026-03-14", "2026-03-15"], "", "no date"),
        ("9" * 100_000, "", "no date that can be read"),
        ("1/1/" * 50_000, "", "no date that can be read"),
    ],
)
def test_not_read(text, order, why):
    with pytest.raises(Unreadable, match=why) as error:
        read_day(text, Place(order=order))
    assert len(str(error.value)) < 300


def test_the_place_decides_which_day_it_is():
    assert read_day("2026-03-01T04:30:00Z", CHICAGO) == date(2026, 2, 28)
    assert read_day("2026-03-01T04:30:00+00:00", Place()) == date(2026, 3, 1)
    assert read_day("2026-03-08T07:30:00Z", CHICAGO) == date(2026, 3, 8)  # the hour that DST skips
    assert read_day("2026-03-01T23:59", CHICAGO) == date(2026, 3, 1)  # a time without a zone is the place's own


@settings(deadline=None)
@given(DAYS, st.sampled_from(["mdy", "dmy", "ymd", ""]))
def test_what_is_written_in_full_is_read_whatever_the_order(day: date, order: str):
    place = Place(order=order)
    month = day.strftime("%B")
    for text in (day.isoformat(), f"{month} {day.day}, {day.year}", f"{day.day} {month[:3]} {day.year}",
                 f"{day.year}/{day.month}/{day.day}"):  # fmt: skip
        assert read_day(text, place) == day


@settings(deadline=None)
@given(DAYS)
def test_numbers_alone_are_read_right_or_not_at_all(day: date):
    text = f"{day.month}/{day.day}/{day.year}"
    assert read_day(text, Place(order="mdy")) == day
    try:
        assert read_day(text, Place()) == day
    except Unreadable:
        assert day.day <= 12
        assert day.day != day.month


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(ZoneInfo("UTC"))).filter(lambda at: 1901 < at.year < 2100))
def test_a_moment_belongs_to_one_day_of_the_place(at):
    day = read_day(at.isoformat(timespec="seconds"), CHICAGO)
    assert day in {at.date(), at.date() - timedelta(days=1)}


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_day_or_unreadable(text: str):
    with suppress(Unreadable):
        assert 1900 <= read_day(text, Place()).year <= 2100
