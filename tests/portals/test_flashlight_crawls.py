"""Flashlight through whole crawls: a new term, clause by clause; days ahead; sections that come; what is gone."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import msgspec
import pytest

from archive.catalog.compare import compare
from archive.rebuild import rebuild
from config.home import Home, open_home
from tests.portals.replica_watch import ReplicaWatch
from tests.replicas.flashlight import Contract, FlashlightReplica
from tests.unit.cli.conftest import Verb, command, verb
from tests.unit.releases.diff.contracts import CONTRACT

__all__ = ["verb"]  # the fixture
GUILD = "contract/anyville/town-of-anyville/anyville-police-guild-local-0"
HARBOR = "contract/lake-harbor/town-of-lake-harbor/lake-harbor-officers-union"
NEXT = [
    line.replace("24 months", "12 months").replace(
        "July 1, 2031 through June 30, 2035", "July 1, 2035 through June 30, 2039"
    )
    for line in CONTRACT
]
Watch = ReplicaWatch[FlashlightReplica]


@pytest.fixture
def watch(verb: Verb, tmp_path: Path) -> Iterator[Watch]:
    with FlashlightReplica() as replica:
        yield ReplicaWatch(verb, tmp_path, replica, "flashlight")


def test_a_new_term_is_told_and_compared_clause_by_clause(watch: Watch) -> None:
    assert watch.crawl() == []
    assert watch.said["verdict"] == "healthy"
    assert watch.crawl() == []
    files = [one for one in watch.replica.asked if one.path.endswith(".pdf")]
    assert len(files) == 4
    assert all("if-none-match" in one.headers for one in files)
    guild = watch.replica.contracts[0]
    guild.term, guild.pdf, guild.text = "July 1, 2035 – June 30, 2039", "anyville-2035.pdf", NEXT
    told = watch.crawl()
    assert ("changed", GUILD, ["term_end", "term_start"]) in told
    assert [(kind, key) for kind, key, _ in told] == [
        ("changed", GUILD),
        ("file_added", GUILD),
        ("file_withdrawn", GUILD),
    ]
    terms = (
        "diff",
        "flashlight",
        GUILD,
        "--clauses",
        "--file",
        "anyville-2031.pdf",
        "--with-file",
        "anyville-2035.pdf",
    )
    shown = watch.run(*terms, "--home", watch.home)
    assert shown.code == 0, shown
    assert "anyville-2031.pdf → anyville-2035.pdf" in shown.out
    assert "~ ARTICLE III › Section 3 changed" in shown.out
    assert "[-24-]{+12+} months" in shown.out
    assert "ARTICLE IV › Section 1" in shown.out
    assert "2 clauses changed" in shown.out
    one = watch.run(*terms, "--home", watch.home, "--json")
    found = json.loads(one.out)
    assert [(change["op"], change["new"]["path"]) for change in found["diff"]["changes"]] == [
        ("changed", "ARTICLE III › Section 3"), ("changed", "ARTICLE IV › Section 1"),
    ]  # fmt: skip
    assert found["old"]["digest"] != found["new"]["digest"]


def test_a_contract_replaced_in_place_and_two_records_beside_each_other(watch: Watch) -> None:
    watch.crawl()
    watch.replica.contracts[2].text = [
        *CONTRACT,
        "ARTICLE V - CAMERAS",
        "Section 1. Recordings are kept for two years.",
    ]
    assert [(kind, key) for kind, key, _ in watch.crawl()] == [("file_replaced", HARBOR)]
    shown = watch.run("diff", "flashlight", HARBOR, "--clauses", "--home", watch.home)
    assert "+ ARTICLE V – CAMERAS added" in shown.out
    assert "Recordings are kept for two years." in shown.out
    assert "1 clause added" in shown.out
    beside = watch.run("diff", "flashlight", GUILD, "--clauses", "--with", HARBOR, "--home", watch.home)
    assert "anyville-2031.pdf → lake-harbor.pdf" in beside.out
    assert "1 clause added" in beside.out
    same = watch.run("diff", "flashlight", GUILD, "--clauses", "--home", watch.home)
    assert "only one version is held" in same.out
    wrong = watch.run("diff", "flashlight", GUILD, "--with", HARBOR, "--home", watch.home)
    assert wrong.code == 2
    assert "go with --clauses" in wrong.err


def test_days_ahead_are_told_once_and_shown(watch: Watch) -> None:
    watch.crawl()
    today = datetime.now(UTC)
    day = today + timedelta(days=20)
    watch.replica.contracts[2].term = f"January 1, 2020 – {day:%B} {day.day}, {day.year}"
    told = watch.crawl()
    assert [(kind, key) for kind, key, _ in told] == [("changed", HARBOR), ("upcoming", HARBOR)]
    assert watch.crawl() == []
    (event,) = [
        json.loads(line)
        for line in watch.run("releases", "--kind", "upcoming", "--json", "--home", watch.home).out.splitlines()
    ]
    assert (event["new"]["term_end"], event["new"]["days_before"], event["new"]["rule"]) == (
        f"{day:%Y-%m-%d}",
        30,
        "Contract expiry",
    )
    assert f"{day:%Y-%m-%d}" in watch.run("releases", "--kind", "upcoming", "--home", watch.home).out
    shown = watch.run("deadlines", "--home", watch.home).out
    assert shown.startswith("COMING UP")
    first = shown.splitlines()[2] if "Lake Harbor" in shown.splitlines()[2] else shown.splitlines()[3]
    assert f"{day:%Y-%m-%d}" in first
    assert "the contract expires" in first
    assert "Town of Lake Harbor" in first
    assert "nothing like that" not in shown
    rows = [json.loads(line) for line in watch.run("deadlines", "--json", "--home", watch.home).out.splitlines()]
    assert rows[0]["key"] == HARBOR
    assert len(rows) == 3
    near = [
        json.loads(line)
        for line in watch.run("deadlines", "--due", "30d", "--json", "--home", watch.home).out.splitlines()
    ]
    assert [row["key"] for row in near] == [HARBOR]
    entries = icalendar.Calendar.from_ical(watch.run("deadlines", "--ics", "-", "--home", watch.home).out).walk(
        "VEVENT"
    )
    assert len(entries) == 3
    assert day.date() in {entry.decoded("dtstart") for entry in entries}
    table = watch.run("deadlines", "--csv", "--home", watch.home).out
    assert table.count("Contract expiry") == 3
    assert "date ahead" in watch.run("portals", "show", "flashlight", "--home", watch.home).out


def test_a_day_is_told_without_a_crawl(watch: Watch) -> None:
    """`run` looks at the days when nothing is to be crawled, here because the portal's file is another one."""
    day = datetime.now(UTC) + timedelta(days=250)
    watch.replica.contracts[2].term = f"1/1/2020 – {day:%m/%d/%Y}"
    watch.crawl()
    watch.edit("notify_days = [180, 30, 7]", "notify_days = [300, 30, 7]")
    watch.replica.asked.clear()
    for told in (1, 0):
        said = watch.run("run", "--home", watch.home)
        assert said.code == 0, said
        assert said.out.count("» upcoming") == told
    assert watch.replica.asked == []
    (event,) = watch.run("releases", "--kind", "upcoming", "--json", "--home", watch.home).out.splitlines()
    assert json.loads(event)["new"]["days_before"] == 300


