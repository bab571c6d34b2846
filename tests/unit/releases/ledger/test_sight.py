"""Blind, seen in part, and seen again: what is said of a portal, and of what was found late."""

from datetime import timedelta

import pytest

from releases.models import Event, Record
from tests.unit.releases.ledger.watch import START, Outcome, case, pdf, told


def day(number: int) -> str:
    return (START + timedelta(days=number)).isoformat()


def test_seen_again_says_since_when_how_often_in_vain_and_what_was_missed(watch):
    watch.crawl(case("a"), case("b"), case("gone"))
    for verdict in ("blocked", "blocked", "down"):
        watch.crawl(verdict=verdict, reason="no")
    watch.crawl(case("a"), verdict="partial")
    events = watch.crawl(case("a", fields={"status": "closed"}), case("b"), case("c"), reason="3 records seen.")
    assert told(events) == [("changed", "a"), ("new", "c"), ("recovered", "")]
    recovered = next(event for event in events if event["kind"] == "recovered")
    assert recovered["old"]["since"] == day(2)
    assert (recovered["new"]["crawls"], recovered["new"]["partial"]) == (3, 1)
    assert recovered["new"]["missed"] == {"changed": 1, "new": 1, "missing": 1}
    assert recovered["new"]["between"] == [day(1), day(6)]
    assert recovered["new"]["reason"] == (
        "Since 2026-01-03 06:00 UTC 3 crawls saw nothing to rely on and 1 crawl saw only a part. This crawl found what "
        "changed meanwhile: 1 changed, 1 new, 1 missing; it happened between 2026-01-02 06:00 UTC and "
        "2026-01-07 06:00 UTC, the exact day is unknown. 3 records seen."
    )
    assert {event["kind"]: event["tags"] for event in events if event["record"]} == {
        "changed": ["seen late"], "new": ["seen late"],
    }  # fmt: skip
    (event,) = watch.crawl(case("a", fields={"status": "closed"}), case("b"), case("c"), case("d"), case("gone"))
    assert event["tags"] == [], "the next day is seen in time"


def test_what_a_partial_crawl_sees_after_blindness_is_late_too(watch):
    watch.crawl(case("a"))
    watch.crawl(verdict="broken")
    (event,) = watch.crawl(case("b"), verdict="partial")
    assert (event["kind"], event["tags"]) == ("new", ["seen late"])


def test_a_file_replaced_while_nobody_could_see_is_late(watch):
    watch.crawl(case("a", pdf("report")))
    file = watch.plan.files_wanted[0].file_id
    watch.files(Outcome(file, digest="sha256:1"))
    watch.crawl(verdict="blocked")
    watch.crawl(case("a", pdf("report")))
    (event,) = watch.files(Outcome(file, digest="sha256:2"))
    assert (event["kind"], event["tags"]) == ("file_replaced", ["seen late"])
    watch.crawl(case("a", pdf("report")))
    (event,) = watch.files(Outcome(file, digest="sha256:3"))
    assert event["tags"] == []


def test_blindness_in_which_nothing_happened(watch):
    watch.crawl(case("a"))
    watch.crawl(verdict="blocked")
    (event,) = watch.crawl(case("a"))
    assert event["new"]["missed"] == {}
    assert "found nothing that changed meanwhile" in event["new"]["reason"]


def test_a_portal_that_was_blind_from_its_first_day(watch):
    watch.crawl(verdict="blocked", reason="no")
    events = watch.crawl(case("a"))
    assert told(events) == [("new", "a"), ("recovered", "")]
    assert next(e for e in events if e["kind"] == "recovered")["new"]["between"] == [None, day(2)]
    assert all("seen late" not in event["tags"] for event in events), "a backfill is no late news"


