"""Random but healthy histories: growth, small withdrawals, small portals, weekly ones. None may be called
broken or partial, and none may be doubted.
"""

import random
from datetime import timedelta

import pytest

from crawler.health import Findings
from tests.unit.crawler.health.days import Days, listing, nothing, seen

pytestmark = pytest.mark.usefixtures("catalog")
DAYS = 40


def fields_of(chance: random.Random, share: dict[str, float]):
    """A record's fields, decided once: what a record has it keeps."""
    known: dict[tuple[str, int], str] = {}

    def value(name: str):
        def of(number: int) -> str:
            return known.setdefault((name, number), "x" if chance.random() < share[name] else "")

        return of

    return {name: value(name) for name in share}


def check(days: Days, found: Findings, gone=()) -> None:
    judged = days.crawl(found, gone=gone)
    assert judged.verdict in {"healthy", "empty"}, f"day {days.day}: {judged.verdict}: {judged.reason}"
    assert judged.complete, f"day {days.day}: {judged.reason}"
    assert judged.incident == ""


@pytest.mark.parametrize("seed", range(6))
def test_a_list_that_grows_and_loses_a_little(seed):
    """Newest first; some days bring many; now and then a record goes, its own page with it or not."""
    chance, days = random.Random(seed), Days()
    shown = [f"k{n}" for n in range(chance.choice([30, 300]))]
    fresh = len(shown)
    fields = fields_of(chance, {"status": 1.0, "district": 0.97, "closed": 0.6, "note": 0.05})
    for _ in range(DAYS):
        new = [f"k{fresh + n}" for n in range(chance.choice([0, 0, 1, 2, 5, 40]))]
        fresh += len(new)
        shown = [*reversed(new), *shown]
        taken = chance.sample(shown, chance.choice([0, 0, 0, 1, 2]))
        shown = [key for key in shown if key not in taken]
        check(days, seen(shown, fields), gone=taken if chance.random() < 0.5 else ())


@pytest.mark.parametrize("seed", range(6))
def test_small_portals(seed):
    """One to six records that come and go, and fields that only some of them have."""
    chance, days = random.Random(seed), Days()
    shown, fresh = ["k0", "k1", "k2"], 3
    for _ in range(DAYS):
        if chance.random() < 0.3 and len(shown) < 6:
            shown, fresh = [*shown, f"k{fresh}"], fresh + 1
        elif chance.random() < 0.2 and len(shown) > 1:
            shown = shown[1:]
        number = chance.randint(0, 3)
        check(days, seen(shown, {"status": "open", "closed": lambda n, at=number: "x" if n < at else ""}))


@pytest.mark.parametrize("seed", range(4))
def test_weekly_portals_that_list_a_week(seed):
    """Every crawl shows other records than the one before, now many, now few; some weeks none."""
    chance, days = random.Random(seed), Days(every=timedelta(days=7))
    fresh = 0
    for week in range(DAYS):
        count = chance.randint(0 if week > 3 else 4, 14)
        keys = [f"k{fresh + n}" for n in range(count)]
        fresh += count
        found = seen(keys, fields_of(chance, {"title": 1.0, "place": 0.5})) if keys else nothing("Nothing this week.")
        judged = days.crawl(found)
        assert judged.verdict in {"healthy", "empty"}, judged.reason


@pytest.mark.parametrize("seed", range(4))
def test_rolling_windows(seed):
    """The newest fifty of a list that grows by a few a day; the oldest leave it, their pages stay."""
    chance, days = random.Random(seed), Days()
    newest = 50
    for _ in range(DAYS):
        newest += chance.randint(0, 6)
        keys = [f"k{n}" for n in range(newest, newest - 50, -1)]
        judged = days.crawl(seen(keys), there=[f"k{n}" for n in range(newest)])
        assert (judged.verdict, judged.complete) == ("healthy", True), judged.reason


def test_a_backlog_published_at_once_lacks_what_old_records_have():
    days = Days()
    days.usual(6, [f"k{n}" for n in range(40)], {"status": "open", "district": "7"})
    many = [f"k{n}" for n in range(400)]
    judged = days.crawl(seen(many, {"status": "open", "district": lambda n: "7" if n < 40 else ""}))
    assert judged.verdict == "healthy", judged.reason
    for _ in range(3):
        judged = days.crawl(seen(many, {"status": "open", "district": lambda n: "7" if n < 40 else ""}))
        assert (judged.verdict, judged.notes) == ("healthy", ())


def test_a_spider_that_reads_only_what_is_new_is_not_missed_fields_of():
    days = Days()
    days.usual(6, [f"k{n}" for n in range(40)], {"status": "open", "closed": "2019"})
    found = seen([f"k{n}" for n in range(38)], {"status": "open", "closed": "2019"})
    found.records, found.fields = 2, type(found.fields)({"status": 2, "closed": 1})
    assert days.crawl(found).verdict == "healthy"


def test_a_portal_of_one_record_may_change_it():
    days = Days()
    days.usual(3, ["only"], {"status": "open", "text": "x", "note": "y"})
    assert days.crawl(seen(["only"], {"status": "open", "text": "x", "note": ""})).verdict == "healthy"


def test_a_list_in_no_order_is_no_fault():
    chance, days = random.Random(7), Days()
    keys = [f"k{n}" for n in range(90)]
    for _ in range(12):
        chance.shuffle(keys)
        judged = days.crawl(seen(keys, lists=listing(keys)))
        assert (judged.verdict, judged.notes) == ("healthy", ())


def test_five_new_cases_with_the_same_placeholder_beside_unchanged_pages():
    days = Days()
    keys = [f"k{n}" for n in range(60)]
    for day in range(3):
        found = seen(keys)
        for key in keys:
            found.shapes.answer(key, "" if day else f"sha256:{key}")
        days.crawl(found)
    keys += [f"new{n}" for n in range(5)]
    found = seen(keys)
    for key in keys:
        found.shapes.answer(key, "sha256:soon" if key.startswith("new") else "")
    assert days.crawl(found).verdict == "healthy"
