"""Servers never outlive the tests, however suddenly those end."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from archive.catalog.database import open_database
from tests.services import forked
from tests.services.group import listening
from tests.services.postgres import postgres
from tests.services.swift import SECRET_ENV


@pytest.mark.parametrize("service", ["postgres", "swift"])
def test_a_killed_test_process_leaves_no_server_and_no_folder(tmp_path, service):
    what = {"postgres": "url.rsplit('/', 1)[0].rsplit(':', 1)[1]", "swift": "url.port"}[service]
    code = f"""
import sys
from tests.services.{service} import {service}
with {service}() as url:
    print({what}, flush=True)
    sys.stdin.read()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path.cwd())},
    )
    # Accounts without rights on pytest's folders must reach the server's.
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    assert process.stdin
    assert process.stdout
    port = int(process.stdout.readline())
    assert listening(port)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    until = time.monotonic() + 30
    while listening(port) or list(tmp_path.iterdir()):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_each_database_is_empty():
    with postgres() as first, postgres() as second:
        assert first != second
        with psycopg.connect(first) as connection:
            connection.execute("CREATE EXTENSION pg_trgm")
            connection.execute("CREATE TABLE t ()")
        with psycopg.connect(second) as connection:
            assert connection.execute("SELECT to_regclass('t')").fetchone() == (None,)


def test_a_verb_s_tables_completed_are_those_that_the_migrations_make(tmp_path):
    (tmp_path / "recordwatch.toml").write_text('[operator]\nname = "a test"\ncontact = "test@example.org"\n', "utf-8")
    assert forked.run_verb("verify", "--home", str(tmp_path)).returncode == 0
    theirs, whole = tmp_path / "catalog.sqlite3", tmp_path / "whole.sqlite3"
    plain = described(theirs)
    for path in (theirs, whole):
        open_database(f"sqlite:///{path}")
    made = described(theirs)
    assert made == described(whole)
    assert not any("newsroom_" in str(row) for row in plain)
    assert any("newsroom_" in str(row) for row in made)


def described(path: Path) -> list[tuple[str, ...]]:
    """Every table and index, and what Django notes of the models."""
    with sqlite3.connect(path) as database:
        found = [
            *database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"),
            *database.execute("SELECT 'migration', app, name FROM django_migrations"),
            *database.execute("SELECT 'model', app_label, model FROM django_content_type"),
            *database.execute(
                "SELECT 'right', codename, p.name, model FROM auth_permission p"
                " JOIN django_content_type t ON t.id = content_type_id"
            ),
        ]
    database.close()
    return sorted(tuple(map(str, row)) for row in found)


def test_what_a_verb_reads_when_it_runs_costs_no_fresh_interpreter():
    ours = {**forked._theirs(), SECRET_ENV: "left here by the first test of a store", "COLUMNS": "60"}
    assert forked._may_fork(("crawl",), ours)
    assert not forked._may_fork(("crawl",), {**ours, "PYTHONHASHSEED": "1"})
