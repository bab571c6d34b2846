"""Counting days, against counting one by one."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from config.deadline import ClosedDays
from releases.deadlines.calendar import Calendar, Pause

DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))
ILLINOIS = ClosedDays(country="US", subdivision="IL", closed=("2026-11-27",), open=("2026-02-12",))
ONE = timedelta(days=1)


@st.composite
def pauses(draw):
    made = []
    for _ in range(draw(st.integers(0, 3))):
        since = draw(DAYS)
        made.append(Pause(since, draw(st.none() | st.integers(0, 40).map(lambda n, since=since: since + n * ONE))))
    return made


def one_by_one(start, days, breaks, *, business, ends_open):
    """The same, the slow way."""
    days_off = holidays.country_holidays("US", subdiv="IL")

    def is_open(day):
        closed = day.isoformat() in ILLINOIS.closed or (day in days_off and day.isoformat() not in ILLINOIS.open)
        return day.weekday() < 5 and not closed

    def stopped(day):
        return any(p.since <= day and (p.until is None or day <= p.until) for p in breaks)

    if any(p.until is None for p in breaks) and days:
        forever = min(p.since for p in breaks if p.until is None)
    else:
        forever = date.max
    day, left = start, days
    while left:
        day += ONE
        if day >= forever:
            return None
        left -= not stopped(day) and (not business or is_open(day))
    while ends_open and not is_open(day):
        day += ONE
    return day


@settings(deadline=None)
@given(DAYS, st.integers(1, 45), pauses(), st.booleans(), st.booleans())
def test_due_is_what_counting_one_by_one_gives(start, days, breaks, business, ends_open):
    calendar = Calendar(ILLINOIS, business=business)
    found = calendar.due(start, days, breaks, ends_open=ends_open)
    assert found == one_by_one(start, days, breaks, business=business, ends_open=ends_open)


@settings(deadline=None)
@given(DAYS, st.integers(1, 45), st.integers(0, 45), pauses(), st.booleans())
def test_more_days_and_pauses_never_shorten(start, days, more, breaks, business):
    calendar = Calendar(ILLINOIS, business=business)
    plain, longer = calendar.due(start, days), calendar.due(start, days + more)
    with_breaks = calendar.due(start, days, breaks)
    assert plain <= longer
    assert with_breaks is None or with_breaks >= plain
    later = calendar.due(start + ONE, days)
    assert later >= plain


@settings(deadline=None)
@given(DAYS, st.integers(1, 200), st.booleans())
def test_between_undoes_due(start, days, business):
    calendar = Calendar(ILLINOIS, business=business)
    assert calendar.between(start, calendar.due(start, days)) == days


@settings(deadline=None)
@given(DAYS, DAYS, DAYS, st.booleans())
def test_between_adds_up(a, b, c, business):
    calendar = Calendar(ILLINOIS, business=business)
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


def test_five_business_days_in_illinois():
    calendar = Calendar(ClosedDays(country="US", subdivision="IL"), business=True)
    assert calendar.due(date(2026, 6, 15), 5) == date(2026, 6, 23)  # Juneteenth and a weekend between
    assert calendar.due(date(2026, 11, 20), 5) == date(2026, 11, 30)  # Thanksgiving; the Friday after is open …
    assert Calendar(ILLINOIS, business=True).due(date(2026, 11, 20), 5) == date(2026, 12, 1)  # … or closed, as told
    assert calendar.due(date(2026, 2, 9), 5) == date(2026, 2, 18)  # Lincoln's and Washington's birthdays
    assert Calendar(ILLINOIS, business=True).due(date(2026, 2, 9), 5) == date(2026, 2, 17)
    assert not calendar.is_open(date(2026, 7, 3))  # the 4th is a Saturday


def test_a_last_day_that_is_closed_moves_only_where_the_rule_says_so():
    calendar = Calendar(ClosedDays(), business=False)
    assert calendar.due(date(2026, 1, 1), 9) == date(2026, 1, 10)
    assert calendar.due(date(2026, 1, 1), 9, ends_open=True) == date(2026, 1, 12)
