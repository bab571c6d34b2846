from collections.abc import Iterator

import pytest

from archive.catalog.database import open_database


@pytest.fixture
def catalog(tmp_path) -> Iterator[None]:
    """An empty catalog."""
    from django.db import connections

    open_database(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    yield
    connections.close_all()
