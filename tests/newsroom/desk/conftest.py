"""One opened home for tests that leave nothing behind; passwords that cost nothing, since nobody types one here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hashers, get_hashers_by_algorithm

from tests.newsroom.inside import Newsroom
from tests.newsroom.served import copy_of


@pytest.fixture(scope="module")
def newsroom_once(told: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """As `newsroom`, for all tests of a module."""
    with Newsroom.over(copy_of(told, tmp_path_factory.mktemp("desk") / "home")) as found:
        yield found


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"])
    for known in (get_hashers, get_hashers_by_algorithm):
        known.cache_clear()
    yield
    monkeypatch.undo()
    for known in (get_hashers, get_hashers_by_algorithm):
        known.cache_clear()
