"""Ctrl-C and SIGTERM in the middle of a crawl: one sentence, an exit code, and the next run goes on."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from sample.server import SamplePortal
from tests.services.forked import Running
from tests.unit.cli.conftest import Verb, new_home

ASKED = 6
"""Requests after which the crawl is stopped: robots.txt, and some of the lists."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [("crawl", "lake-harbor"), ("run", "--all")], ids=["crawl", "run"])
def test_a_crawl_is_stopped(number: signal.Signals, words: tuple[str, ...], tmp_path: Path, verb: Verb) -> None:
    with SamplePortal(day=1) as portal:
        home = new_home(tmp_path / "home", portal.url)
        file = home / "portals" / "lake-harbor.toml"
        file.write_text(file.read_text().replace("delay = 0.0", "delay = 0.2"))
        said = tmp_path / "out", tmp_path / "err"
        with said[0].open("wb") as output, said[1].open("wb") as errors:
            process = Running((*words, "--home", str(home)), output, errors)
        deadline = time.monotonic() + 60
        while len(portal.requests) < ASKED and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(portal.requests) >= ASKED, said[1].read_text("utf-8")
        os.kill(process.pid, number)
        code = process.wait(60)
        out, err = (path.read_text("utf-8") for path in said)
        assert code == 130, (out, err)
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
