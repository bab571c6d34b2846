"""Days that a portal prints: told so many days before, once; a moved day counts anew; nothing that passed is told."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from pathlib import Path

import icalendar
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.deadlines_ahead import lines
from cli.screen import wrapped
from config.dates import DateAhead
from config.errors import ConfigError
from config.portal import read_portal
from releases.alerts.story_releases import happening
from releases.deadlines.ahead import ahead, concerns, dates_ahead, soonest, within
from releases.deadlines.ics import calendar
from releases.deadlines.rows import csv_text
from releases.models import DeadlineNote, Event
from tests.unit.releases.deadlines import scene
from tests.unit.releases.deadlines.scene import PLACE
from tests.unit.releases.deadlines.test_rules import HEAD
from tests.unit.releases.deadlines.watched import RULE, shot
from tests.unit.releases.ledger.watch import case, told

ENDS = DateAhead("Term", "term_end", "the contract expires", kinds=("union_contract",), notify_days=(10, 3, 0))


def contract(key: str, end: str | None, **fields):
    return case(key, kind="union_contract", fields={"term_end": end, **fields})


@pytest.fixture
def dated(watch):
    """A portal with one rule of dates and no deadline."""
    watch.portal = msgspec.structs.replace(watch.portal, deadlines=(), dates=(ENDS,))
    return watch


def test_each_notify_day_is_told_once_and_the_day_itself_too(dated):
    assert told(dated.crawl(contract("a", "2026-01-20"))) == [("new", "a")]
    days = [(told(dated.wait(1)), dated.day) for _ in range(25)]
    assert [found for found in days if found[0]] == [([("upcoming", "a")], day) for day in (9, 16, 19)]
    events = list(Event.objects.filter(kind="upcoming").order_by("at"))
    assert [event.new["days_before"] for event in events] == [10, 3, 0]
    assert [event.new["why"] for event in events] == [
        "on 2026-01-20, in 10 days, the contract expires",
        "on 2026-01-20, in 3 days, the contract expires",
        "on 2026-01-20, today, the contract expires",
    ]
    assert {name: events[0].new[name] for name in ("rule", "term_end", "date", "days_left", "last_looked")} == {
        "rule": "Term", "term_end": "2026-01-20", "date": "2026-01-20", "days_left": 10, "last_looked": "2026-01-02",
    }  # fmt: skip
    assert events[0].captures == ["capture-of-a"]


def test_of_several_notify_days_that_have_come_the_nearest_alone_is_told(dated):
    events = dated.crawl(contract("soon", "2026-01-04"), contract("gone", "2025-12-31"), contract("far", "2027-01-01"))
    (event,) = (event for event in events if event["kind"] == "upcoming")
    assert (event["key"], event["new"]["days_before"], event["backfill"]) == ("soon", 3, False)
    assert told(dated.crawl(contract("soon", "2026-01-04"), contract("gone", "2025-12-31"))) == []


def test_a_moved_day_counts_anew_and_back_again_is_not_told_twice(dated):
    dated.crawl(contract("a", "2026-01-10"))
    assert told(dated.crawl(contract("a", "2026-01-11"))) == [("changed", "a"), ("upcoming", "a")]
    assert told(dated.crawl(contract("a", "2026-01-10"))) == [("changed", "a")]
    assert [event.new["date"] for event in Event.objects.filter(kind="upcoming").order_by("at")] == [
        "2026-01-10",
        "2026-01-11",
    ]


def test_what_passed_while_nobody_looked_is_shown_as_passed_and_never_told(dated):
    dated.crawl(contract("a", "2026-02-20"))
    dated.day = 60  # 2 March: three notify days went by
    assert dated.tick() == []
    (one,) = dates_ahead(dated.portal, dated.moment)
    assert (one.standing, one.left, one.shown) == ("passed", -10, True)
    dated.day = 90
    (one,) = dates_ahead(dated.portal, dated.moment)
    assert (one.standing, one.shown) == ("passed", False)


def test_nothing_is_announced_of_what_is_withdrawn_or_cannot_be_read_or_is_not_meant(dated):
    rule = msgspec.structs.replace(ENDS, only={"status": ("In force*",)})
    dated.portal = msgspec.structs.replace(dated.portal, dates=(rule,))
    keep = [contract(f"k{n}", None, status="In force") for n in range(3)]
    odd = [
        contract("odd", "02/01/2026", status="In force"),
        contract("other", "2026-01-09", status="Replaced"),
        case("policy", kind="policy", fields={"term_end": "2026-01-09", "status": "In force"}),
    ]
    dated.crawl(*keep, *odd, contract("w", "2026-01-30", status="In force"))
    dated.crawl(*keep, *odd, gone=["w"])
    assert dated.wait(30) == []
    found = {one.case.key: one for one in dates_ahead(dated.portal, dated.moment)}
    assert set(found) == {"k0", "k1", "k2", "odd", "other", "w"}
    assert (found["odd"].standing, found["odd"].shown) == ("unreadable", True)
    assert "day and month can not be told apart" in found["odd"].why
    assert (found["other"].why, found["other"].shown) == ("status says “Replaced”, which the rule is not about", False)
    assert (found["w"].case.state, found["w"].shown, found["k0"].shown) == ("withdrawn", False, False)


def test_a_date_and_a_deadline_live_beside_each_other(watch):
    ends = msgspec.structs.replace(ENDS, kinds=(), notify_days=(2,))
    watch.portal = msgspec.structs.replace(watch.portal, dates=(ends,))
    watch.crawl(shot("a", 1, term_end="2026-01-14"))
    assert [told(watch.wait(1)) for _ in range(12)][9:] == [[("overdue", "a"), ("upcoming", "a")], [], []]
    kept = DeadlineNote.objects.filter(kind="rule").order_by("rule")
    assert [(note.rule, note.days) for note in kept] == [("Release", RULE.days), ("Term", 2)]


def test_what_a_person_retracted_is_not_told_again(dated):
    from releases.ledger.retract import plan_retraction

    dated.crawl(contract("a", "2026-01-08"))
    (event,) = Event.objects.filter(kind="upcoming")
    dated.apply(plan_retraction(event.id, "extended by letter", "Desk", dated.moment).operations)
    assert dated.tick() == []


def test_alerts_say_it_in_one_sentence(dated):
    dated.crawl(contract("a", "2026-01-08"))
    (event,) = Event.objects.filter(kind="upcoming")
    said = happening(event)
    assert said.sentence == "Coming up: on 2026-01-08, in 6 days, the contract expires"
    assert said.changes == (("rule", "", "Term"),)


def judge(value: object, today: date = date(2026, 1, 1), rule: DateAhead = ENDS, **values):
    return ahead(scene.case({"term_end": value}, **values), rule, today, PLACE)


@given(st.integers(-400, 400), st.sets(st.integers(0, 60), max_size=5))
def test_the_reached_notify_day_is_the_nearest_that_has_come(left, numbers):
    day = date(2026, 6, 1)
    one = judge(
        str(date.fromordinal(day.toordinal() + left)), day, msgspec.structs.replace(ENDS, notify_days=tuple(numbers))
    )
    assert one.left == left
    if one.reached is None:
        assert left < 0 or all(number < left for number in numbers)
    else:
        assert 0 <= left <= one.reached
        assert not any(left <= number < one.reached for number in numbers)


def test_soonest_first_then_what_passed_last(dated):
    found = [judge(value, key=value) for value in ("2026-03-01", "2025-12-01", "2026-01-01", "2025-12-30", "soon")]
    order = [one.case.key for one in sorted(found, key=soonest)]
    assert order == ["2026-01-01", "2026-03-01", "2025-12-30", "2025-12-01", "soon"]
    assert [one.case.key for one in within(found, 59)] == ["2026-03-01", "2026-01-01"]


def test_calendar_and_table_have_the_days_too():
    there, gone = judge("2026-03-01", title="Guild, Anyville"), judge(None, title="Guild, Anyville")
    entries = [icalendar.Calendar.from_ical(calendar([], {}, [one])).walk("VEVENT")[0] for one in (there, gone)]
    assert entries[0].decoded("dtstart") == date(2026, 3, 1)
    assert str(entries[0]["summary"]) == "the contract expires: Guild, Anyville"
    assert [str(entry["status"]) for entry in entries] == ["CONFIRMED", "CANCELLED"]
    assert entries[0]["uid"] == entries[1]["uid"]
    (shown,) = csv.DictReader(io.StringIO(csv_text([], [there]), newline=""))
    wanted = {"status": "date", "standing": "ahead", "due": "2026-03-01", "days_left": "59", "days_past": ""}
    assert {name: shown[name] for name in wanted} == wanted


def test_a_rule_without_kinds_is_about_records_that_have_the_field():
    rule = msgspec.structs.replace(ENDS, kinds=())
    assert concerns(rule, "request", {"term_end": None})
    assert not concerns(rule, "union_contract", {"term_start": "2026-01-01"})
    assert concerns(ENDS, "union_contract", {})
    assert not concerns(ENDS, "request", {"term_end": "2026-01-01"})


def test_which_day_it_is_is_decided_by_the_portals_place(dated):
    dated.portal = msgspec.structs.replace(dated.portal, timezone="America/New_York")
    dated.crawl(contract("a", "2026-01-20"))
    late = datetime(2026, 1, 11, 3, tzinfo=UTC)  # still the 10th there
    (one,) = dates_ahead(dated.portal, late)
    assert one.left == 10


def test_the_examples_of_the_manual_are_valid(tmp_path):
    page = (Path(__file__).resolve().parents[4] / "docs" / "reference" / "dates.md").read_text("utf-8")
    texts = [block.split("```", 1)[0] for block in page.split("```toml\n")[1:]]
    (tmp_path / "p.toml").write_text(HEAD + "".join(texts), "utf-8")
    assert [rule.field for rule in read_portal(tmp_path / "p.toml").dates] == ["term_end", "due_date"]


DATE = '[[dates]]\nname = "T"\nfield = "term_end"\nwhat = "the contract expires"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (DATE.replace('"T"', '" "'), "dates[0].name = ' ': must not be empty"),
        (DATE.replace('"the contract expires"', '""'), "dates[0].what = '': must not be empty"),
        (DATE + DATE, "dates[1].name = 'T': another rule has this name"),
        (DATE + '[[deadlines]]\nname = "T"\nfrom_field = "d"\ndays = 6\nbasis = "b"\n', "dates[0].name = 'T'"),
        (DATE + "notify_days = [7, 7]\n", "dates[0].notify_days = [7, 7]: use at most 20 numbers, each once"),
        (DATE + "notify_days = [-1]\n", "use numbers of days from 0 to 3650"),
        (DATE + "keep_days = -1\n", "dates[0].keep_days = -1: use a number of days"),
        (DATE + 'basis_url = "javascript:x"\n', "use an http:// or https:// address"),
        (DATE + "only.status = []\n", "dates[0].only.status = []: use one or more texts"),
        (DATE + "notify = [1]\n", "dates[0].notify"),
    ],
)  # fmt: skip
def test_a_portal_file_is_told_what_is_wrong(tmp_path, text, says):
    (tmp_path / "p.toml").write_text(HEAD + text, "utf-8")
    with pytest.raises(ConfigError) as error:
        read_portal(tmp_path / "p.toml")
    assert says in str(error.value)


@pytest.mark.parametrize("columns", [60, 100, None])
def test_a_key_and_a_day_are_in_one_piece_however_wide_the_terminal(dated, columns, monkeypatch):
    key = "contract/lake-harbor/town-of-lake-harbor/officers-union"
    dated.crawl(contract(key, "2026-01-20"))
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", str(columns))
    found = list(dates_ahead(dated.portal, dated.moment))
    shown = [part for line in lines(found, 0) for part in wrapped(line)]
    assert not columns or max(map(len, shown)) <= columns
    assert any(key in line for line in shown)
    assert any(line.startswith("2026-01-20") for line in shown)
