"""`schedule = "auto"`: bounds hold, news makes it sooner, nothing but the past decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.portals.adaptive import Bounds, Crawled, Gap, lasting, next_crawl, rate, short

MONDAY = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
"""10:00 in Chicago."""
CHICAGO = ZoneInfo("America/Chicago")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USUAL = Bounds(HOUR, 7 * DAY)
VERDICTS = ("healthy", "empty", "partial", "broken", "blocked", "down")


def past(changes: list[int], every: timedelta = DAY, until: datetime = MONDAY) -> list[Crawled]:
    """Healthy crawls that found so many changes each; the last one began at `until`."""
    return [Crawled(until - every * n, "healthy", count) for n, count in enumerate(reversed(changes))][::-1]


def after(history: list[Crawled], bounds: Bounds = USUAL, zone: ZoneInfo | None = None) -> timedelta:
    """How long after the last crawl the next one comes."""
    return next_crawl(history, history[-1].at, bounds, zone).at - history[-1].at


def test_a_portal_of_which_nothing_is_known_is_crawled_daily() -> None:
    plan = next_crawl(past([0]), MONDAY, USUAL, None)
    assert (plan.at - MONDAY, plan.why) == (DAY, "every day: how often it publishes is not known yet; bounds 1h to 7d")


def test_silence_makes_it_rarer_and_news_sooner() -> None:
    quiet, weekly, daily = past([0] * 60), past([0] * 5 + [0, 0, 0, 0, 0, 0, 2] * 5), past([1] * 40)
    assert after(quiet) == 7 * DAY
    assert HOUR < after(daily) < after(weekly) < after(quiet)
    # Each daily crawl found something: once a day or more often. Then news waits about an hour.
    assert after(daily) < 3 * HOUR


def test_what_is_long_past_counts_less() -> None:
    lively_once = past([1] * 30 + [0] * 60)
    lively_now = past([0] * 60 + [1] * 30)
    assert after(lively_now) < after(lively_once) / 4


def test_a_rate_is_found_from_crawls_that_only_say_whether_there_was_anything() -> None:
    # Crawled every two days, half of them find something: ln 2 occasions in two days.
    gaps = [Gap(MONDAY - 2 * DAY * (n + 1), MONDAY - 2 * DAY * n, n % 2) for n in range(400)]
    assert rate(gaps, MONDAY) == pytest.approx(0.3466, rel=0.15)
    # One that always finds something does not say how often there is something, only that it comes too rarely.
    assert rate([Gap(MONDAY - DAY * (n + 1), MONDAY - DAY * n, 1) for n in range(40)], MONDAY) > 1


def test_a_burst_is_looked_at_again_soon() -> None:
    calm, burst = past([0, 1] * 10 + [1]), past([0, 1] * 10 + [9])
    assert after(burst) < after(calm) / 3
    assert "the last crawl found 9 changes at once" in next_crawl(burst, MONDAY, USUAL, None).why


def test_an_outage_is_looked_at_soon_and_then_ever_later() -> None:
    history = past([0] * 20)
    waits = []
    for _ in range(8):
        history.append(Crawled(history[-1].at + HOUR, "down"))
        waits.append(after(history))
    assert waits[:4] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]
    assert waits == sorted(waits)
    assert waits[-1] <= 7 * DAY
    assert "could not be reached in each of the last 8 crawls" in next_crawl(history, history[-1].at, USUAL, None).why


def test_who_refuses_us_is_asked_ever_more_rarely() -> None:
    history = past([3] * 20, every=HOUR)
    waits = []
    for _ in range(6):
        history.append(Crawled(history[-1].at + HOUR, "blocked"))
        waits.append(after(history))
    assert waits[0] == 6 * HOUR
    assert all(later == min(2 * earlier, 7 * DAY) for earlier, later in pairwise(waits))
    history.append(Crawled(history[-1].at + HOUR, "healthy", 1))
    assert after(history) < 6 * HOUR, "it answers again"


def test_nobody_publishes_at_night_where_nobody_was_seen_to() -> None:
    # Half past seven in the evening in Chicago: nine hours later the office is closed, and opens soon.
    history = past([0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1], every=DAY, until=datetime(2026, 11, 17, 1, 30, tzinfo=UTC))
    wait = after(history)
    plan = next_crawl(history, history[-1].at, USUAL, CHICAGO)
    local = plan.at.astimezone(CHICAGO)
    assert (local.hour, local.minute, local.weekday()) == (8, 0, 1)
    assert plan.at - history[-1].at <= 2 * wait
    assert "not before 08:00 on Tuesday at the portal's place" in plan.why
    # Hourly crawls saw news at three in the morning: night is no reason to wait.
    night = MONDAY.replace(hour=9)
    nightly = [Crawled(night - HOUR * n, "healthy", int(n % 24 == 0)) for n in range(200)][::-1]
    assert "at the portal's place" not in next_crawl(nightly, nightly[-1].at, USUAL, CHICAGO).why


def test_the_reason_counts_what_was_seen() -> None:
    plan = next_crawl(past([0, 2, 0, 0, 3, 0]), MONDAY, USUAL, None)
    assert plan.why == f"every {lasting(plan.every)}: 5 changes on 2 of the last 5 days; bounds 1h to 7d"
    assert "no change in the last 4 days" in next_crawl(past([0] * 5), MONDAY, USUAL, None).why


def test_what_a_partial_crawl_told_counts_and_its_silence_does_not() -> None:
    told = [*past([0, 0, 0], until=MONDAY - 2 * DAY), Crawled(MONDAY - DAY, "partial", 4), Crawled(MONDAY, "healthy")]
    silent = [*told[:-2], Crawled(MONDAY - DAY, "partial"), Crawled(MONDAY, "healthy")]
    assert after(told) < after(silent)
    assert after(silent) == after([*silent[:-2], silent[-1]])


Steps = list[tuple[timedelta, str, int]]
spans = st.integers(1, 30 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
crawls = st.lists(
    st.tuples(spans, st.sampled_from(VERDICTS), st.one_of(st.just(0), st.integers(0, 2000))), min_size=1, max_size=40
)
bounds = st.tuples(spans, spans).map(lambda two: Bounds(min(two), max(two)))
zones = st.sampled_from([None, CHICAGO, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/St_Johns")])


def history_of(steps: Steps) -> list[Crawled]:
    at, found = MONDAY - timedelta(days=700), []
    for step, verdict, changes in steps:
        at += step
        found.append(Crawled(at, verdict, changes))
    return found


@given(crawls, bounds, zones)
def test_bounds_hold_and_the_past_alone_decides(steps: Steps, within: Bounds, zone: ZoneInfo | None) -> None:
    history = history_of(steps)
    plan = next_crawl(history, history[-1].at, within, zone)
    assert within.shortest <= plan.at - history[-1].at <= within.longest
    assert plan == next_crawl(list(history), history[-1].at, within, zone)
    assert plan.why
    assert "\n" not in plan.why


@given(crawls, st.data())
def test_more_news_never_makes_it_later(steps: Steps, data: st.DataObject) -> None:
    history = history_of([(step, "healthy", changes) for step, _, changes in steps])
    place = data.draw(st.integers(0, len(history) - 1))
    one = history[place]
    more = [
        *history[:place],
        Crawled(one.at, one.verdict, one.changes + data.draw(st.integers(1, 50))),
        *history[place + 1 :],
    ]
    assert after(more) <= after(history)


@pytest.mark.parametrize(
    ("span", "words", "key"),
    [(45 * HOUR / 60, "45 minutes", "45m"), (HOUR, "1 hour", "1h"), (6 * HOUR, "6 hours", "6h"),
     (DAY, "1 day", "1d"), (2.5 * DAY, "2.5 days", "60h"), (7 * DAY, "7 days", "7d")],
)  # fmt: skip
def test_spans_in_words_and_as_in_a_portal_file(span: timedelta, words: str, key: str) -> None:
    assert (lasting(span), short(span)) == (words, key)
