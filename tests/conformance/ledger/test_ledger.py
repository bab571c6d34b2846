"""The same days give the same ledger on both databases."""

# ruff: noqa: F401  pytest finds the imported tests here, and runs each on both databases

from releases.models import Event
from tests.unit.releases.ledger.test_files import (
    test_a_pdf_replaced_in_place_with_equal_length_is_told_with_both_digests,
    test_gone_at_its_source_needs_two_crawls_and_may_come_back,
)
from tests.unit.releases.ledger.test_listing import (
    test_a_change_says_only_what_changed_and_keeps_both_captures,
    test_a_key_in_a_new_form_at_the_same_url_is_the_same_record,
    test_a_move_of_the_host_is_not_news_and_old_addresses_stay_known,
    test_hostile_values_do_not_break_the_commit,
    test_records_may_come_one_at_a_time_and_in_any_number,
)
from tests.unit.releases.ledger.test_missing import (
    test_an_unconfirmed_absence_waits_for_a_third_healthy_crawl,
    test_restored_the_next_day_with_another_date,
    test_the_incident_that_was_true_is_confirmed_by_the_next_healthy_crawls,
)
from tests.unit.releases.ledger.test_portals import (
    test_a_merge_is_explicit_kept_and_undone,
    test_blindness_is_told_once_and_its_end_with_its_length,
    test_pages_keep_their_newest_text,
)
from tests.unit.releases.ledger.test_queries import test_a_record_is_found_by_any_name
from tests.unit.releases.ledger.watch import case


def test_what_is_stored_is_what_was_told(watch):
    watch.crawl(case("a", fields={"status": "open", "tags": ["x", "é"], "n": 1}))
    (event,) = watch.crawl(case("a", fields={"status": "closed", "tags": ["x"], "n": 1.5}))
    stored = Event.objects.get(kind="changed")
    assert (stored.id, stored.at, stored.old, stored.new) == (event["id"], watch.now, event["old"], event["new"])
    assert (stored.captures, stored.tags, stored.files) == (event["captures"], event["tags"], event["files"])
