"""Our mistakes are corrected: only where the page itself shows that it was us, and never twice."""

import pytest

from releases.ledger.retract import RetractionRefused, find_event, plan_retraction, retractions
from releases.models import Event, RecordVersion
from tests.unit.releases.ledger.watch import case, told

OLD, NEW = {"extractor": "copa 1"}, {"extractor": "copa 2"}


def reading(raw="<p>the page</p>", **fields):
    return case("a", fields={"status": "open", "district": "7"} | fields, raw=raw)


def test_a_value_read_wrong_from_the_same_page_is_corrected(watch):
    watch.crawl(reading(district="7"), **OLD)
    (wrong,) = watch.crawl(reading("<p>changed</p>", district="17"), **OLD)
    (event,) = watch.crawl(reading("<p>changed</p>", district="11"), **NEW)
    assert event["kind"] == "retracted"
    assert event["old"] | {"at": ""} == {"event": wrong["id"], "kind": "changed", "at": "", "district": "17"}
    assert event["new"]["district"] == "11"
    assert "copa 1" in event["new"]["reason"]
    assert "copa 2" in event["new"]["reason"]
    assert Event.objects.filter(id=wrong["id"], kind="changed").exists(), "the wrong event stays visible"
    assert watch.crawl(reading("<p>changed</p>", district="11"), **NEW) == []
    assert RecordVersion.objects.order_by("-number").first().fields["district"] == "11"


def test_a_page_that_changed_too_may_be_the_portals_doing(watch):
    watch.crawl(reading(), **OLD)
    watch.crawl(reading("<p>changed</p>", district="17"), **OLD)
    assert watch.crawl(reading("<p>changed again</p>", district="11"), **NEW) == []


def test_without_markup_to_compare_nobody_is_accused(watch):
    watch.crawl(reading(""), **OLD)
    assert watch.crawl(reading("", district="11"), **NEW) == []


def test_a_field_that_nobody_was_told_is_not_corrected(watch):
    watch.crawl(reading(), **OLD)
    assert watch.crawl(reading(age="30"), **NEW) == []


def test_two_values_told_by_two_events_are_two_corrections(watch):
    watch.crawl(case("other"), **OLD)
    (first,) = watch.crawl(case("other"), reading("same", status="open", district="1"), **OLD)
    (second,) = watch.crawl(case("other"), reading("same", status="shut", district="1"), **OLD)
    events = watch.crawl(case("other"), reading("same", status="ajar", district="2"), **NEW)
    assert {event["old"]["event"]: event["new"].keys() - {"reason"} for event in events} == {
        first["id"]: {"district"},
        second["id"]: {"status"},
    }
    assert not any(event["backfill"] for event in events)


def test_a_correction_of_the_first_look_is_as_quiet_as_that_was(watch):
    watch.crawl(reading("same"), **OLD)
    (event,) = watch.crawl(reading("same", district="9"), **NEW)
    assert event["backfill"]


def test_a_blind_crawl_corrects_nothing(watch):
    watch.crawl(reading("same"), **OLD)
    lost = case("a", fields={"district": "9"}, raw="same")
    events = watch.crawl(lost, **NEW, verdict="broken", complete=False)
    assert "retracted" not in [event["kind"] for event in events]


def test_a_person_retracts_once(watch):
    watch.crawl(case("a"))
    (wrong,) = watch.crawl(case("a", fields={"status": "shut"}))
    plan = plan_retraction(wrong["id"][-8:], "it was another case", "R. Porter", watch.now)
    watch.apply(plan.operations)
    assert told(plan.events) == [("retracted", "a")]
    assert plan.events[0]["new"] == {"reason": "it was another case", "by": "R. Porter"}
    assert retractions(Event.objects.all()).keys() == {wrong["id"]}
    with pytest.raises(RetractionRefused, match="retracted on"):
        plan_retraction(wrong["id"], "again", "", watch.now)
    with pytest.raises(RetractionRefused, match="correction"):
        plan_retraction(plan.events[0]["id"], "again", "", watch.now)


@pytest.mark.parametrize("ident", ["", "12345", "no-such-event-at-all"])
def test_an_event_that_is_not_there(watch, ident):
    with pytest.raises(RetractionRefused, match="no event"):
        find_event(ident)


def test_a_portals_own_event_can_be_wrong_too(watch):
    watch.crawl(case("a"))
    (event,) = watch.crawl(verdict="blocked", complete=False)
    watch.apply(plan_retraction(event["id"], "it was our own network", "", watch.now).operations)
    assert retractions(Event.objects.filter(kind="blocked")).keys() == {event["id"]}
