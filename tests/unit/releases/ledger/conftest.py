from collections.abc import Iterator

import pytest

from archive.catalog.database import open_database
from tests.unit.releases.ledger.watch import Watch


@pytest.fixture
def watch(tmp_path) -> Iterator[Watch]:
    """A portal watched from its first day, on an empty SQLite catalog."""
    from django.db import connections

    open_database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    yield Watch()
    connections.close_all()
