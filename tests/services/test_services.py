"""Servers never outlive the tests, however suddenly those end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.services.group import listening
from tests.services.postgres import postgres


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
