"""Real services shared by the whole session; each starts when the first test asks for it."""

from __future__ import annotations

import dataclasses
import gc
import os
from collections.abc import Iterator

import pytest

import tests.services.tables
from archive.catalog.database import prepare_models
from tests.services.postgres import postgres
from tests.services.swift import S3Server, swift
from tests.services.tls_terminator import tls_terminator

# Retries stay, their pauses go: also in the processes that tests start.
os.environ["RECORDWATCH_RETRY_PAUSES"] = "0"
# What stays down is waited for this long (seconds), not a minute.
os.environ.setdefault("RECORDWATCH_PATIENCE", "5")

# The newsroom's applications too: its tables are beside the others in every database of this process.
os.environ["DJANGO_SETTINGS_MODULE"] = "web.settings"
prepare_models()  # tests import models where they need them
del os.environ["DJANGO_SETTINGS_MODULE"]  # what tests start chooses for itself
tests.services.tables.remembered()


FIRST = {"acceptance", "conformance"}
"""Folders whose tests take about as long as those of all others, but for `unit`: there each is quick."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers begin with what takes long: else one of two has nothing to do while the other is at the last of it.

    Each of two gets one half of the list; who is done with that takes from the end of the other's.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    of: dict[str, list[pytest.Item]] = {"first": [], "second": [], "quick": []}
    for item in items:
        folder = item.path.relative_to(config.rootpath / "tests").parts[0]
        of["quick" if folder == "unit" else "first" if folder in FIRST else "second"].append(item)
    share = max(0, len(items) // 2 - len(of["first"]))
    items[:] = [*of["first"], *of["quick"][:share], *of["second"], *of["quick"][share:]]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is imported and collected is never garbage: to look through it again and again is a tenth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session")
def swift_server() -> Iterator[S3Server]:
    """A real S3 server over HTTP."""
    with swift() as server:
        yield server


@pytest.fixture(scope="session")
def swift_tls(swift_server: S3Server) -> Iterator[S3Server]:
    """The same server over HTTPS, with an authority of its own."""
    with tls_terminator(swift_server.port) as (port, ca_file):
        yield dataclasses.replace(swift_server, endpoint=f"https://127.0.0.1:{port}", port=port, ca_file=ca_file)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database."""
    with postgres() as url:
        yield url
