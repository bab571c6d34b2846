"""The deadlines page and its siblings: the same cases as the command's, the most urgent first, by index."""

from __future__ import annotations

import csv
import io
import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime

import msgspec
import pytest
from icalendar import Calendar

from releases.deadlines.ahead import Ahead
from releases.deadlines.model import Case, Clock, Judged, Note, Seen
from releases.deadlines.read import judged
from releases.deadlines.rows import row
from releases.deadlines.urgency import most_urgent
from tests.newsroom.inside import Newsroom
from web.due.asked import SPANS, Asked
from web.due.cases import every, page
from web.due.told import told, unnamed
from web.figures import shelf
from web.figures.due import AHEAD, PLACES, case_of
from web.figures.kept import keep_up
from web.listing.keyset import write

pytestmark = pytest.mark.usefixtures("patient")
SLUG = "lake-harbor"


def text(answer) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def test_page_and_siblings_have_what_the_command_has(newsroom: Newsroom) -> None:
    straight = sorted(judged(newsroom.home.portal(SLUG), datetime.now(UTC)), key=most_urgent)
    rows = newsroom.get("/deadlines.json", "reporter").json()["rows"]
    assert rows == msgspec.to_builtins([row(one) for one in straight])
    shown = text(newsroom.get("/deadlines"))
    titles = [one.case.title for one in straight]
    places = [shown.index(title, shown.index("most urgent")) for title in titles]
    assert places == sorted(places)
    assert "overdue by" in shown
    assert "Lake Harbor Policy 4.11" in shown
    assert "1 of 1" in shown, "who is late"
    table = list(csv.DictReader(io.StringIO(text(newsroom.get("/deadlines.csv")).removeprefix("\ufeff"))))
    assert [line["key"] for line in table] == [one.case.key for one in straight]
    assert table[0]["days_late"] == str(straight[0].clock.late_most)
    late = newsroom.get("/deadlines.json?status=late").json()["rows"]
    assert [one["key"] for one in late] == [
        one.case.key for one in straight if one.covered and one.clock.standing == "late"
    ]
    assert newsroom.get("/deadlines.json?status=covered").json()["rows"] == [
        {name: value for name, value in one.items() if name != "notes"} for one in rows if one["status"] == "covered"
    ]
    # Without an account, nobody is told who of us noted something.
    assert "notes" in rows[0]
    assert "notes" not in newsroom.get("/deadlines.json").json()["rows"][0]


def test_the_calendar_is_read_by_calendars(newsroom: Newsroom) -> None:
    (event,) = Calendar.from_ical(newsroom.get("/deadlines.ics").content).walk("VEVENT")
    assert "LH-2026-0004" in event["SUMMARY"]
    assert event["DTSTART"].dt == date(2026, 3, 5)
    every_one = Calendar.from_ical(newsroom.get("/deadlines.ics?status=covered").content).walk("VEVENT")
    assert len(every_one) == 7
    assert event["UID"] in {one["UID"] for one in every_one}
    assert newsroom.get("/deadlines.ics").content == newsroom.get("/deadlines.ics").content


def test_days_ahead_stand_beside(newsroom: Newsroom) -> None:
    path = newsroom.home.portals / f"{SLUG}.toml"
    rule = '\n[[dates]]\nname = "Anniversary"\nfield = "incident_date"\nwhat = "it is remembered"\nkeep_days = 3000\n'
    path.write_text(path.read_text("utf-8") + rule, "utf-8")
    rows = newsroom.get("/deadlines.json?status=ahead").json()["rows"]
    assert {one["rule"] for one in rows} == {"Anniversary"}
    assert [one["days_past"] for one in rows] == sorted(one["days_past"] for one in rows)
    assert "Coming up" in text(newsroom.get("/deadlines"))
    assert "it is remembered" in text(newsroom.get("/deadlines?status=ahead"))
    assert len(Calendar.from_ical(newsroom.get("/deadlines.ics?status=ahead").content).walk("VEVENT")) == len(rows)


def _many(home, number: int = 400) -> list[shelf.Row]:
    """Cases of two portals, as the keeper would keep them."""
    made = []
    for n in range(number):
        portal, place = f"p{n % 2}", n % len(PLACES)
        case = Case(
            f"id{n}", portal, f"key/{n:04}", "", f"Case {n}", "", "case", "present", {}, Seen(None, date(2026, 1, 1))
        )
        standing = PLACES[place] if place < PLACES.index("barred") else "unknown"
        status = "covered" if place < PLACES.index("barred") else PLACES[place]
        clock = Clock("opened", date(2026, 1, 1), "", date(2026, 3, 1), date(2026, 3, 1), standing, n % 7, n % 9 - 4)
        one = Judged(case, "rule", status, "why", clock)
        made.append(
            (portal, place, -(n % 9 - 4), case.key, "rule", case.id, int(n % 50 == 0), msgspec.msgpack.encode(one))
        )
    for portal in ("p0", "p1"):
        body = {"rules": [], "ahead": 0}
        shelf.write(home, portal, "due", "x", 0.0, shelf.Made(body, cases=[row for row in made if row[0] == portal]))
    return made


