"""Ctrl-C and SIGTERM in the middle of a crawl: one sentence, an exit code, and the next run goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sample.server import SamplePortal
from tests.unit.cli.conftest import ROOT, Verb, new_home

ASKED = 6
"""Requests after which the crawl is stopped: robots.txt, and some of the lists."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [("crawl", "lake-harbor"), ("run", "--all")], ids=["crawl", "run"])
def test_a_crawl_is_stopped(number: signal.Signals, words: tuple[str, ...], tmp_path: Path, verb: Verb) -> None:
    with SamplePortal(day=1) as portal:
        home = new_home(tmp_path / "home", portal.url)
        file = home / "portals" / "lake-harbor.toml"
        file.write_text(file.read_text().replace("delay = 0.0", "delay = 0.2"))
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words, "--home", str(home)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while len(portal.requests) < ASKED and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 130, (out, err)
        assert "Traceback" not in err
        lines = err.splitlines()
        assert lines
        assert all(line.startswith("recordwatch: stopped; what was captured is kept") for line in lines), err
        assert list((home / "spool" / "lake-harbor").iterdir()), "what was captured is there"
        file.write_text(file.read_text().replace("delay = 0.2", "delay = 0.0"))
        again = verb("crawl", "lake-harbor", "--home", home)
        assert again.code == 0, again
        assert "of an interrupted crawl recovered first" in again.out
        assert verb("verify", "--full", "--home", home).code == 0
