"""What works beside the newsroom lives as long as it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.newsroom.served import copy_of
from web.beside import HOPELESS, Charge, pause


def test_what_dies_at_once_is_started_ever_more_rarely() -> None:
    assert [pause(before, 3) for before in (0, 1, 2, 32, 60)] == [1, 2, 4, 60, 60]
    assert pause(60, 3600) == 1


def test_who_dies_is_started_again_after_a_rest() -> None:
    one = Charge("one", [sys.executable, "-c", "raise SystemExit(1)"])
    one.look(100)
    first = one.process
    assert first is not None
    first.wait()
    for now in (103, 103.9):
        one.look(now)
        assert one.process is first
    one.look(104.1)
    assert one.process is not first
    assert one.process is not None
    one.process.wait()


def test_who_says_that_it_cannot_work_is_left_alone() -> None:
    one = Charge("one", [sys.executable, "-c", f"raise SystemExit({HOPELESS})"])
    one.look(0)
    assert one.process is not None
    one.process.wait()
    for now in (1, 2, 1000):
        one.look(now)
    assert one.process.returncode == HOPELESS


def _below(parent: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text("utf-8").split()]


def _until(parent: int, other: list[int]) -> list[int]:
    """Its children, once there are some that are not `other`."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = _below(parent)
        if found and found != other:
            return found
        time.sleep(0.05)
    raise AssertionError("no child came")


@pytest.mark.skipif(not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="needs Linux's /proc")
def test_a_killed_keeper_comes_back_and_ends_with_who_looks_after_it(told: Path, tmp_path: Path) -> None:
    home = copy_of(told, tmp_path / "home")
    beside = subprocess.Popen([sys.executable, "-m", "web.beside", str(home)], stderr=subprocess.PIPE, text=True)
    first = _until(beside.pid, [])
    os.kill(first[0], signal.SIGKILL)
    second = _until(beside.pid, first)
    beside.send_signal(signal.SIGTERM)
    said = beside.communicate(timeout=60)[1]
    assert "the keeper of what is derived ended (-9)" in said
    assert not Path(f"/proc/{second[0]}").exists()
