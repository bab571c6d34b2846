"""Rows, spreadsheets and calendars of hostile cases, and counts that add up."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta

import icalendar
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.deadlines.ics import calendar
from releases.deadlines.rows import csv_text, row
from releases.deadlines.spread import spread
from tests.unit.releases.deadlines.scene import case, file, judged, note, rule

RULES = {("p", "Release"): rule()}
NASTY = st.text(max_size=40) | st.sampled_from(
    ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", " =1", "＝1", "a\r\n=1", 'x"y', "BEGIN:VEVENT"]
)


@settings(deadline=None)
@given(NASTY, NASTY)
def test_no_spreadsheet_runs_what_a_portal_prints(title, key):
    hostile = replace(case(), title=title, key=key, notes=(replace(note("barred"), why=title),))
    (shown,) = csv.DictReader(io.StringIO(csv_text([judged(hostile)]), newline=""))
    for value in shown.values():
        assert not value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    assert title.replace("\0", "") in shown["title"]


@settings(deadline=None)
@given(NASTY, st.integers(-100, 300))
def test_a_calendar_reads_back_as_it_was_meant(title, late):
    one = judged(replace(case(files=(file(date(2026, 3, 2) + timedelta(late)),)), title=title))
    data = calendar([one], RULES)
    (entry,) = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert entry.decoded("dtstart") == date(2026, 3, 2)
    assert data.count(b"\r\nBEGIN:VEVENT\r\n") == 1
    assert data.count(b"\r\n") == data.count(b"\n")
    assert max(map(len, data.split(b"\r\n"))) <= 75
    assert b"VALARM" not in data


def test_the_days_that_pass_do_not_change_a_calendar():
    first, later = (calendar([judged(case(), today=date(2026, 1, 1) + timedelta(n))], RULES) for n in (0, 200))
    assert first == later


def test_what_turned_out_not_covered_and_what_has_no_day_any_more_is_cancelled():
    one = icalendar.Calendar.from_ical(calendar([judged(case(notes=(note("not covered"),)))], RULES)).walk("VEVENT")[0]
    assert str(one["status"]) == "CANCELLED"
    before = icalendar.Calendar.from_ical(calendar([judged(case())], RULES)).walk("VEVENT")[0]
    stopped = case(notes=(note("tolled", since=date(2026, 1, 5)),))
    for gone in (case({"incident_date": "soon"}), stopped):
        (entry,) = icalendar.Calendar.from_ical(calendar([judged(gone)], RULES)).walk("VEVENT")
        assert (str(before["status"]), str(entry["status"])) == ("CONFIRMED", "CANCELLED")
        assert entry["uid"] == before["uid"]
        assert "No last day: " in str(entry["description"])


def test_a_row_is_json_and_counts_late_or_left_but_never_both():
    for today, left, late in ((date(2026, 2, 20), 10, 0), (date(2026, 3, 2), 0, 0), (date(2026, 3, 5), 0, 3)):
        shown = row(judged(case(), today=today))
        assert (shown["days_left"], shown["days_late"]) == (left, late)
        assert msgspec.json.decode(msgspec.json.encode(shown))["due"] == "2026-03-02"


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-80, 500), st.booleans(), st.booleans()), max_size=30), st.booleans())
def test_counts_add_up(releases, extension):
    by = rule(extension_days=30 if extension else 0)
    everything = []
    for late, seen_before, open_still in releases:
        day = date(2026, 3, 2) + timedelta(late)
        came = () if open_still else (file(day, day - timedelta(1) if seen_before else None),)
        everything.append(judged(case(files=came), by, date(2026, 3, 2) + timedelta(late)))
    everything.append(judged(case({"incident_date": None}), by))
    found = spread(everything)
    assert found.all == found.covered + found.not_covered + found.unknown + found.barred == len(everything)
    assert found.covered == found.released + found.open
    assert sum(found.buckets.values()) == found.late
    assert (found.median is None) == (found.late == 0)
