"""A catalog in either database, and where its index lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext

import django
import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()  # the modules under test hold models

from archive.catalog.database import open_database  # noqa: E402
from tests.conformance.search.world import World  # noqa: E402
from tests.services.postgres import postgres  # noqa: E402


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request, tmp_path) -> Iterator[World]:
    from django.db import connections

    server = postgres() if request.param == "postgresql" else nullcontext(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    with server as url:
        open_database(url)
        yield World()
        connections.close_all()


@pytest.fixture
def root(tmp_path):
    return tmp_path / "index"
