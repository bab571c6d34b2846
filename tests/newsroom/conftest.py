"""The sample portal's ten days, watched once for all tests of a process; and Django's own client on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newsroom.inside import Newsroom
from tests.newsroom.served import Served, copy_of, serving, told_home


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after ten days. Read only: `home` is a copy to change."""
    return told_home(tmp_path_factory.mktemp("newsroom") / "told")


@pytest.fixture(scope="session")
def served(told: Path) -> Iterator[Served]:
    """The newsroom over it, served by the real command. Read only."""
    with serving(told) as found:
        yield found


@pytest.fixture
def home(told: Path, tmp_path: Path) -> Path:
    """A copy of it for this test alone."""
    return copy_of(told, tmp_path / "home")


@pytest.fixture
def newsroom(home: Path) -> Iterator[Newsroom]:
    """The application in this process over `home`: pages by Django's client, tables by its models."""
    with Newsroom.over(home) as found:
        yield found


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages make the figures they need themselves, however slow this machine is."""
    monkeypatch.setattr("web.figures.jobs.QUICK", 3600.0)
