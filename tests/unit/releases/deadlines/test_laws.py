"""What laws say of requests, day by day; what a portal does not prove is unknown, and never overdue."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.deadline import Deadline, check_deadlines
from config.errors import ConfigError
from config.law import known_laws, read_law, with_laws
from config.portal import read_portal
from releases.deadlines.model import Case, Judged, Seen, SeenVersion
from tests.unit.releases.deadlines.scene import case, judged

HEAD = 'slug = "p"\nname = "P"\nagency = "A"\nplace = "X"\nurl = "https://p.example/"\nspider = "nextrequest"\n'
OPENED = {"date": "2026-03-02T09:00", "what": "Request opened", "text": "Request received via web"}
RELEASED = {"date": "2026-03-09T09:00", "what": "Document(s) released", "text": "a.pdf"}
NO_TERM = {"us-az", "us-fl", "us-mn", "us-oh"}
LETTERS = {"us-co", "us-ct", "us-ga", "us-ma", "us-ny", "us-or", "us-tx", "us-wa"}
SEEN = Seen(date(2026, 3, 1), date(2026, 4, 1))
LONG_AFTER = date(2027, 6, 1)


def law(key: str) -> Deadline:
    (rule,) = read_law(key, "a test").rules()
    return rule


def request(requested: str = "2026-03-02", **fields: Any) -> Case:
    """An open request; `timeline=None` for a portal that prints none."""
    made = {"requested_date": requested, "state": "open", "timeline": [OPENED], **fields}
    return case({name: value for name, value in made.items() if value is not None}, seen=SEEN, kind="request")


def on(key: str, day: str, **fields: Any) -> Judged:
    return judged(request(**fields), law(key), date.fromisoformat(day))


@pytest.mark.parametrize("key", known_laws())
def test_every_law_is_a_valid_rule_or_says_that_there_is_no_term(key: str) -> None:
    found = read_law(key, "a test")
    check_deadlines(found.rules(), key)
    assert len(found.rules()) == (key not in NO_TERM)
    assert ("no fixed number of days" in found.says) == (key in NO_TERM)
    assert found.url.startswith("http")
    assert found.citation
    assert found.says.endswith(".")


@pytest.mark.parametrize(
    ("key", "due", "latest"),
    [
        ("us", "2026-03-30", "2026-04-13"),
        ("us-ca", "2026-03-12", "2026-03-26"),
        ("us-il", "2026-03-09", "2026-03-31"),
        ("us-mi", "2026-03-10", "2026-03-24"),
        ("us-nj", "2026-03-11", "2026-03-20"),
        ("us-pa", "2026-03-09", "2026-04-08"),
        ("us-va", "2026-03-09", "2026-06-02"),
        ("us-md", "2026-04-01", "2026-05-01"),
    ],
)
def test_the_days_of_a_request_of_monday_2_march_2026(key: str, due: str, latest: str) -> None:
    """Counted by hand. Illinois: Pulaski Day, 2 March, is the start itself; Virginia: 13 weeks, and Memorial Day, 25 May."""
    found = on(key, latest)
    assert (str(found.clock.due), str(found.clock.latest)) == (due, latest)
    assert found.clock.standing == "past due unless extended"
    assert on(key, str(LONG_AFTER)).overdue


def test_californias_last_day_moves_off_a_weekend_and_a_holiday() -> None:
    assert str(on("us-ca", "2026-06-01", requested="2026-03-04").clock.due) == "2026-03-16"
    # Ten days after 21 March 2026 are César Chávez Day, 31 March.
    assert str(on("us-ca", "2026-06-01", requested="2026-03-21").clock.due) == "2026-04-01"


@pytest.mark.parametrize("key", sorted(LETTERS))
def test_where_a_letter_will_do_nothing_is_ever_overdue(key: str) -> None:
    for fields in ({}, {"state": None}, {"state": "unknown"}, {"timeline": None}, {"state": "closed"}):
        found = judged(request(**fields), law(key), LONG_AFTER)
        assert (found.status, found.overdue) == ("unknown", False)
        assert found.clock.due is not None


@pytest.mark.parametrize("key", sorted(known_laws().keys() - LETTERS - NO_TERM))
def test_what_is_not_printed_is_unknown(key: str) -> None:
    for state in (None, "unknown"):
        found = judged(request(state=state), law(key), LONG_AFTER)
        assert (found.status, found.overdue) == ("unknown", False)


@pytest.mark.parametrize("key", ["us", "us-ca", "us-mi", "us-pa"])
def test_a_decision_is_not_missed_where_no_timeline_is_printed(key: str) -> None:
    found = judged(request(timeline=None), law(key), LONG_AFTER)
    assert (found.status, found.overdue) == ("unknown", False)
    assert "timeline" in found.why


def test_a_release_is_an_answer_and_its_day_counts() -> None:
    found = on("us-ca", "2026-06-01", timeline=[OPENED, RELEASED], answered_date="2026-03-09")
    assert (found.clock.standing, str(found.printed)) == ("on time", "2026-03-09")
    late = on("us-ca", "2026-06-01", timeline=[OPENED, RELEASED], answered_date="2026-04-09")
    assert late.clock.standing == "late"


@pytest.mark.parametrize(
    "what", ["Document(s) released", "Request closed", "response: processed", "External message", "Request denied"]
)
def test_whoever_may_have_answered_is_never_overdue(what: str) -> None:
    entry = {"date": "2026-03-09T09:00", "what": what, "text": ""}
    for key in ("us-ca", "us-il"):
        answered = case(
            request(timeline=[OPENED, entry]).fields,
            seen=SEEN,
            kind="request",
            history=(SeenVersion({"timeline": [OPENED, entry]}, SEEN),),
        )
        assert not judged(answered, law(key), LONG_AFTER).overdue


def test_what_is_said_names_the_section_and_what_is_not_shown() -> None:
    assert "7922.535" in law("us-ca").basis
    assert "sent to the requester alone is not shown" in law("us-ca").basis


def test_a_rule_of_the_portal_file_takes_the_place_of_the_laws(tmp_path: Path) -> None:
    own = (
        'laws = ["us-ca", "us-oh", "us-ca"]\n[[deadlines]]\nname = "California Public Records Act"\n'
        'from_field = "requested_date"\ndays = 10\nbasis = "the same, with this office\'s own closed days"\n'
    )
    (tmp_path / "p.toml").write_text(HEAD + own, "utf-8")
    (rule,) = read_portal(tmp_path / "p.toml").deadlines
    assert rule.basis.startswith("the same")
    assert with_laws((), ["us-ca", "us-ca"], "x") == (law("us-ca"),)


@pytest.mark.parametrize(("name", "near"), [("ca", "us-ca"), ("US_IL", "us-il"), ("us-cal", "us-ca"), ("../us", "us")])
def test_a_law_that_is_none_names_those_that_are(tmp_path: Path, name: str, near: str) -> None:
    (tmp_path / "p.toml").write_text(f'{HEAD}laws = ["{name}"]\n', "utf-8")
    with pytest.raises(ConfigError, match=f"do you mean '{near}'") as raised:
        read_portal(tmp_path / "p.toml")
    assert "us-wa" in str(raised.value)
    assert "docs/reference/laws.md" in str(raised.value)
