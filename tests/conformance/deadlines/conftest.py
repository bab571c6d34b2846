"""Each test of this folder runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from archive.catalog.database import open_database
from tests.services.postgres import postgres
from tests.unit.releases.deadlines.watched import Deadlines


@pytest.fixture(params=["sqlite", "postgresql"])
def watch(request, tmp_path) -> Iterator[Deadlines]:
    """A portal with one rule, on an empty catalog of each kind."""
    from django.db import connections

    server = postgres() if request.param == "postgresql" else nullcontext(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    with server as url:
        open_database(url)
        yield Deadlines()
        connections.close_all()
