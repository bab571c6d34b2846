"""Which Chromium is taken, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.capture.browser.chromium import SYSTEM, find
from crawler.capture.browser.errors import BrowserMissing


def program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", "utf-8")
    path.chmod(0o755)
    return str(path)


def test_the_configured_one_comes_first_then_playwrights_then_the_systems(tmp_path, monkeypatch):
    own, mine = program(tmp_path / "own" / "chrome"), program(tmp_path / "mine" / "chrome")
    theirs = program(tmp_path / "bin" / SYSTEM[0])
    later = program(tmp_path / "bin" / SYSTEM[-1])
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find(mine, own) == mine
    assert find("", own) == own
    assert find("", str(tmp_path / "not installed")) == theirs
    Path(theirs).unlink()
    assert find("", "") == later


def test_without_any_it_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserMissing) as caught:
        find("", "")
    assert "python -m playwright install chromium" in caught.value.todo


def test_a_configured_one_that_is_not_there_is_no_reason_to_take_another(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path / "chromium")
    with pytest.raises(BrowserMissing, match="no such program"):
        find(str(tmp_path / "gone"), "")
