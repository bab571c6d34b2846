"""`portals` says how each watched portal is; `portals add WORDS` and `catalogue` find agencies."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.portals_file import write_new
from cli.portals_listed import ago, due, known
from cli.portals_told import candidates
from config.errors import ConfigError
from config.home import open_home
from spiders.agencies import Agency
from tests.unit.cli.conftest import SETTINGS, Verb

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    (tmp_path / "home" / "portals").mkdir(parents=True)
    (tmp_path / "home" / "recordwatch.toml").write_text(SETTINGS, "utf-8")
    return tmp_path / "home"


def test_everything_of_each_portal_for_machines(verb: Verb, home: Path) -> None:
    (home / "portals" / "wrong.toml").write_text("slug = 1", "utf-8")
    rows = [json.loads(line) for line in verb("portals", "--json", "--home", home).out.splitlines()]
    by = {row["portal"]: row for row in rows}
    row = by["lake-harbor"]
    assert (row["place"], row["platform"], row["verdict"]) == ("Lake Harbor (fictional)", "sample", "blocked")
    assert row["records"] > 10
    assert row["proven_fresh"] < row["last_crawl"] < row["due"]
    assert by["wrong"]["verdict"] == "wrong portal file"
    assert by["wrong"]["reason"]


@pytest.mark.parametrize("columns", [100, 60, None])
def test_it_can_be_read_however_wide_the_terminal(verb: Verb, home: Path, columns: int | None, monkeypatch) -> None:
    assert verb("portals", "add", "copa", "--home", home).code == 0
    if columns:
        monkeypatch.setenv("COLUMNS", str(columns))
    said = verb("portals", "--home", home)
    assert said.code == 0
    lines = said.out.splitlines()
    assert not columns or max(map(len, lines)) <= columns
    whole = " ".join(said.out.split())
    for words in ("lake-harbor", "blocked", "copa", "never crawled", "Chicago", "now", "ago"):
        assert words in whole, words
    if columns is None:  # one line each, for grep
        (line,) = (line for line in lines if line.startswith("copa "))
        assert "Chicago, Illinois" in line
        assert "Civilian Office of Police Accountability" in line
    first = {line.partition(" ")[0]: number for number, line in reversed([*enumerate(lines)])}
    assert first["lake-harbor"] < first["copa"], "what needs a person comes first"


def test_one_portal_names_platform_evidence_and_next_crawl(verb: Verb, empty: Path) -> None:
    assert verb("portals", "add", "copa", "--home", empty).code == 0
    said = verb("portals", "show", "copa", "--home", empty).out
    assert "platform        copa (spider copa)" in said
    assert "next crawl" in said
    assert "another scraper's stored rows of it were read" in said


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ("daily", "daily, a few minutes early so as not to slip; the last crawl began 2026-11-20 09:30 UTC"),
        ("15 6 * * *", "15 6 * * *; the last crawl began 2026-11-20 09:30 UTC"),
        ("auto 2h..3d", "2 changes on 1 of the last 2 days; bounds 2h to 3d"),
    ],
)
def test_one_portal_says_why_its_next_crawl_is_when_it_is(verb: Verb, empty: Path, schedule: str, why: str) -> None:
    assert verb("portals", "add", "copa", "--home", empty).code == 0
    file = empty / "portals" / "copa.toml"
    file.write_text(f"schedule = {json.dumps(schedule)}\n" + re.sub(r"(?m)^schedule.*\n", "", file.read_text("utf-8")))
    assert "it was never crawled" in verb("portals", "show", "copa", "--home", empty).out
    from archive.catalog.models import Crawl
    from releases.models import Event

    last = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    for number in range(3):
        at = last - timedelta(days=number)
        Crawl.objects.create(id=f"crawl-{number}", portal="copa", started_at=at, verdict="healthy")
    # What was there when the portal was first looked at is no release, and a deadline is none of the portal's doing.
    for ident, kind, backfill in (
        ("a", "new", False),
        ("b", "changed", False),
        ("c", "new", True),
        ("d", "overdue", False),
    ):
        Event.objects.create(
            id=ident, at=last, portal="copa", record="r", key="k", title="t", url="u", kind=kind, backfill=backfill,
            files=[], captures=[], crawl="crawl-1", tags=[],
        )  # fmt: skip
    said = verb("portals", "show", "copa", "--home", empty)
    assert said.code == 0, said
    assert why in " ".join(said.out.split())
    row = json.loads(verb("portals", "show", "copa", "--json", "--home", empty).out)["health"]
    assert why in row["due_because"]
    assert datetime.fromisoformat(row["due"]) > last
    (listed,) = (json.loads(line) for line in verb("portals", "--json", "--home", empty).out.splitlines())
    assert (listed["due"], listed["due_because"]) == (row["due"], row["due_because"])


def test_times_in_words() -> None:
    assert [ago(NOW - timedelta(seconds=seconds), NOW) for seconds in (5, 119, 7200, 3 * 86400)] == [
        "0 min ago",
        "2 min ago",
        "2 h ago",
        "3 days ago",
    ]
    assert ago(None, NOW) == "never"
    assert [due(NOW + timedelta(seconds=seconds), NOW) for seconds in (-5, 60, 90_000)] == [
        "now",
        "in 1 min",
        "in 25 h",
    ]
    assert due(None, NOW) == ""


def test_words_that_fit_one_several_and_no_agency(verb: Verb, empty: Path) -> None:
    several = verb("portals", "add", "Chicago", "--home", empty)
    assert several.code == 0
    assert "say which" in several.out
    assert "recordwatch portals add copa" in several.out
    assert "recordwatch portals add https://" in several.out
    none = verb("portals", "add", "Nowhere at all", "--home", empty)
    assert none.code == 2
    assert "fits no agency of the catalogue" in none.err
    assert list((empty / "portals").iterdir()) == []
    one = verb("portals", "add", "Oakland", "--home", empty)
    assert one.code == 0, one
    assert [path.name for path in (empty / "portals").iterdir()] == ["oakland-police-requests.toml"]
    rows = [json.loads(line) for line in verb("portals", "add", "Chicago", "--json", "--home", empty).out.splitlines()]
    assert {row["place"] for row in rows} == {"Chicago, Illinois"}
    assert all(row["evidence"] and row["source"] and row["date"] for row in rows)


def test_the_catalogue(verb: Verb, monkeypatch) -> None:
    rows = [
        json.loads(line)
        for line in verb("portals", "catalogue", "sheriff", "--platform", "govqa", "--json").out.splitlines()
    ]
    assert rows
    assert all(row["platform"] == "govqa" and "sheriff" in json.dumps(row).casefold() for row in rows)
    assert "no agency of the catalogue fits" in verb("portals", "catalogue", "Nowhere").out
    for columns in ("100", "60"):
        monkeypatch.setenv("COLUMNS", columns)
        assert max(map(len, verb("portals", "catalogue", "oakland").out.splitlines())) <= int(columns)


def test_a_file_is_written_whole_and_once(empty: Path) -> None:
    home = open_home(empty)
    text = 'slug = "a"\nname = "n"\nagency = "a"\nplace = "p"\nurl = "https://x.example/"\nspider = "pages"\n'
    with pytest.raises(ConfigError):
        write_new(home, "a", "slug = ")
    assert list(home.portals.iterdir()) == []
    file = write_new(home, "a", text)
    with pytest.raises(ConfigError, match="watched already"):
        write_new(home, "a", text + "# other\n")
    assert file.read_text("utf-8") == text
    assert [path.name for path in home.portals.iterdir()] == ["a.toml"]


@pytest.mark.parametrize("columns", [100, 60])
def test_what_is_to_be_typed_is_in_one_piece(verb: Verb, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = verb("portals", "catalogue", "Chicago").out.splitlines()
    assert "  add chicago-police-board-decisions" in lines
    assert "  add copa" in lines
    monkeypatch.delenv("COLUMNS")
    (line,) = (line for line in verb("portals", "catalogue", "Chicago").out.splitlines() if "  copa  " in line)
    assert line.startswith("Civilian Office of Police Accountability")


def test_addresses_are_quoted_where_a_shell_would_read_them(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Agency(
        "Clerk", "Nowhere", "laserfiche", "https://clerk.example/Browse.aspx?id=7&dbid=0", "C", "a test", "2031"
    )
    monkeypatch.setenv("COLUMNS", "60")
    assert "  add 'https://clerk.example/Browse.aspx?id=7&dbid=0'" in list(known([one]))
    assert "    recordwatch portals add 'https://clerk.example/Browse.aspx?id=7&dbid=0'" in candidates(
        "Clerk", [one, one]
    )
