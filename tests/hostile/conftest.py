"""A hostile portal, a canary beside it, and a home that watches the one and must never touch the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.portal_server import Canary, HostilePortal
from tests.hostile.scene import Scene


@pytest.fixture
def portal() -> Iterator[HostilePortal]:
    with HostilePortal() as server:
        yield server


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as listener:
        yield listener


@pytest.fixture
def scene(tmp_path: Path, portal: HostilePortal, canary: Canary) -> Scene:
    return Scene(tmp_path / "home", portal, canary)
