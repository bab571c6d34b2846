"""Lists that show a moving window: what slid out is not gone, and a list that grows is no window."""

import pytest

from config.portal import Expect
from tests.unit.crawler.health.days import Days, seen

pytestmark = pytest.mark.usefixtures("catalog")


def newest(first: int, count: int) -> list[str]:
    """The window whose newest record has number `first`, newest first."""
    return [f"2026-{number:04}" for number in range(first, first - count, -1)]


@pytest.mark.parametrize("length", [3, 13, 60, 61, 400])
@pytest.mark.parametrize("newest_first", [True, False])
def test_a_list_of_the_latest_is_known_from_the_first_time_it_slides(length, newest_first):
    days = Days()
    for top in [1000, 1000, 1001, 1001, 1004, 1005, 1005, 1005, 1005]:
        listed = newest(top, length)
        judged = days.crawl(seen(listed if newest_first else listed[::-1]), there=newest(1000, length))
        assert (judged.verdict, judged.coverage) == ("healthy", "capped" if top > 1000 else "complete")
        assert any("expect.window" in note for note in judged.notes) == (top > 1000)
        assert not judged.incident


@pytest.mark.parametrize("length", [13, 61, 400])
def test_one_record_taken_from_the_middle_while_another_comes_is_no_window(length):
    days = Days()
    days.crawl(seen(newest(1000, length)))
    changed = newest(1001, length + 1)
    del changed[length // 2]
    judged = days.crawl(seen(changed))
    assert (judged.coverage, judged.notes) == ("complete", ())


def test_a_list_that_grows_again_is_believed_to_be_whole_again():
    days = Days()
    days.crawl(seen(newest(1000, 20)))
    assert days.crawl(seen(newest(1001, 20))).coverage == "capped"
    assert days.crawl(seen(newest(1002, 21))).coverage == "complete"
    assert days.crawl(seen(newest(1002, 21))).coverage == "complete"


def test_a_list_sorted_in_another_way_is_no_window():
    days = Days()
    days.crawl(seen(newest(1000, 20)))
    assert days.crawl(seen(sorted(newest(1001, 20)))).coverage == "complete"


def test_this_weeks_list_is_known_when_it_has_turned_over_twice():
    days, coverages = Days(), []
    for week in range(4):
        for _ in range(7):
            judged = days.crawl(seen(newest(100 * week + 50, 9 + week % 3)), there=newest(1000, 1000))
            coverages.append(judged.coverage)
    assert coverages[:7] == ["complete"] * 7
    assert coverages[-1] == "capped"


def test_what_the_portal_file_says_of_a_window_is_believed_at_once():
    days = Days(Expect(window=True))
    for week in range(4):
        for _ in range(3):
            judged = days.crawl(seen(newest(100 * week + 50, 9 + week % 3)), there=newest(1000, 1000))
            assert (judged.verdict, judged.coverage, judged.notes, judged.incident) == ("healthy", "capped", (), "")


def test_another_list_says_how_to_say_that_this_is_its_way():
    days = Days()
    for _ in range(5):
        days.crawl(seen(newest(100, 12)))
    judged = days.crawl(seen(newest(500, 12)), there=newest(100, 12))
    assert judged.verdict == "partial"
    assert "but other ones than in the last healthy crawl" in judged.reason
    assert "expect.window = true" in judged.reason
