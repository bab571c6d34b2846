"""When a record that is not listed counts as withdrawn, and when not."""

import pytest

from releases.ledger.missing import LONG_PATIENCE
from releases.model import Sighting
from releases.models import Record
from tests.unit.releases.ledger.watch import case, pdf, told

MANY = [case(f"{n:02}") for n in range(40)]


def state(key: str) -> str:
    return Record.objects.get(key=key).state


def test_a_confirmed_absence_is_withdrawn_at_once_with_its_evidence(watch):
    watch.crawl(case("a", pdf("report")), case("b"))
    (event,) = watch.crawl(case("b"), gone=["a"])
    assert (event["kind"], event["key"], event["tags"]) == ("withdrawn", "a", [])
    assert event["captures"] == ["capture-of-a", "404-of-a"]
    assert event["old"] == {"status": "open"}
    assert [file["name"] for file in event["files"]] == ["report"]
    assert state("a") == "withdrawn"
    assert watch.crawl(case("b")) == []


def test_an_unconfirmed_absence_waits_for_a_third_healthy_crawl(watch):
    watch.crawl(case("a"), case("b"))
    assert watch.crawl(case("b")) == []
    assert Record.objects.get(key="a").missing_since == watch.now
    assert watch.crawl(case("b")) == []
    assert watch.crawl(verdict="blocked", complete=False)[0]["kind"] == "blocked"
    assert told(watch.crawl(case("b"))) == [("recovered", ""), ("withdrawn", "a")]


def test_one_healthy_sight_in_between_starts_again(watch):
    watch.crawl(case("a"), case("b"))
    watch.crawl(case("b"))
    assert watch.crawl(case("a"), case("b")) == []
    row = Record.objects.get(key="a")
    assert (row.missing_since, row.missing_crawls) == (None, 0)
    assert watch.crawl(case("b")) == []


def test_taken_off_the_list_while_its_page_stays_says_so(watch):
    watch.crawl(case("a"), case("b"))
    assert watch.crawl(case("b"), there=["a"]) == []
    assert watch.crawl(case("b"), there=["a"]) == []
    (event,) = watch.crawl(case("b"), there=["a"])
    assert (event["kind"], event["tags"]) == ("withdrawn", ["page still there"])


def test_what_stands_in_a_list_alone_has_no_page_that_could_confirm(watch):
    """The list answers 200 whatever it shows; or 404, where the page of it is not needed any more."""
    rows = [case(key, url="https://portal.example/list/?page=2") for key in ("a", "b", "c")]
    watch.crawl(*rows)
    for _ in range(2):
        assert watch.crawl(*rows[1:], gone=["a"], there=["a"]) == []
    (event,) = watch.crawl(*rows[1:], there=["a"])
    assert (event["kind"], event["key"], event["tags"]) == ("withdrawn", "a", [])


def test_a_list_out_of_a_cache_brings_nothing_back(watch):
    """It still names what was taken down; the page of it is gone, and nothing was read."""
    watch.crawl(case("a"), case("b"))
    watch.crawl(case("b"), gone=["a"])
    both = [Sighting("a", "u"), Sighting("b", "u")]
    assert watch.crawl(case("b"), sightings=both) == []
    assert state("a") == "withdrawn"
    assert told(watch.crawl(case("a"), case("b"))) == [("restored", "a")]


@pytest.mark.parametrize(
    "blind",
    [{"verdict": v} for v in ("blocked", "broken", "partial", "down")]
    + [{"coverage": "limited", "complete": False}, {"complete": False}],
    ids=str,
)
def test_no_other_crawl_may_say_that_something_is_gone(watch, blind):
    watch.crawl(*MANY)
    for _ in range(3):
        events = watch.crawl(case("00"), gone=["01"], **blind)
        assert not {event["kind"] for event in events} & {"withdrawn", "mass_withdrawal"}
    assert state("01") == "present"
    assert not Record.objects.exclude(missing_since=None).exists()


def test_beyond_a_platforms_cap_only_the_records_own_page_counts(watch):
    watch.crawl(case("a"), case("b"), case("c"))
    for _ in range(3):
        assert watch.crawl(case("c"), coverage="capped") == []
    assert told(watch.crawl(case("c"), coverage="capped", gone=["a"])) == [("withdrawn", "a")]


def test_very_many_at_once_are_one_incident_that_names_both_explanations(watch):
    watch.crawl(*MANY)
    (event,) = watch.crawl(*MANY[:10], gone=["39"])
    assert (event["kind"], event["key"], event["record"]) == ("mass_withdrawal", "", "")
    assert event["old"] == {"present": 40}
    assert event["new"]["missing"] == 30
    assert "took them down" in event["new"]["reason"]
    assert "not the real one" in event["new"]["reason"]
    assert Record.objects.filter(state="present").count() == 40


def test_the_incident_that_was_a_lie_ends_without_a_word(watch):
    """1,284 reports "vanished" and came back the same day: nobody is told of any of them."""
    watch.crawl(*MANY)
    watch.crawl()
    assert watch.crawl(*MANY) == []
    assert not Record.objects.exclude(missing_since=None).exists()


