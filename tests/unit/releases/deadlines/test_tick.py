"""`overdue` is told once, on its day, also when nobody can see the portal; and taken back where it was not so."""

from __future__ import annotations

import msgspec
import pytest

from releases.deadlines.notes import NoteRefused
from releases.models import DeadlineNote, Event
from tests.unit.releases.deadlines.scene import illinois
from tests.unit.releases.deadlines.watched import RULE, Deadlines, shot, video
from tests.unit.releases.ledger.watch import case, told


def test_overdue_is_told_once_and_on_its_day(watch):
    watch.crawl(shot("a", 1))
    assert [told(watch.wait(1)) for _ in range(12)] == [[]] * 9 + [[("overdue", "a")]] + [[]] * 2
    (event,) = Event.objects.filter(kind="overdue")
    assert event.at.date().isoformat() == "2026-01-12"
    assert event.backfill is False
    assert {name: event.new[name] for name in ("rule", "incident_date", "due", "days_late", "last_looked")} == {
        "rule": "Release", "incident_date": "2026-01-01", "due": "2026-01-11", "days_late": 1, "last_looked": "2026-01-02",
    }  # fmt: skip
    assert event.captures == ["capture-of-a"]
    assert event.tags == ["not seen since"]
    assert watch.crawl(shot("a", 1)) == []


def test_a_crawl_ticks_too_and_a_release_in_time_is_no_news(watch):
    watch.crawl(shot("a", 1), shot("b", 1))
    watch.day = 7
    assert told(watch.crawl(shot("a", 1, video()), shot("b", 1))) == [("file_added", "a")]
    watch.day = 10
    assert told(watch.crawl(shot("a", 1, video()), shot("b", 1))) == [("overdue", "b")]


def test_what_was_overdue_long_since_is_a_backfill(watch):
    watch.day = 40
    events = watch.crawl(*(shot(f"c{n}", n) for n in range(1, 26)))
    overdue = [event for event in events if event["kind"] == "overdue"]
    assert len(overdue) == 25
    assert all(event["backfill"] for event in overdue)
    events = watch.crawl(*(shot(f"c{n}", n) for n in range(1, 27)))
    (late,) = (event for event in events if event["kind"] == "overdue")
    assert (late["key"], late["backfill"]) == ("c26", False)  # posted late, while we watch: news


def test_a_rule_that_is_new_or_reworded_looks_back_quietly(watch):
    watch.rules()
    watch.crawl(shot("a", 1))
    watch.day = 34
    watch.crawl(shot("a", 1), shot("b", 29))
    watch.rules(RULE)
    assert [(event["key"], event["backfill"]) for event in watch.tick()] == [("a", True)]
    watch.day = 36
    watch.rules(msgspec.structs.replace(RULE, days=6))
    assert [(event["key"], event["backfill"]) for event in watch.tick()] == [("b", True)]
    kept = DeadlineNote.objects.filter(kind="rule").order_by("at")
    assert [(note.rule, note.days, note.since) for note in kept] == [
        ("Release", 10, "2026-02-05"),
        ("Release", 6, "2026-02-06"),
    ]
    assert msgspec.json.decode(kept[1].why)["covered"] == {"type": ["Firearm Discharge"]}
    assert watch.wait(3) == []


def test_not_covered_after_all_is_corrected_and_may_become_overdue_again(watch):
    watch.crawl(shot("a", 1))
    (overdue,) = watch.wait(11)
    events = watch.crawl(shot("a", 1, type="Complaint"))
    assert told(events) == [("changed", "a"), ("retracted", "a")]
    correction = events[1]
    assert correction["old"] == {"event": overdue["id"], "kind": "overdue", "at": overdue["at"].isoformat()}
    assert correction["new"] == {
        "reason": "not overdue, but not covered: type says “Complaint”, which the rule does not cover"
    }
    assert watch.wait(2) == []
    assert told(watch.crawl(shot("a", 1))) == [("changed", "a"), ("overdue", "a")]
    assert watch.wait(2) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"incident_date": "2026-01-03"}, "its last day is 2026-01-13"),
        ({"incident_date": "01/02/2026"}, "not overdue, but unknown: incident_date is “01/02/2026”"),
    ],
)
def test_another_date_moves_the_day(watch, change, reason):
    watch.crawl(shot("a", 1))
    watch.wait(10)
    (_, correction) = watch.crawl(shot("a", 1, **change))
    assert correction["kind"] == "retracted"
    assert reason in correction["new"]["reason"]


def test_a_rule_that_no_longer_covers_it_corrects_what_it_told(watch):
    watch.crawl(shot("a", 1))
    watch.wait(11)
    watch.rules(msgspec.structs.replace(RULE, since="2026-01-02"))
    (correction,) = watch.tick()
    assert "before the rule's first day, 2026-01-02" in correction["new"]["reason"]
    watch.rules(msgspec.structs.replace(RULE, kinds=("policy",)))
    assert watch.tick() == []


