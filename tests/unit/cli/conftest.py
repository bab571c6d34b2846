"""A home that has watched the sample portal for a few days, and the verbs, run in this process."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from cli.__main__ import _dispatch
from cli.failing import guarded
from sample.server import SamplePortal, portal_file
from tests.services.forked import run_verb

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = '[operator]\nname = "a test"\ncontact = "test@example.org"\n'


class Said(NamedTuple):
    """What a verb said, and its exit code."""

    code: int
    out: str
    err: str


Verb = Callable[..., Said]


def command(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The real command, in a process of its own."""
    return run_verb(*arguments, environment=env, timeout=120)


def new_home(path: Path, url: str) -> Path:
    """A home that watches the portal at `url`."""
    (path / "portals").mkdir(parents=True)
    (path / "recordwatch.toml").write_text(SETTINGS, "utf-8")
    (path / "portals" / "lake-harbor.toml").write_text(portal_file(url), "utf-8")
    return path


@pytest.fixture(scope="session")
def portal() -> Iterator[SamplePortal]:
    with SamplePortal(day=1) as served:
        yield served


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory, portal: SamplePortal) -> Path:
    """Days 1, 3, 4 and 6 of the story: a baseline, changes, a replaced file, a block page."""
    path = new_home(tmp_path_factory.mktemp("watched") / "home", portal.url)
    for day, code in ((1, 0), (3, 0), (4, 0), (6, 3)):
        portal.day = day
        done = command("crawl", "lake-harbor", "--home", str(path))
        assert done.returncode == code, done.stderr
    return path


@pytest.fixture
def home(watched: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return shutil.copytree(watched, tmp_path / "home")


@pytest.fixture
def verb(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Verb]:
    """Run a verb here: `verb("releases", "--home", home)`."""
    monkeypatch.delenv("COLUMNS", raising=False)
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: object) -> Said:
        capfd.readouterr()
        code = guarded(_dispatch, [os.fspath(word) if isinstance(word, Path) else str(word) for word in arguments])
        sys.stdout.flush()
        return Said(code, *capfd.readouterr())

    yield run
    signal.signal(signal.SIGTERM, before)