def test_the_incident_that_was_true_is_confirmed_by_the_next_healthy_crawls(watch):
    watch.crawl(*MANY)
    watch.crawl(*MANY[:10])
    watch.crawl(verdict="partial")
    events = watch.crawl(*MANY[:10], gone=[f"{n:02}" for n in range(10, 30)])
    assert told(events) == [("withdrawn", f"{n:02}") for n in range(10, 30)]
    assert told(watch.crawl(*MANY[:10])) == [("withdrawn", f"{n:02}") for n in range(30, 40)]


def test_a_list_that_says_it_is_empty_is_believed_like_any_other(watch):
    watch.crawl(case("a"), case("b"))
    assert watch.crawl(verdict="empty") == []
    assert watch.crawl(verdict="empty") == []
    assert told(watch.crawl(verdict="empty")) == [("withdrawn", "a"), ("withdrawn", "b")]


@pytest.mark.parametrize(("present", "missing", "mass"), [(10, 5, False), (10, 6, True), (40, 8, False), (40, 9, True)])
def test_the_threshold_is_five_or_a_fifth(watch, present, missing, mass):
    watch.crawl(*MANY[:present])
    events = watch.crawl(*MANY[missing:present], gone=[record.key for record in MANY[:missing]])
    assert [event["kind"] for event in events] == (["mass_withdrawal"] if mass else ["withdrawn"] * missing)


def test_restored_the_next_day_with_another_date(watch):
    watch.crawl(case("a", fields={"incident": "2018-07-01"}), case("b"))
    watch.crawl(case("b"), gone=["a"])
    (event,) = watch.crawl(case("a", fields={"incident": "2018-07-02"}), case("b"))
    assert (event["kind"], event["tags"]) == ("restored", ["changed"])
    assert (event["old"], event["new"]) == ({"incident": "2018-07-01"}, {"incident": "2018-07-02"})
    row = Record.objects.get(key="a")
    assert (row.state, row.missing_since, row.missing_crawls) == ("present", None, 0)


def test_restored_as_it_was_and_restored_unread(watch):
    watch.crawl(case("a", pdf("report")), case("b"))
    watch.crawl(gone=["a", "b"])
    sightings = [Sighting("a", "u", "la"), Sighting("b", "u", "lb")]
    events = watch.crawl(case("a", pdf("report")), sightings=sightings, verdict="partial")
    assert told(events) == [("restored", "a"), ("restored", "b")]
    assert {event["new"] for event in events} == {None}
    assert watch.crawl(case("a", pdf("report")), case("b")) == []


def test_an_alias_counts_as_seen(watch):
    watch.crawl(case("a", aliases=("old-a",)), case("b"))
    assert watch.crawl(case("b"), sightings=[Sighting("old-a", "u"), Sighting("b", "u")], gone=["a"]) == []
    assert state("a") == "present"


def test_what_only_our_new_spider_does_not_find_is_not_withdrawn(watch):
    watch.crawl(case("a"), case("b"), case("c"))
    for _ in range(4):
        assert watch.crawl(case("c"), extractor="copa 2", there=["a"]) == []


def test_what_went_while_our_old_spider_was_blind_is_withdrawn_by_the_new_one(watch):
    """It finds nearly all there was: the few it does not were taken down, or are not listed any more."""
    watch.crawl(*MANY)
    for _ in range(2):
        assert watch.crawl(*MANY[2:], extractor="copa 2", there=["00"]) == []
    assert told(watch.crawl(*MANY[2:], extractor="copa 2", there=["00"])) == [("withdrawn", "01")]


def test_only_its_own_page_tells_of_what_our_new_spider_does_not_find(watch):
    watch.crawl(case("a"), case("b"), case("c"))
    watch.crawl(case("c"), extractor="copa 2")
    assert told(watch.crawl(case("c"), extractor="copa 2", gone=["a"])) == [("withdrawn", "a")]


def test_a_page_that_stays_after_a_new_spider_version_is_told_late_and_marked(watch):
    kept = [case(f"k{n}") for n in range(9)]
    watch.crawl(*kept, case("a"), extractor="copa 1")
    for _ in range(LONG_PATIENCE - 1):
        assert watch.crawl(*kept, there=["a"], extractor="copa 2") == []
    (event,) = watch.crawl(*kept, there=["a"], extractor="copa 2")
    assert (event["kind"], event["key"], event["tags"]) == (
        "withdrawn",
        "a",
        ["page still there", "new spider version"],
    )


def test_a_new_spider_version_that_finds_much_less_says_nothing_of_the_rest(watch):
    kept = [case(f"k{n}") for n in range(6)]
    lost = [case(f"l{n}") for n in range(4)]
    watch.crawl(*kept, *lost, extractor="copa 1")
    for _ in range(2 * LONG_PATIENCE):
        events = watch.crawl(*kept, there=[row.key for row in lost], extractor="copa 2")
        assert "withdrawn" not in [event["kind"] for event in events]
