"""A database that is gone, locked, full or damaged: typed errors, and nothing is lost."""

import sqlite3
import threading

import psycopg
import pytest

from archive.catalog.commits import CommitDamaged
from archive.catalog.failures import DatabaseFull, DatabaseRefused, DatabaseUnavailable
from archive.commit import Insert
from config import faults
from tests.conformance.catalog.rows import record
from tests.services.postgres import postgres


def records():
    from django.apps import apps

    return set(apps.get_model("releases.Record").objects.values_list("key", flat=True))


@pytest.fixture
def plan(monkeypatch):
    """Makes fault points fail, as RECORDWATCH_FAULT would."""

    def set_plan(text):
        faults._plan.clear()
        faults._passed.clear()
        faults._parse(text)

    yield set_plan
    set_plan("")


@pytest.mark.parametrize(("error", "kind"), [("ENOSPC", DatabaseFull), ("EIO", DatabaseUnavailable)])
def test_a_transaction_that_fails_is_applied_by_the_next_replay(database, make, plan, error, kind):
    plan(f"commit.applied={error}")
    committer = make()
    with pytest.raises(kind, match="nothing is lost"):
        committer.commit("copa", "listing", [Insert("releases.Record", [record("a")])])
    assert records() == set()
    assert [commit.seq for commit in make().replay("copa")] == [1]
    assert records() == {"a"}


def test_a_passing_failure_is_tried_again(database, make, plan):
    plan("commit.applied=EIO")
    assert make(seconds=30.0).commit("copa", "listing", [Insert("releases.Record", [record("a")])]).seq == 1
    assert records() == {"a"}


def test_a_database_that_cuts_the_connection(make):
    from django.db import connections

    from archive.catalog.database import open_database

    with postgres() as url:
        open_database(url)
        committer = make(seconds=30.0)
        committer.commit("copa", "listing", [Insert("releases.Record", [record("a")])])
        with psycopg.connect(url, autocommit=True) as control:
            control.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        committer.commit("copa", "listing", [Insert("releases.Record", [record("b")])])
        assert records() == {"a", "b"}
        connections.close_all()


def test_a_commit_that_is_damaged_in_the_store_stops_the_replay(database, make, tmp_path, plan):
    plan("commit.applied=EIO")
    committer = make()
    with pytest.raises(DatabaseUnavailable):
        committer.commit("copa", "listing", [Insert("releases.Record", [record("a")])])
    (path,) = (tmp_path / "archive" / "commits" / "copa").iterdir()
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(CommitDamaged, match="000000000001"):
        make().replay("copa")


def test_a_file_that_is_no_database(tmp_path):
    from archive.holdings import Holdings
    from tests.unit.archive.recover.small_crawl import make_home

    home = make_home(tmp_path / "home")
    (home.path / "catalog.sqlite3").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(DatabaseRefused, match="rebuild"):
        Holdings(home)


def test_a_locked_database_is_waited_for(tmp_path, make):
    from archive.catalog.database import open_database

    path = tmp_path / "catalog.sqlite3"
    open_database(f"sqlite:///{path}")
    other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    done.start()
    assert make().commit("copa", "listing", [Insert("releases.Record", [record("a")])]).seq == 1
    done.join()
    other.close()
    assert records() == {"a"}
