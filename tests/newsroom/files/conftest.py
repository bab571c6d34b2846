"""The home with a file of every kind, made once for all tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newsroom.files.shelf import fill
from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of


@pytest.fixture(scope="session")
def shelf_home(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read only: `changed` is a copy to change."""
    folder = tmp_path_factory.mktemp("shelf")
    home = copy_of(told, folder / "home")
    (folder / "files").mkdir()
    fill(home, folder / "files")
    return home


@pytest.fixture(scope="module")
def shelf(shelf_home: Path) -> Iterator[Newsroom]:
    """The newsroom over it, in this process."""
    with Newsroom.over(shelf_home) as found:
        yield found


@pytest.fixture
def changed(shelf_home: Path, tmp_path: Path) -> Iterator[Newsroom]:
    """The same over a copy for this test alone, without the pictures of pages that others have looked at."""
    home = copy_of(shelf_home, tmp_path / "home")
    shutil.rmtree(home / "pictures", ignore_errors=True)
    with Newsroom.over(home) as found:
        yield found