def test_partial_crawls_in_a_row_are_said_once(watch):
    watch.crawl(case("a"))
    assert [watch.crawl(case("a"), verdict="partial", reason="page 3 answered 500") for _ in range(2)] == [[], []]
    (event,) = watch.crawl(case("a"), verdict="partial", reason="page 3 answered 500")
    assert (event["kind"], event["tags"]) == ("broken", ["partial"])
    assert (
        event["new"]["reason"]
        == "Seen in part only by 3 crawls in a row, since 2026-01-03 06:00 UTC: page 3 answered 500"
    )
    assert event["new"]["since"] == day(2)
    assert watch.crawl(case("a"), verdict="partial") == []
    (event,) = watch.crawl(case("a"))
    assert event["kind"] == "recovered"
    assert event["new"]["partial"] == 4


def test_a_portal_that_often_is_partial_is_said_later_and_never_too_late(watch):
    watch.crawl(case("a"))
    for _ in range(2):
        said = [watch.crawl(case("a"), verdict="partial") for _ in range(5)]
        watch.crawl(case("a"))
    assert said == [[], [], [], [], []], "rows of five have passed by themselves before"
    kinds = [[e["kind"] for e in watch.crawl(case("a"), verdict="partial")] for _ in range(7)]
    assert kinds == [[], [], [], [], [], ["broken"], []]


def test_a_portal_crawled_weekly_is_said_after_a_fortnight(watch):
    watch.crawl(case("a"))
    watch.crawl(case("a"), verdict="partial")
    watch.day += 13
    assert told(watch.crawl(case("a"), verdict="partial")) == [("broken", "")]


def test_crawls_that_we_stopped_or_that_were_interrupted_are_no_partial_sight(watch):
    watch.crawl(case("a"))
    for _ in range(5):
        assert watch.crawl(case("a"), verdict="partial", coverage="limited") == []
    assert watch.crawl(case("a")) == []


INCIDENT = "the list shows 2 records, 30 in the last healthy crawl, and lacks 'k7', whose own page is still there"


def test_a_doubted_list_is_an_incident_that_says_both_and_withdraws_nothing(watch):
    everything = [case(f"k{n}") for n in range(30)]
    watch.crawl(*everything)
    (event,) = watch.crawl(*everything[:2], verdict="partial", incident=INCIDENT)
    assert (event["kind"], event["tags"]) == ("mass_withdrawal", ["list doubted"])
    assert (event["old"]["present"], event["new"]["missing"]) == (30, 28)
    assert event["new"]["reason"].startswith("The list shows 2 records, 30 in the last healthy crawl")
    assert "Either the portal took them down, or" in event["new"]["reason"]
    assert watch.crawl(*everything[:2], verdict="partial", incident=INCIDENT) == [], "said once"
    assert Record.objects.filter(missing_crawls__gt=0).count() == 0
    (event,) = watch.crawl(*everything)
    assert (event["kind"], event["new"]["missed"]) == ("recovered", {})


def test_an_emptied_list_that_is_doubted_withdraws_nothing_until_it_is_believed(watch):
    everything = [case(f"k{n}") for n in range(3)]
    watch.crawl(*everything)
    for _ in range(3):
        assert watch.crawl(verdict="empty", complete=False) == []
    keys = [f"k{n}" for n in range(3)]
    assert watch.crawl(verdict="empty") == [], "one believed crawl is no confirmation"
    assert told(watch.crawl(verdict="empty", gone=keys)) == [("withdrawn", key) for key in keys]


@pytest.mark.parametrize("first", ["blocked", "broken", "down"])
def test_doubt_and_blindness_follow_each_other(watch, first):
    everything = [case(f"k{n}") for n in range(30)]
    watch.crawl(*everything)
    watch.crawl(verdict=first)
    assert told(watch.crawl(*everything[:2], verdict="partial", incident=INCIDENT)) == [("mass_withdrawal", "")]
    assert told(watch.crawl(verdict=first)) == [("broken" if first == "broken" else "blocked", "")]
    assert told(watch.crawl(*everything)) == [("recovered", "")]
    assert Event.objects.filter(kind="withdrawn").count() == 0
