"""`recordwatch demo` tells its story in one screen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sample.story import DAYS
from tests.acceptance.newsroom import ROOT


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", "demo", "--home", "home"], cwd=folder, capture_output=True, text=True,
        timeout=240, env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
    )  # fmt: skip


def test_demo_tells_every_day_and_ends_clean(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stderr
    for number, day in DAYS.items():
        assert f"Day {number}" in done.stdout
        assert day.verdict in done.stdout
    assert "verify --full: clean" in done.stdout
    assert len(done.stdout.splitlines()) <= 100
    assert len(list((tmp_path / "home" / "outbox").glob("*.eml"))) >= 5


def test_demo_refuses_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("do not delete", "utf-8")
    done = demo(tmp_path)
    assert done.returncode == 2
    assert "not made by the demo" in done.stderr
    assert (tmp_path / "home" / "thesis.txt").read_text("utf-8") == "do not delete"
