"""Covered or not, late or not: who says so, and never more than what was seen says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.deadline import Tolled
from releases.deadlines.coverage import fits
from releases.deadlines.dates import Place
from releases.deadlines.model import OPEN, Seen, SeenVersion
from tests.unit.releases.deadlines.scene import TODAY, case, file, illinois, judged, note, rule

DUE = date(2026, 3, 2)
"""60 days after the case's incident."""
COVERED = {"type": ("Firearm*",)}
UNCLEAR = {"type": ("Taser Discharge",)}


def fields(kind: object = "Firearm Discharge", incident: object = "2026-01-01", **more) -> dict:
    return {"incident_date": incident, "type": kind} | more


@pytest.mark.parametrize(
    ("shown", "status", "why"),
    [
        (fields(), "covered", "type says “Firearm Discharge”"),
        (fields(["Other", "FIREARM  discharge"]), "covered", "type says “FIREARM discharge”"),
        (fields("Complaint"), "not covered", "type says “Complaint”, which the rule does not cover"),
        (fields(incident="2015-12-31"), "not covered", "incident_date 2015-12-31 is before the rule's first day"),
        (fields("Taser Discharge"), "unknown", "only under conditions that the portal does not print"),
        (fields(None), "unknown", "the portal prints no type"),
        (fields([]), "unknown", "the portal prints no type"),
        (fields(incident="01/02/2016"), "unknown", "can not be told apart"),
        (fields(incident=None), "unknown", "incident_date is not printed"),
        (fields(incident="2026-02-01"), "unknown", "after the day on which the case was first seen"),
        (fields(flag="animal"), "not covered", "flag says “animal”"),
        (fields(note="By order of court, nothing is released."), "barred", "note says “By order of court"),
        (fields("Taser Discharge", note="order of court"), "barred", "note says"),
        (fields("Complaint", note="order of court"), "not covered", "type says"),
        (fields(withheld=[{"what": "video", "law": "Juvenile Court Act", "note": ""}]), "barred", "withheld says “Juvenile"),
        (fields(answer="A 30-day extension was granted."), "extended", "answer says “A 30-day extension"),
    ],
)  # fmt: skip
def test_status_and_the_sentence_that_says_why(shown, status, why):
    by = rule(
        since="2016-02-16", covered=COVERED, unclear=UNCLEAR, not_covered={"flag": ("animal",)},
        barred_by={"note": ("*order of court*",), "withheld": ("Juvenile*",)},
        extension_days=30, extended_by={"answer": ("*extension*granted*",)},
    )  # fmt: skip
    found = judged(case(shown), by)
    assert found.status == status, found.why
    assert why in found.why
    assert found.overdue == (status in {"covered", "extended"})


def test_only_covered_cases_are_ever_overdue():
    late = {"covered": COVERED, "since": "2016-02-16"}
    for shown in (fields("Complaint"), fields(incident="2015-01-01"), fields(None), fields(incident="01/02/2016")):
        found = judged(case(shown), rule(**late), date(2090, 1, 1))
        assert not found.overdue
        assert not found.was_overdue


def test_both_clocks_are_kept_apart():
    shown = fields(notified="2026-02-20")
    found = judged(case(shown, seen=Seen(None, date(2026, 3, 1))), rule(second_field="notified"), date(2026, 3, 20))
    assert (found.clock.due, found.second.due) == (DUE, date(2026, 4, 21))
    assert (found.clock.standing, found.second.standing) == ("overdue", "due")
    assert found.clock.late_most == 18
    assert found.overdue
    by_notification = judged(case(shown, seen=Seen(None, date(2026, 3, 1))), rule(from_field="notified", second_field="incident_date"),
                             date(2026, 3, 20))  # fmt: skip
    assert not by_notification.overdue
    assert by_notification.second.standing == "overdue"


@pytest.mark.parametrize(
    ("after", "by", "standing", "least", "most"),
    [
        (None, DUE, "on time", None, 0),
        (None, DUE + timedelta(1), "late or on time", None, 1),
        (DUE - timedelta(3), DUE + timedelta(5), "late or on time", 0, 5),
        (DUE, DUE + timedelta(1), "late or on time", 0, 1),
        (DUE + timedelta(1), DUE + timedelta(2), "late", 1, 2),
        (DUE + timedelta(30), DUE + timedelta(40), "late", 30, 40),
    ],
)
def test_a_release_is_late_only_if_a_look_after_the_day_did_not_have_it(after, by, standing, least, most):
    found = judged(case(files=(file(by, after),)))
    assert (found.clock.standing, found.clock.late_least, found.clock.late_most) == (standing, least, most)
    assert found.was_overdue == (standing == "late")


