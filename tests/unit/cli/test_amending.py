"""What a person says of the ledger: `retract` and `merge`, as they are typed; a rebuilt catalog knows it too."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

from archive.catalog.compare import compare
from archive.catalog.database import open_database
from archive.rebuild import rebuild
from config.home import open_home
from releases.models import Delivery
from tests.unit.cli.conftest import Verb


def rows(verb: Verb, *arguments: object) -> list[dict]:
    return [json.loads(line) for line in verb(*arguments, "--json").out.splitlines()]


def rebuilt_equal(home: Path) -> bool:
    opened = open_home(str(home))
    old = rebuild(opened, force=True)
    return compare(f"sqlite:///{old.aside}", opened.database_url) == []


def test_a_retracted_event_stays_with_its_correction(verb: Verb, home: Path) -> None:
    (event, *_) = rows(verb, "releases", "--kind", "changed", "--home", home)
    said = verb("retract", event["id"][-8:], "--why", "we mixed up two cases", "--by", "R. Porter", "--home", home)
    assert said.code == 0, said.err
    assert said.out.splitlines() == [
        f"retracted: changed of {event['key']}, told {event['at'][:10]} {event['at'][11:16]} UTC",
        "  nobody had been told of it",
    ]
    shown = verb("releases", "--home", home).out
    assert "✗ corrected later: we mixed up two cases" in shown
    assert "✗ correction" in shown
    (again,) = [row for row in rows(verb, "releases", "--kind", "changed", "--home", home) if row["id"] == event["id"]]
    assert again["corrected"] == "we mixed up two cases"
    record = verb("record", "lake-harbor", event["key"], "--home", home).out
    assert "corrected later: we mixed up two cases" in " ".join(record.split())
    second = verb("retract", event["id"], "--why", "again", "--home", home)
    assert second.code == 2
    assert "this event was retracted on" in second.err
    assert rebuilt_equal(home)


def test_who_was_told_is_owed_the_correction(verb: Verb, home: Path, portal) -> None:
    verb("alerts", "subscribe", "https://receiver.example/hook", "--portal", "lake-harbor", "--home", home)
    portal.day = 8
    assert verb("crawl", "lake-harbor", "--no-deliver", "--home", home).code == 0
    (event, *_) = [
        row
        for row in rows(verb, "releases", "--limit", "20", "--home", home)
        if row["key"] and row["crawl"] == rows(verb, "releases", "--limit", "1", "--home", home)[0]["crawl"]
    ]
    open_database(open_home(str(home)).database_url)
    Delivery.objects.update(state="sent")
    said = verb("retract", event["id"], "--why", "no such thing happened", "--home", home)
    assert said.code == 0, said.err
    assert "1 correction owed" in said.out


def test_retract_wants_an_event_and_a_reason(verb: Verb, home: Path) -> None:
    assert verb("retract", "0123456789", "--why", "x", "--home", home).code == 2
    said = verb("retract", "0123456789", "--why", " ", "--home", home)
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "--why is empty" in said.err


def test_a_merge_and_its_undoing(verb: Verb, home: Path) -> None:
    keys = sorted({row["key"] for row in rows(verb, "releases", "--kind", "new", "--limit", "50", "--home", home)})
    first, second = keys[:2]
    done = verb("merge", "lake-harbor", first, second, "--home", home)
    assert done.code == 0, done.err
    assert done.out.strip().startswith(f"{first} is now another name of {second}")
    (row,) = rows(verb, "record", "lake-harbor", first, "--home", home)
    assert row["key"] == second
    again = verb("merge", "lake-harbor", first, second, "--home", home)
    assert again.code == 2, "a record is not merged into itself"
    assert verb("merge", "lake-harbor", first, "--undo", "--home", home).code == 0
    (row,) = rows(verb, "record", "lake-harbor", first, "--home", home)
    assert row["key"] == first
    assert verb("merge", "lake-harbor", first, "--undo", "--home", home).code == 2
    assert verb("merge", "lake-harbor", first, "--home", home).code == 2
    assert rebuilt_equal(home)


def test_nothing_is_said_while_a_crawl_runs(verb: Verb, home: Path) -> None:
    (event, *_) = rows(verb, "releases", "--kind", "changed", "--home", home)
    with (home / "locks" / "lake-harbor.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert verb("retract", event["id"], "--why", "x", "--home", home).code == 4
    open_database("sqlite:///:memory:", migrate=False)