def test_a_late_release_is_no_correction_and_one_while_we_were_blind_is(watch):
    watch.crawl(shot("a", 1), shot("b", 1))
    watch.day = 11
    assert told(watch.crawl(shot("a", 1), shot("b", 1))) == [("overdue", "a"), ("overdue", "b")]
    assert told(watch.crawl(shot("a", 1, video()), shot("b", 1))) == [("file_added", "a")]
    assert watch.judged()["a"].clock.standing == "late"
    blind = Deadlines()
    blind.portal = msgspec.structs.replace(blind.portal, slug="blind")
    blind.crawl(shot("c", 1))
    blind.wait(10)
    blind.crawl(verdict="blocked")
    events = blind.crawl(shot("c", 1, video()))
    assert told(events) == [("file_added", "c"), ("recovered", ""), ("retracted", "c")] or told(events) == [
        ("file_added", "c"), ("retracted", "c"), ("recovered", "")]  # fmt: skip
    (correction,) = (event for event in events if event["kind"] == "retracted")
    assert "may have been released in time" in correction["new"]["reason"]


def test_notes_by_hand_move_the_day_and_can_be_taken_back(watch):
    watch.crawl(shot("a", 1))
    watch.wait(11)
    (correction,) = watch.note("a", "extended", days=5, by="Desk")
    assert (
        correction["new"]["reason"]
        == "not overdue: its last day is 2026-01-16; note of 2026-01-13 by Desk: 5 days: a letter"
    )
    assert told(watch.wait(4)) == [("overdue", "a")]
    assert told(watch.note("a", "barred")) == [("retracted", "a")]
    assert watch.judged()["a"].status == "barred"
    assert told(watch.end("a", "barred")) == [("overdue", "a")]
    assert DeadlineNote.objects.filter(kind="barred").exclude(ended_at=None).count() == 1


def test_notes_that_make_no_sense_are_refused(watch):
    from datetime import date

    watch.crawl(shot("a", 1), case("policy", kind="policy"))
    for key, kind, values, why in (
        ("a", "pardoned", {}, "is no kind of note"), ("a", "extended", {}, "needs --days"), ("a", "barred", {"days": 3}, "belongs to"),
        ("a", "tolled", {}, "needs --since"), ("a", "barred", {"why": " "}, "--why is missing"), ("a", "barred", {"rule": "x"}, "no rule is called"),
        ("a", "tolled", {"since": date(2026, 1, 2), "until": date(2026, 1, 1)}, "is before"), ("a", "extended", {"days": -1}, "use 0 to"),
        ("policy", "barred", {}, "no rule of this portal is about"),
    ):  # fmt: skip
        with pytest.raises(NoteRefused, match=why):
            watch.note(key, kind, **values)
    watch.rules(msgspec.structs.replace(RULE, extension_days=30))
    with pytest.raises(NoteRefused, match="at most 30"):
        watch.note("a", "extended", days=31)
    with pytest.raises(NoteRefused, match="no note 'barred'"):
        watch.end("a", "barred")
    assert not DeadlineNote.objects.exclude(kind="rule").exists()


def test_a_withdrawn_case_is_not_announced_and_one_told_stays_told(watch):
    watch.crawl(shot("a", 1), shot("b", 1), case("c"))
    watch.crawl(shot("b", 1), case("c"), gone=["a"])
    assert told(watch.wait(10)) == [("overdue", "b")]
    assert told(watch.crawl(case("c"), gone=["b"])) == [("withdrawn", "b")]
    assert told(watch.crawl(shot("a", 1), case("c"))) == [("overdue", "a"), ("restored", "a")]


def test_a_portal_never_looked_at_has_nothing_to_tell(watch):
    assert watch.tick() == []
    assert not DeadlineNote.objects.exists()


def test_answers_to_requests_are_found_in_the_history(watch):
    watch.rules(illinois())
    request = {"received_date": "2026-01-05", "status": "Open"}
    watch.day = 3
    watch.crawl(case("r", kind="request", fields=request))
    watch.day = 11
    assert told(watch.crawl(case("r", kind="request", fields=request))) == [("overdue", "r")]  # due on Monday the 12th
    watch.crawl(case("r", kind="request", fields={**request, "status": "Closed"}))
    watch.crawl(case("r", kind="request", fields={**request, "status": "Reopened"}))
    found = watch.judged()["r"]
    assert (found.clock.standing, str(found.seen.after), str(found.seen.by)) == ("late", "2026-01-13", "2026-01-14")
    assert found.rule == "Response"


def test_a_capped_list_proves_no_absence(watch):
    watch.crawl(shot("a", 1))
    watch.day = 14
    watch.crawl(shot("a", 1), coverage="capped")
    watch.crawl(shot("a", 1), shot("b", 1, video()))
    found = watch.judged()["b"]
    assert (str(found.seen.after), found.clock.standing) == ("2026-01-02", "late or on time")


def test_another_wording_of_a_rule_is_a_later_state_of_each_calendar_entry(watch):
    watch.crawl(shot("a", 1), shot("b", 2))
    (before, _), edited = watch.judged().values(), msgspec.structs.replace(RULE, days=20)
    watch.rules(edited)
    watch.wait(1)
    after = watch.judged()["a"]
    assert after.clock.due != before.clock.due
    assert after.case.changes > before.case.changes
    assert after.case.changed_at > before.case.changed_at
