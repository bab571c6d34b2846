"""Fields that less than half of the records have: their loss breaks no verdict, and is said."""

import pytest

from tests.unit.crawler.health.days import Days, seen

pytestmark = pytest.mark.usefixtures("catalog")
KEYS = [f"C-{number}" for number in range(60)]


def some(number: int) -> str | None:
    return "barred" if number % 4 == 0 else None


def test_a_rare_field_that_nobody_has_any_more_is_said():
    days = Days()
    days.usual(6, KEYS, {"status": "open", "note": some})
    judged = days.crawl(seen(KEYS, {"status": "open", "note": None}))
    assert (judged.verdict, judged.complete) == ("healthy", True)
    assert judged.notes == (
        "no record has “note” any more, 15 of 60 had it: look at one of them, whether its page still prints it",
    )


def test_one_that_a_single_record_had_may_go():
    days = Days()
    days.usual(6, KEYS, {"status": "open", "note": lambda number: "barred" if number == 7 else None})
    assert days.crawl(seen(KEYS, {"status": "open", "note": None})).notes == ()
