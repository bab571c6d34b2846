from collections.abc import Iterator

import pytest

from archive.catalog.database import open_database
from tests.unit.releases.deadlines.watched import Deadlines


@pytest.fixture
def watch(tmp_path) -> Iterator[Deadlines]:
    """A portal with one rule, watched from its first day, on an empty SQLite catalog."""
    from django.db import connections

    open_database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    yield Deadlines()
    connections.close_all()
