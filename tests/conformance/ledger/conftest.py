"""Each test of this folder runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from archive.catalog.database import open_database
from tests.services.postgres import postgres
from tests.unit.releases.ledger.watch import Watch


@pytest.fixture(params=["sqlite", "postgresql"])
def watch(request, tmp_path) -> Iterator[Watch]:
    """A portal watched from its first day, on an empty catalog of each kind."""
    from django.db import connections

    server = postgres() if request.param == "postgresql" else nullcontext(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    with server as url:
        open_database(url)
        yield Watch()
        connections.close_all()
