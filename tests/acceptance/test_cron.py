"""`recordwatch run`, as cron calls it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sample.server import SamplePortal, portal_file
from tests.acceptance.newsroom import ROOT, Mailbox, Newsroom

SLUG = "lake-harbor"


@pytest.fixture
def portal() -> Iterator[SamplePortal]:
    with SamplePortal(day=1) as server:
        yield server


@pytest.fixture
def room(tmp_path: Path, portal: SamplePortal) -> Iterator[Newsroom]:
    mailbox = Mailbox()
    newsroom = Newsroom(tmp_path / "home", mailbox)
    newsroom.watch(portal_file(portal.url), SLUG)
    newsroom.run("alerts", "subscribe", "mailto:reporter@example.org", "--portal", SLUG)
    yield newsroom
    mailbox.close()


def test_a_due_portal_is_crawled_once_and_then_not_again(room: Newsroom, portal: SamplePortal) -> None:
    first = room.run("run")
    assert "first look" in first.stdout
    asked = len(portal.requests)
    again = room.run("run", "--due")
    assert (again.stdout, again.stderr) == ("", "")
    assert len(portal.requests) == asked
    assert len(room.mailbox.messages) == 1


def test_all_is_quiet_when_nothing_changed_and_tells_when_something_did(room: Newsroom, portal: SamplePortal) -> None:
    room.run("run")
    portal.day = 2
    assert room.run("run", "--all").stdout == ""
    portal.day = 3
    told = room.run("run", "--all").stdout
    assert "LH-2026-0001" in told or "lh-2026-0001" in told
    portal.day = 6
    blind = room.run("run", "--all", codes=(3,)).stdout
    assert "blocked" in blind


def test_json_for_machines(room: Newsroom) -> None:
    rows = room.rows("run", "--all")
    assert [row["verdict"] for row in rows] == ["healthy"]


def test_many_runs_at_once_crawl_a_portal_once(room: Newsroom, portal: SamplePortal) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: room.run("run", "--all", codes=(0,)), range(4)))
    assert sum("first look" in one.stdout for one in done) == 1
    crawls = room.rows("portals", "list")
    assert crawls[0]["verdict"] == "healthy"
    assert len(room.mailbox.messages) == 1
    room.check_archive()


def test_a_portal_file_that_is_wrong_is_named_and_stops_nobody_else(room: Newsroom) -> None:
    (room.path / "portals" / "odd.toml").write_text('slug = "odd"\nname = 3\n', "utf-8")
    done = room.run("run", codes=(1,))
    assert "odd.toml" in done.stderr
    assert "first look" in done.stdout


def test_without_a_home_one_clear_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "run", "--home", str(tmp_path / "none")], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "recordwatch init" in done.stderr
    assert "Traceback" not in done.stderr