@pytest.mark.parametrize("point", ["store.put", "commit.stored", "commit.applied", "commit.done"])
def test_killed_while_it_is_told_it_is_told_once(watch: Watch, point: str) -> None:
    """And a database made anew from the store says the same."""
    day = datetime.now(UTC) + timedelta(days=250)
    watch.replica.contracts[2].term = f"1/1/2020 – {day:%m/%d/%Y}"
    watch.crawl()
    watch.edit("notify_days = [180, 30, 7]", "notify_days = [300, 30, 7]")
    killed = command("run", "--home", str(watch.home), env={**os.environ, "RECORDWATCH_FAULT": point})
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    for _ in range(2):
        assert command("run", "--home", str(watch.home)).returncode == 0
    shown = command("releases", "--kind", "upcoming", "--json", "--home", str(watch.home)).stdout.splitlines()
    assert [json.loads(row)["key"] for row in shown] == [HARBOR]
    home = open_home(watch.home)
    fresh = Home(
        home.path, msgspec.structs.replace(home.settings, database=f"sqlite:///{home.path / 'rebuilt.sqlite3'}")
    )
    assert rebuild(fresh).problems == []
    assert list(compare(home.database_url, fresh.database_url)) == []


def test_sections_that_come_and_contracts_that_go(watch: Watch) -> None:
    watch.crawl()
    watch.replica.hazards.add("sections")
    told = [(kind, key) for kind, key, _ in watch.crawl()]
    assert told == [("new", "force/av-31-0007"), ("new", "suit/3-31-cv-00012")]
    watch.replica.menu.remove("Lake Harbor")
    gone = [[(kind, key) for kind, key, _ in watch.crawl()] for _ in range(3)]
    assert gone[-1] == [("withdrawn", HARBOR)]
    watch.replica.menu.append("Lake Harbor")
    assert ("restored", HARBOR) in [(kind, key) for kind, key, _ in watch.crawl()]


def test_a_panel_that_a_script_fills_is_no_empty_map(watch: Watch) -> None:
    watch.crawl()
    watch.replica.hazards.add("template")
    assert [kind for kind, _, _ in watch.crawl(3)] == ["broken"]
    watch.replica.hazards.discard("template")
    assert [kind for kind, _, _ in watch.crawl()] == ["recovered"]


def test_a_busy_site_is_asked_again(watch: Watch) -> None:
    watch.replica.hazards.add("limit")
    assert watch.crawl() == []
    assert (watch.said["verdict"], watch.said["records"]) == ("healthy", 8)
    asked = [url.rpartition("/")[2] for url in watch.asked("?town=")]
    assert sorted(asked) == sorted(2 * [f"contracts?town={number}" for number in (11, 12, 13)])


def test_a_unit_that_gets_a_contract_of_its_own_is_new(watch: Watch) -> None:
    watch.crawl()
    watch.replica.contracts.append(
        Contract("Northfield", "Northfield Constables", "March 1, 2031 – February 28, 2033", "northfield.pdf")
    )
    told = [(kind, key) for kind, key, _ in watch.crawl()]
    assert told == [
        ("new", "contract/northfield/town-of-northfield/northfield-constables"),
    ]
