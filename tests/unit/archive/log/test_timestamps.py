"""RFC 3161 tokens from a real local authority; a wrong one fails, a missing one is owed."""

from __future__ import annotations

import subprocess

import pytest

from archive import timestamps
from archive.log import WitnessLog
from archive.log_entry import entry_key, token_key
from archive.store.folder import FolderStore
from config.errors import ConfigError
from config.home import Timestamps
from tests.services.timestamp_authority import timestamp_authority


@pytest.fixture(scope="module")
def server():
    with timestamp_authority() as server:
        yield server


@pytest.fixture
def authority(server, monkeypatch):
    monkeypatch.setattr(timestamps, "REST_SECONDS", 0.0)
    server.mode = "good"
    return server


@pytest.fixture
def log(authority, tmp_path):
    store = FolderStore(tmp_path / "store")
    return WitnessLog(store, tmp_path / "keys", Timestamps(authority=authority.url, ca_file=str(authority.ca_file)))


def append(log, name):
    log.store.put_bytes(name, b"x")
    return log.append(name, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", 1)


def test_each_entry_gets_a_token_that_openssl_accepts(log, authority):
    for name in "ab":
        append(log, name)
    assert log.verify().ok
    assert log.verify().untimestamped == ()
    folder = log.store.path
    verify = [
        "openssl",
        "ts",
        "-verify",
        "-data",
        folder / entry_key(2),
        "-in",
        folder / token_key(2),
        "-CAfile",
        authority.ca_file,
    ]
    assert subprocess.run(verify, capture_output=True).returncode == 0


@pytest.mark.parametrize("mode", ["error", "garbage", "replay"])
def test_a_bad_authority_does_not_lose_the_seal(log, authority, mode, tmp_path):
    append(log, "a")
    authority.mode = mode
    entry = append(log, "b")
    report = log.verify()
    assert report.ok
    assert report.untimestamped == (entry.seq,)
    authority.mode = "good"
    append(log, "c")
    assert log.verify().untimestamped == ()


def test_an_authority_that_is_down_rests(tmp_path, monkeypatch):
    with timestamp_authority() as gone:
        settings = Timestamps(authority=gone.url, ca_file=str(tmp_path / "root.pem"))
        (tmp_path / "root.pem").write_bytes(gone.ca_file.read_bytes())
    log = WitnessLog(FolderStore(tmp_path / "store"), tmp_path / "keys", settings)
    append(log, "a")
    assert log.authority.resting
    append(log, "b")
    assert log.verify().untimestamped == (1, 2)


def test_a_token_for_other_bytes_is_a_problem(log):
    append(log, "a")
    append(log, "b")
    token = (log.store.path / token_key(1)).read_bytes()
    (log.store.path / token_key(2)).unlink()
    (log.store.path / token_key(2)).write_bytes(token)
    (problem,) = log.verify().problems
    assert "timestamp of log entry 2 is wrong" in problem


def test_a_damaged_token_is_a_problem(log):
    append(log, "a")
    path = log.store.path / token_key(1)
    for damaged in (b"", b"garbage", path.read_bytes()[:-100], path.read_bytes()[:-10] + b"0123456789"):
        path.unlink()
        path.write_bytes(damaged)
        assert len(log.verify().problems) == 1, damaged[:20]


def test_a_token_by_somebody_else_is_a_problem(log, tmp_path):
    append(log, "a")
    with timestamp_authority() as other:
        settings = Timestamps(authority=log.authority.url, ca_file=str(other.ca_file))
        report = WitnessLog(log.store, tmp_path / "keys", settings).verify()
    assert len(report.problems) == 1


def test_without_an_authority_tokens_are_counted_as_unchecked(log, tmp_path):
    append(log, "a")
    report = WitnessLog(log.store, tmp_path / "keys", Timestamps()).verify()
    assert (report.ok, report.unchecked) == (True, 1)


def test_an_unreadable_ca_file_is_a_configuration_error(log, tmp_path, authority):
    settings = Timestamps(authority=authority.url, ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match="certificates"):
        append(WitnessLog(log.store, tmp_path / "keys", settings), "a")