@pytest.mark.parametrize(
    "asked",
    [
        Asked(),
        Asked("open"),
        Asked("late"),
        Asked("extended"),
        Asked(portal="p1"),
        Asked("due", within=2),
        Asked("", "p0", "rule", 3),
    ],
)
def test_pages_go_on_where_they_ended_and_nothing_is_sorted(newsroom: Newsroom, asked: Asked, monkeypatch) -> None:
    home = newsroom.home
    shelf.forget(home, SLUG)  # the home may have been served before it was copied
    made = _many(home)
    asked_for: list[tuple[str, list[object]]] = []
    real = shelf.read

    def noted(home, query, given=()):
        asked_for.append((query, list(given)))
        return real(home, query, given)

    monkeypatch.setattr("web.due.cases.read", noted)
    found, cursor = [], ""
    while True:
        got = page(home, asked, cursor, 13)
        found += [one.case.id for one in got.rows]
        cursor = got.next
        if not cursor:
            break
    first, last = SPANS[asked.status]
    if asked.within is not None:
        first = last = PLACES.index("due")
    wanted = sorted(
        (row[1], row[2], row[0], row[3], row[4], row[5]) for row in made
        if first <= row[1] <= last and asked.portal in {"", row[0]} and (asked.status != "extended" or row[6])
        and (asked.within is None or row[2] <= asked.within)
    )  # fmt: skip
    assert wanted
    assert found == [one[-1] for one in wanted]
    assert [one.case.id for one in every(home, asked, 10_000)] == found
    assert len(list(every(home, asked, 5))) == min(5, len(found))
    with sqlite3.connect(shelf._path(home)) as opened:
        for query, given in asked_for:
            plan = " ".join(str(step[3]) for step in opened.execute(f"EXPLAIN QUERY PLAN {query}", given))
            assert "USING" in plan
            assert "INDEX case_" in plan
            assert "SCAN case_ " not in plan + " " or "USING INDEX" in plan
            assert "TEMP B-TREE" not in plan, plan


def test_a_cursor_of_another_kind_leads_nowhere(newsroom: Newsroom) -> None:
    keep_up(newsroom.home)
    for values in ([1, 2], [1, 2, 3, 4, 5], ["a", 1, "p", "k", "r"], [10**30, 0, "p", "k", "r"]):
        assert newsroom.get(f"/deadlines?after={write(values)}").status_code == 400, values


def test_who_noted_something_is_told_to_colleagues_alone() -> None:
    note = Note("n", "extended", "", 14, None, None, "letter, page 2", "R. Porter", datetime(2026, 3, 1, tzinfo=UTC))
    case = Case("i", "p", "k", "", "T", "", "case", "present", {}, Seen(None, date(2026, 1, 1)), notes=(note,))
    clock = Clock("opened", date(2026, 1, 1), "", date(2026, 3, 1), date(2026, 3, 1), "overdue", None, 12)
    said = "note of 2026-03-01 by R. Porter: 14 days: letter, page 2"
    one = Judged(case, "rule", "extended", said, clock, remarks=(said,))
    assert unnamed(one).why == "note of 2026-03-01: 14 days: letter, page 2"
    assert "Porter" not in str(told(one, {}, named=False))
    assert "Porter" in told(one, {}, named=True).why


@pytest.mark.parametrize(
    ("standing", "least", "most", "said"),
    [
        ("due", None, 0, "due today"), ("due", None, -1, "due in 1 day"), ("due", None, -12, "due in 12 days"),
        ("overdue", None, 1, "overdue by 1 day"), ("overdue", None, 1262, "overdue by 1,262 days"),
        ("past due unless extended", None, 3, "3 days past due, unless extended to 2026-04-01"),
        ("late", 4, 4, "4 days late"), ("late", 2, 4, "2 to 4 days late"),
        ("late unless extended", 4, 4, "4 days late, unless extended to 2026-04-01"),
        ("late or on time", 0, 9, "at most 9 days late, or on time"), ("on time", 0, -3, "on time"),
        ("stopped", None, None, "the clock stands still"),
    ],
)  # fmt: skip
def test_how_a_clock_stands_in_words(standing: str, least: int | None, most: int | None, said: str) -> None:
    case = Case("i", "p", "k", "", "T", "", "case", "present", {}, Seen(None, date(2026, 1, 1)))
    clock = Clock("opened", date(2026, 1, 1), "", date(2026, 3, 1), date(2026, 4, 1), standing, least, most)
    one = Judged(case, "rule", "covered", "why", clock)
    assert told(one, {}, named=True).stand == said
    assert ("business day" in told(replace(one, unit="business day"), {}, named=True).stand) == (
        "day" in said and "today" not in said
    )


def test_what_is_kept_comes_back_as_it_was() -> None:
    from config.dates import DateAhead

    case = Case("i", "p", "k/1", "K", "T", "https://x", "case", "present", {}, Seen(None, date(2026, 1, 1)))
    day = Ahead(case, DateAhead(name="n", field="f", what="w"), date(2026, 5, 1), "ahead", 3)
    assert case_of((AHEAD, msgspec.msgpack.encode(day))) == day