def test_an_extension_that_may_exist_unseen_is_an_excuse_until_it_is_over():
    by = rule(extension_days=30)
    standings = [judged(case(), by, DUE + timedelta(n)).clock.standing for n in (0, 1, 30, 31)]
    assert standings == ["due", "past due unless extended", "past due unless extended", "overdue"]
    released = case(files=(file(DUE + timedelta(20), DUE + timedelta(10)),))
    assert judged(released, by).clock.standing == "late unless extended"
    assert not judged(released, by).was_overdue
    printed = rule(extension_days=30, extended_by={"answer": ("extended",)})
    assert judged(case(), printed, DUE + timedelta(1)).overdue  # it prints them, and printed none
    known = case(notes=(note("extended", days=0),))
    assert judged(known, by, DUE + timedelta(1)).overdue  # somebody knows that there was none
    assert judged(known, by).status == "covered"


def test_extensions_are_at_most_what_the_rule_allows():
    by = rule(extension_days=30, extensions=2, extended_by={"answer": ("extended*",)})
    shown = {"incident_date": "2026-01-01", "answer": ["extended once", "extended twice", "extended again"]}
    assert judged(case(shown), by).clock.due == DUE + timedelta(60)
    assert judged(case(shown, notes=(note("extended", days=20),)), by).clock.due == DUE + timedelta(60)
    assert judged(case(notes=(note("extended", days=20),)), rule()).clock.due == DUE + timedelta(20)


def test_notes_win_over_what_is_printed_and_only_for_their_rule():
    by = rule(covered=COVERED)
    assert judged(case(fields("Complaint"), notes=(note("covered"),)), by).overdue
    assert judged(case(fields(), notes=(note("not covered"),)), by).status == "not covered"
    assert judged(case(fields(), notes=(note("not covered", rule="another"),)), by).status == "covered"
    assert judged(case(fields(), notes=(note("covered", n=1), note("not covered", n=2))), by).status == "not covered"
    barred = judged(case(fields(), notes=(note("barred"),)), by)
    assert (barred.status, barred.why) == ("barred", "note of 2026-02-01 by Desk: a letter")


def test_tolled_periods_stop_the_clock():
    by = rule(tolled_by=(Tolled("stopped", "resumed", "a stay"),))
    shown = {"incident_date": "2026-01-01", "stopped": "2026-01-10", "resumed": "2026-01-19"}
    assert judged(case(shown), by).clock.due == DUE + timedelta(10)
    stopped = judged(case({**shown, "resumed": None}), by)
    assert (stopped.clock.due, stopped.clock.standing, stopped.overdue) == (None, "stopped", False)
    assert "the clock stands still from 2026-01-10 on: a stay" in stopped.remarks
    unreadable = judged(case({**shown, "stopped": "01/02/2026"}), by)
    assert (unreadable.status, unreadable.overdue) == ("unknown", False)
    noted = case(notes=(note("tolled", since=date(2026, 1, 10), until=date(2026, 1, 19)),))
    assert judged(noted).clock.due == DUE + timedelta(10)


def test_printed_and_first_seen_days_are_both_kept():
    shown = fields(released="2026-02-20")
    found = judged(case(shown, files=(file(date(2026, 3, 10), date(2026, 3, 5)),)), rule(to_field="released"))
    assert (found.printed, found.seen.by, found.difference) == (date(2026, 2, 20), date(2026, 3, 10), 18)
    assert found.clock.standing == "on time"
    assert "printed as released on 2026-02-20, but not there when we looked on 2026-03-05" in found.remarks
    for odd, remark in (("2099-01-01", "a day to come"), ("2025-12-31", "before incident_date"), ("soon", "no date")):
        found = judged(case(fields(released=odd)), rule(to_field="released"))
        assert found.printed is None
        assert any(remark in said for said in found.remarks)
        assert found.overdue


def test_only_the_kinds_of_file_that_count_are_a_release():
    report, video = file(date(2026, 1, 10), kind="report"), file(date(2026, 2, 10), kind="video")
    assert judged(case(files=(report, video)), rule(to_kinds=("video",))).seen.by == date(2026, 2, 10)
    assert judged(case(files=(report,)), rule(to_kinds=("video",))).overdue


