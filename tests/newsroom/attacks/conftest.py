"""One home for all attacks of a file; each attack uses things of its own in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of


@pytest.fixture(scope="module")
def shared(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """The application in this process, over a copy of the sample portal's ten days."""
    with Newsroom.over(copy_of(told, tmp_path_factory.mktemp("attacked") / "home")) as found:
        yield found
