"""Digests and quiet hours by the wall clock, over changes of the clock and in odd zones."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.alerts.cadence import (
    check_settings,
    day_began,
    missed_digests,
    next_day,
    next_digest,
    quiet_until,
)
from releases.alerts.errors import SubscriptionRefused

CHICAGO = "America/Chicago"


@dataclass(frozen=True)
class When:
    cadence: str = "daily"
    timezone: str = CHICAGO
    digest_at: str = "08:00"
    digest_day: str = "monday"
    quiet: str = ""


def at(text: str, zone: str = CHICAGO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def walls(when: When, start: datetime, number: int) -> list[str]:
    """The wall times of the next digests."""
    found, moment = [], start
    for _ in range(number):
        moment = next_digest(when, moment)
        found.append(f"{moment.astimezone(ZoneInfo(when.timezone)):%a %d %H:%M}")
    return found


def test_instant_ones_have_no_digest():
    assert next_digest(When("instant"), at("2026-03-01T12:00")) is None


def test_the_same_wall_time_before_and_after_the_clock_changes():
    assert walls(When(), at("2026-03-06T09:00"), 3) == ["Sat 07 08:00", "Sun 08 08:00", "Mon 09 08:00"]
    assert walls(When(), at("2026-10-30T09:00"), 3) == ["Sat 31 08:00", "Sun 01 08:00", "Mon 02 08:00"]


def test_a_time_that_the_clock_skips_and_one_that_it_repeats():
    skipped = replace(When(), digest_at="02:30")
    assert walls(skipped, at("2026-03-07T12:00"), 2) == ["Sun 08 03:30", "Mon 09 02:30"]
    repeated = replace(When(), digest_at="01:30")
    first = next_digest(repeated, at("2026-10-31T12:00"))
    assert first == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # still summer time
    assert next_digest(repeated, first) == datetime(2026, 11, 2, 7, 30, tzinfo=UTC)
    assert next_digest(repeated, first + timedelta(minutes=20)) == datetime(2026, 11, 2, 7, 30, tzinfo=UTC)


def test_weekly_on_its_day():
    weekly = replace(When("weekly"), digest_day="sunday")
    assert walls(weekly, at("2026-03-04T00:00"), 2) == ["Sun 08 08:00", "Sun 15 08:00"]
    assert walls(weekly, at("2026-03-08T08:00"), 1) == ["Sun 15 08:00"]


def test_hourly_at_the_full_hour_of_the_wall_clock():
    assert walls(When("hourly", "Asia/Kolkata"), at("2026-03-04T10:12", "Asia/Kolkata"), 2) == [
        "Wed 04 11:00",
        "Wed 04 12:00",
    ]
    assert walls(When("hourly"), at("2026-03-08T00:30"), 3) == ["Sun 08 01:00", "Sun 08 03:00", "Sun 08 04:00"]
    # Lord Howe Island's clocks change by half an hour.
    howe = When("hourly", "Australia/Lord_Howe")
    assert all(w.endswith(":00") for w in walls(howe, at("2026-10-03T22:00", "Australia/Lord_Howe"), 8))


def test_hourly_digests_keep_quiet_hours():
    quiet = replace(When("hourly"), quiet="22:00-07:00")
    assert walls(quiet, at("2026-03-04T20:30"), 4) == ["Wed 04 21:00", "Thu 05 07:00", "Thu 05 08:00", "Thu 05 09:00"]


def test_quiet_hours_over_midnight_end_at_their_wall_time():
    when = replace(When("instant"), quiet="22:00-07:00")
    assert quiet_until(when, at("2026-03-07T21:59")) is None
    assert quiet_until(when, at("2026-03-07T22:00")) == at(
        "2026-03-08T07:00"
    )  # nine hours by the clock, eight that passed
    assert quiet_until(when, at("2026-03-08T06:59")) == at("2026-03-08T07:00")
    assert quiet_until(when, at("2026-03-08T07:00")) is None
    assert quiet_until(replace(when, quiet="12:00-13:00"), at("2026-03-08T12:30")) == at("2026-03-08T13:00")


def test_quiet_hours_that_end_within_a_repeated_hour_end_after_now():
    when = replace(When("instant"), quiet="22:00-01:30")
    second = datetime(2026, 11, 1, 7, 10, tzinfo=UTC)  # 01:10 for the second time
    assert quiet_until(when, second) == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


def test_a_day_has_23_hours_once():
    when = When("instant")
    assert day_began(when, at("2026-03-08T12:00")) == at("2026-03-08T00:00")
    assert next_day(when, at("2026-03-08T07:59")) == at("2026-03-08T08:00")
    assert next_day(when, at("2026-03-08T08:00")) == at("2026-03-09T08:00")


def test_how_many_were_missed():
    assert missed_digests(When(), at("2026-03-07T08:00"), at("2026-03-07T08:01")) == 0
    assert missed_digests(When(), at("2026-03-07T08:00"), at("2026-03-10T09:00")) == 3
    assert missed_digests(When("hourly"), at("2020-01-01T00:00"), at("2026-01-01T00:00")) == 1000


zones = st.sampled_from(
    ["UTC", CHICAGO, "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "America/Sao_Paulo",
     "Pacific/Apia", "Asia/Gaza", "America/St_Johns"]
)  # fmt: skip
moments = st.integers(1262304000, 2114380800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
clock = st.times().map(lambda t: f"{t.hour:02}:{t.minute:02}")


@given(zones, moments, clock, st.sampled_from(["hourly", "daily", "weekly"]))
def test_digests_go_forward_and_none_is_far(zone, start, digest_at, cadence):
    when = replace(When(cadence, zone), digest_at=digest_at, digest_day="wednesday")
    found = [start]
    for _ in range(12):
        found.append(next_digest(when, found[-1]))
    longest = {"hourly": timedelta(hours=2), "daily": timedelta(hours=49), "weekly": timedelta(days=9)}[cadence]
    assert all(timedelta(0) < later - sooner <= longest for sooner, later in pairwise(found))
    if cadence == "daily":
        days = [moment.astimezone(ZoneInfo(zone)).date() for moment in found[1:]]
        assert len(set(days)) == len(days)


@given(zones, moments, clock, clock)
def test_quiet_hours_end_when_they_say(zone, now, start, end):
    if start == end:
        return
    when = replace(When("instant", zone), quiet=f"{start}-{end}")
    until = quiet_until(when, now)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=50)
    local = until.astimezone(ZoneInfo(zone)).time()
    shifted = datetime.combine(until, time.fromisoformat(end)) - datetime.combine(until, local)
    assert abs(shifted) in {
        timedelta(0),
        timedelta(minutes=30),
        timedelta(hours=1),
        timedelta(hours=23),
        timedelta(minutes=1410),
    }


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"cadence": "monthly"}, "no such cadence: 'monthly'"),
        ({"timezone": "Chicago"}, "no such time zone: 'Chicago'"),
        ({"timezone": "../../etc/passwd"}, "no such time zone"),
        ({"timezone": ""}, "no such time zone"),
        ({"timezone": "America"}, "no such time zone"),
        ({"digest_at": "8:00"}, "'8:00' is no time of day"),
        ({"digest_at": "24:00"}, "no time of day"),
        ({"digest_day": "mon"}, "no such day: 'mon'"),
        ({"quiet": "22-7"}, "no time of day"),
        ({"quiet": "22:00"}, "no quiet hours"),
        ({"quiet": "07:00-07:00"}, "would never end"),
        ({"quiet": "07:00-09:00"}, "within the quiet hours"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(bad, said):
    with pytest.raises(SubscriptionRefused, match=said.replace("(", r"\(")) as refused:
        check_settings(replace(When(), **bad))
    assert "\n" not in str(refused.value)
