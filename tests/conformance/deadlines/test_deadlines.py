"""The same days make the same cases overdue on both databases."""

# ruff: noqa: F401  pytest finds the imported tests here, and runs each on both databases

from tests.unit.releases.deadlines.test_tick import (
    test_a_capped_list_proves_no_absence,
    test_answers_to_requests_are_found_in_the_history,
    test_not_covered_after_all_is_corrected_and_may_become_overdue_again,
    test_notes_by_hand_move_the_day_and_can_be_taken_back,
    test_overdue_is_told_once_and_on_its_day,
)
from tests.unit.releases.deadlines.watched import shot, video


def test_a_thousand_cases_are_judged_each_once(watch):
    watch.crawl(*(shot(f"c{n:04}", 1, *([video(f"v{n}")] if n % 2 else [])) for n in range(1_100)))
    events = watch.wait(10)
    assert sorted(event["key"] for event in events) == [f"c{n:04}" for n in range(0, 1_100, 2)]
    assert watch.wait(1) == []
    assert len(watch.judged()) == 1_100
