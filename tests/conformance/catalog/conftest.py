"""Each test of this folder runs on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from archive.catalog.commits import Committer
from archive.catalog.database import open_database
from archive.log import WitnessLog
from archive.store.folder import FolderStore
from config.home import Timestamps
from tests.services.postgres import postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[str]:
    """The URL of an empty catalog, opened."""
    from django.db import connections

    server = postgres() if request.param == "postgresql" else nullcontext(f"sqlite:///{tmp_path / 'catalog.sqlite3'}")
    with server as url:
        open_database(url)
        yield url
        connections.close_all()


@pytest.fixture
def make(tmp_path):
    """Makes Committers over one folder store, as several processes would."""

    def committer(**options) -> Committer:
        store = FolderStore(tmp_path / "archive")
        return Committer(store, WitnessLog(store, tmp_path / "keys", Timestamps()), **({"seconds": 0.0} | options))

    return committer
