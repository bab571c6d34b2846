"""Pauses, and signs of what goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import signs
from config.errors import ConfigError
from config.paused import Paused, is_paused, pause, paused, resume
from crawler.schedule import due


def _home(folder: Path) -> Path:
    for name in ("portals", "locks"):
        (folder / name).mkdir()
    (folder / "portals" / "copa.toml").write_text("schedule = 'hourly'\n")
    return folder


def test_a_paused_portal_is_not_due(tmp_path: Path) -> None:
    home, now = _home(tmp_path), datetime.now(UTC)
    assert list(due(home, {}, now)) == ["copa"]
    for slug, why in (("nobody", "x"), ("copa", "  "), ("../locks/x", "x")):
        with pytest.raises(ConfigError):
            pause(home, slug, by="me", why=why)
    pause(home, "copa", by="Ann", why="their site moves\n")
    pause(home, "copa", by="Bob", why="another reason")
    said = paused(home, "copa")
    assert said is not None
    assert (said.by, said.why) == ("Ann", "their site moves")
    assert datetime.fromisoformat(said.since) <= datetime.now(UTC)
    assert list(due(home, {}, now)) == []
    (home / "spool" / "copa" / "left").mkdir(parents=True)
    assert list(due(home, {}, now)) == [], "what a killed crawl left waits, too"
    (home / "portals" / "copa.paused").write_text("not JSON")
    assert (is_paused(home, "copa"), paused(home, "copa")) == (True, Paused())
    assert resume(home, "copa")
    assert not resume(home, "copa")
    assert list(due(home, {}, now)) == ["copa"]


def test_a_crawl_leaves_signs_and_takes_them_away(tmp_path: Path) -> None:
    home, shown = _home(tmp_path), []
    with signs.underway(home, "copa", "crawl", lambda *told: shown.append(told)) as progress:
        progress("listing", 3, 40)
        progress("listing", 4, 40)  # within the same second: not written
        [one] = signs.all_underway(home)
        assert (one.portal, one.kind, one.stage, one.done, one.known) == ("copa", "crawl", "listing", 3, 40)
        assert one.pid == os.getpid()
        file = home / "locks" / "copa.progress"
        kept = json.loads(file.read_text())
    assert shown[1:] == [("listing", 3, 40), ("listing", 4, 40)]
    assert signs.all_underway(home) == []
    odd: list[object] = [
        kept | {"born": "1"},
        kept | {"pid": -1},
        kept | {"pid": 10**30},
        kept | {"pid": "x"},
        {},
        [],
        kept | {"x": 1},
    ]
    for gone in odd:
        file.write_text(json.dumps(gone))
        assert signs.all_underway(home) == [], gone
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
        file.write_text(json.dumps(kept | {"pid": process.pid}))
        assert signs.all_underway(home) == []


def test_whether_run_and_verify_came_by(tmp_path: Path) -> None:
    assert signs.last_seen(tmp_path) is None
    signs.came_by(tmp_path)
    assert list(tmp_path.iterdir()) == [], "no folder is made where there is no home"
    home = _home(tmp_path)
    signs.came_by(home)
    seen = signs.last_seen(home)
    assert seen is not None
    assert abs((datetime.now(UTC) - seen).total_seconds()) < 60
    assert signs.last_seen(home, "keeper") is None
    assert signs.last_verified(home) is None
    signs.mark_verified(home, full=True, findings=2)
    said = signs.last_verified(home)
    assert said is not None
    assert (said["full"], said["findings"]) == (True, 2)
    (home / "locks" / "verify.seen").write_text("[1]")
    assert signs.last_verified(home) is None