def test_a_blind_portal_is_named():
    found = judged(case(last_look=DUE - timedelta(2)))
    assert found.overdue
    assert "the portal was last seen on 2026-02-28: not released as of then" in found.remarks


def test_records_requests_in_illinois():
    shown = {"received_date": "2026-06-15", "status": "Open"}
    seen = Seen(None, date(2026, 6, 15))

    def ask(day: int, fields_now: dict = shown, **values):
        return judged(case(fields_now, seen=seen, **values), illinois(), date(2026, 6, day))

    assert [ask(n).clock.standing for n in (22, 23, 24)] == ["due", "due", "overdue"]
    assert ask(24).clock.late_most == 1
    assert ask(24).unit == "business day"
    longer = {**shown, "notes": ["We extend our answer by 5 business days, 5 ILCS 140/3(e)."]}
    assert (ask(24, longer).status, ask(24, longer).clock.due) == ("extended", date(2026, 6, 30))
    answered = SeenVersion({**shown, "status": "Denied in part"}, Seen(date(2026, 6, 29), date(2026, 6, 30)))
    found = ask(30, answered.fields, history=(SeenVersion(shown, seen), answered))
    assert (found.clock.standing, found.clock.late_least, found.clock.late_most) == ("late", 4, 5)


@settings(deadline=None)
@given(st.integers(-200, 400), st.integers(0, 200), st.booleans())
def test_once_overdue_always_overdue_until_it_is_released(start: int, later: int, extended: bool):
    by = rule(extension_days=30 if extended else 0)
    today = TODAY + timedelta(start)
    if judged(case(), by, today).overdue:
        assert judged(case(), by, today + timedelta(later)).overdue
    released = case(files=(file(today + timedelta(1), today),))
    assert judged(released, by, today + timedelta(1 + later)).was_overdue == (today > judged(case(), by).clock.latest)


@settings(deadline=None)
@given(st.integers(0, 30), st.integers(0, 120), st.integers(0, 40), st.booleans())
def test_what_helps_the_agency_never_shortens_its_time(days: int, today: int, stop: int, business: bool):
    by, day = rule(business_days=business, days=20), date(2026, 1, 2) + timedelta(today)
    plain = judged(case(), by, day)
    for notes in (
        (note("extended", days=days),),
        (note("tolled", since=date(2026, 1, 3), until=date(2026, 1, 3) + timedelta(stop)),),
        (note("extended", days=days), note("tolled", since=date(2026, 1, 3) + timedelta(stop))),
    ):
        helped = judged(case(notes=notes), by, day)
        assert helped.clock.due is None or helped.clock.due >= plain.clock.due
        assert plain.overdue or not helped.overdue


SOME = st.sampled_from(
    [None, "", "2026-01-01", "01/02/2026", "Firearm Discharge", "Taser Discharge", "x", "2031-01-01", ["2025-12-31"]]
)
LOOK = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["incident_date", "type", "released", "stopped"]), SOME),
    LOOK,
    LOOK,
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_whatever_is_printed_nothing_is_said_without_ground(shown, after, by, today):
    files = (file(by, after),) if by and (after is None or after <= by) and by <= today else ()
    rules = rule(
        covered=COVERED, unclear=UNCLEAR, to_field="released", tolled_by=(Tolled("stopped"),), extension_days=10
    )
    found = judged(case(shown, files=files), rules, today, Place())
    if found.overdue:
        assert not found.released
        assert today > found.clock.latest >= found.clock.due > found.clock.start
    if found.was_overdue:
        assert found.covered
        assert found.clock.latest is not None
    assert found.covered == (found.status in {"covered", "extended"})
    assert found.why
    if found.released:
        assert found.clock.standing not in OPEN


@settings(deadline=None)
@given(st.text("ab* ", max_size=8), st.text("ab ", max_size=12))
def test_patterns_mean_what_globs_mean(pattern: str, text: str):
    import fnmatch

    shown = " ".join(text.split())
    tight = "*".join(" ".join(piece.split()) for piece in pattern.split("*"))
    assert fits(pattern, shown) == fnmatch.fnmatchcase(shown, tight)


def test_a_hostile_value_costs_little():
    text = "ab" * 100_000
    found = judged(case(fields(text)), rule(covered={"type": ("*a*b*a*b*a*b*a*c",)}))
    assert found.status == "not covered"
    assert len(found.why) < 300


def test_a_withdrawn_case_keeps_its_dates_and_says_so():
    found = judged(replace(case(), state="withdrawn"))
    assert "the portal no longer lists it" in found.remarks
