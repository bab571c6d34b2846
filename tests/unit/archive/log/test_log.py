"""The witness log, on a real folder store, by several processes, and read by openssl."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys

import msgspec
import pytest

from archive.keys import KEY_FILE
from archive.log import HEAD_FILE, LogDamaged, WitnessLog
from archive.log_entry import entry_bytes, entry_key, signed_bytes
from archive.store.folder import FolderStore
from config.errors import ConfigError
from config.home import Timestamps

NONE = Timestamps()


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path / "store")


@pytest.fixture
def log(store, tmp_path):
    return WitnessLog(store, tmp_path / "keys", NONE)


def witness(log, number):
    data = b"%d" % number
    log.store.put_bytes(f"warc/{number}", data)
    return log.append(f"warc/{number}", hashlib.sha256(data).hexdigest(), len(data))


def replace(store, key, data):
    """What only somebody with access to the disk can do."""
    path = store.path / key
    path.unlink()
    if data is not None:
        path.write_bytes(data)


def test_entries_form_a_chain(log, store):
    entries = [witness(log, number) for number in range(5)]
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5]
    previous = "0" * 64
    for entry in entries:
        data = (store.path / entry_key(entry.seq)).read_bytes()
        members = json.loads(data)
        assert data == json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
        assert members["previous"] == previous
        previous = hashlib.sha256(data).hexdigest()
    assert list(log.entries()) == entries
    report = log.verify()
    assert report.ok
    assert (report.entries, report.head, report.untimestamped) == (5, 5, ())
    assert report.signers == {entries[0].signer: 5}


def test_openssl_verifies_a_signature(log, store, tmp_path):
    entry = witness(log, 1)
    members = json.loads((store.path / entry_key(1)).read_bytes())
    (tmp_path / "signature").write_bytes(bytes.fromhex(members.pop("signature")))
    (tmp_path / "signed").write_bytes(json.dumps(members, sort_keys=True, separators=(",", ":")).encode())
    public = store.path / f"log/keys/{entry.signer}.pem"
    verify = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        public,
        "-rawin",
        "-in",
        "signed",
        "-sigfile",
        "signature",
    ]
    assert subprocess.run(verify, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "signed").write_bytes((tmp_path / "signed").read_bytes().replace(b"warc/1", b"warc/2"))
    assert subprocess.run(verify, cwd=tmp_path, capture_output=True).returncode != 0
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", public, "-outform", "DER"], capture_output=True, check=True
    ).stdout
    assert hashlib.sha256(der).hexdigest() == entry.signer


def test_a_resend_is_no_second_entry(log, store, tmp_path):
    entries = [witness(log, number) for number in range(10)]
    again = WitnessLog(store, tmp_path / "keys", NONE)
    assert witness(again, 4) == entries[4]
    assert witness(log, 9) == entries[9]
    assert again.head() == 10


def test_the_head_is_found_without_a_hint(log, store, tmp_path):
    for count in range(1, 20):
        witness(log, count)
        (tmp_path / "keys" / HEAD_FILE).unlink(missing_ok=True)
        assert WitnessLog(store, tmp_path / "keys", NONE).head() == count


def test_the_head_is_found_cheaply(log, store, tmp_path, monkeypatch):
    for number in range(200):
        log._append(f"k{number}", "00", 1)
    asked = []
    real = FolderStore.stat
    monkeypatch.setattr(FolderStore, "stat", lambda self, key: asked.append(key) or real(self, key))
    (tmp_path / "keys" / HEAD_FILE).unlink()
    assert WitnessLog(store, tmp_path / "keys", NONE).head() == 200
    assert len(asked) <= 18
    asked.clear()
    assert log.head() == 200
    assert len(asked) == 1


def test_key_file(log, tmp_path):
    witness(log, 1)
    path = tmp_path / "keys" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.write_text("not a key")
    with pytest.raises(ConfigError, match="signing key"):
        WitnessLog(log.store, tmp_path / "keys", NONE).append("k", "00", 1)


def test_several_processes_append_at_once(store, tmp_path):
    code = """
import sys
from pathlib import Path
from archive.log import WitnessLog
from archive.store.folder import FolderStore
from config.home import Timestamps
root, name = sys.argv[1:]
log = WitnessLog(FolderStore(Path(root) / "store"), Path(root) / "keys", Timestamps())
for number in range(25):
    log.store.put_bytes(f"warc/{name}-{number}", b"x")
    log.append(f"warc/{name}-{number}", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", 1)
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(number)]) for number in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    log = WitnessLog(store, tmp_path / "keys", NONE)
    report = log.verify()
    assert report.problems == ()
    assert report.entries == 100
    assert len({entry.key for entry in log.entries()}) == 100
    assert len(report.signers) == 1, "all four use the key that was made first"


def test_killed_after_the_entry_the_resend_finds_it(store, tmp_path):
    code = f"""
from pathlib import Path
from archive.log import WitnessLog
from archive.store.folder import FolderStore
from config.home import Timestamps
root = Path({str(tmp_path)!r})
log = WitnessLog(FolderStore(root / "store"), root / "keys", Timestamps())
log.store.put_bytes("warc/a", b"a")
log.append("warc/a", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", 1)
"""
    killed = subprocess.run([sys.executable, "-c", code], env=os.environ | {"RECORDWATCH_FAULT": "log.appended"})
    assert killed.returncode == -signal.SIGKILL
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    report = WitnessLog(store, tmp_path / "keys", NONE).verify()
    assert (report.ok, report.entries) == (True, 1)


@pytest.fixture
def ten(log):
    for number in range(1, 11):
        witness(log, number)
    return log


def problems(log):
    return log.verify().problems


def test_a_changed_entry(ten, store):
    entry = list(ten.entries())[3]
    replace(store, entry_key(4), entry_bytes(msgspec.structs.replace(entry, at="1999-01-01T00:00:00.000000Z")))
    found = problems(ten)
    assert any("entry 4 has a wrong signature" in line for line in found)
    assert any("entry 5 does not continue entry 4" in line for line in found)


def test_a_removed_entry(ten, store):
    replace(store, entry_key(4), None)
    assert problems(ten) == ("log entry 4 is missing",)


def test_a_cut_off_end(ten, store):
    for seq in (9, 10):
        replace(store, entry_key(seq), None)
    (line,) = problems(ten)
    assert "ends at entry 8" in line
    assert "seen entry 10" in line


def test_an_end_written_anew_by_another_key(ten, store, tmp_path):
    replace(store, entry_key(10), None)
    forger = WitnessLog(store, tmp_path / "other", NONE)
    forger.append("warc/1", "ff", 1)
    assert any("entry 10 is not the one this home" in line for line in problems(ten))
    assert len(ten.verify().signers) == 2


def test_an_entry_that_is_no_entry(ten, store):
    replace(store, entry_key(4), b"{}")
    found = problems(ten)
    assert any("entry 4 can not be read" in line for line in found)


@pytest.mark.parametrize("seq", [8, 10])
def test_a_damaged_log_still_takes_entries_and_stays_damaged(ten, store, tmp_path, seq):
    replace(store, entry_key(seq), b"{}" if seq == 10 else None)
    again = WitnessLog(store, tmp_path / "keys", NONE)
    assert witness(again, 11).seq == 11
    assert problems(again)
    if seq == 10:
        with pytest.raises(LogDamaged, match="can not be read"):
            list(WitnessLog(store, tmp_path / "keys", NONE).entries())


def test_an_entry_in_another_place(ten, store):
    replace(store, entry_key(4), (store.path / entry_key(3)).read_bytes())
    assert any("entry 4 says that it is entry 3" in line for line in problems(ten))


def test_a_key_that_is_not_there(ten, store):
    signer = next(ten.entries()).signer
    replace(store, f"log/keys/{signer}.pem", b"-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n")
    assert len([line for line in problems(ten) if "does not hold" in line]) == 10


def test_missing_and_truncated_objects(ten, store):
    replace(store, "warc/3", None)
    replace(store, "warc/10", b"")
    found = problems(ten)
    assert "warc/3, witnessed by log entry 3, is missing from the store" in found
    assert "warc/10 has 0 bytes, log entry 10 witnessed 2" in found


def test_signed_bytes_leave_the_signature_out(ten):
    entry = next(ten.entries())
    assert b"signature" not in signed_bytes(entry)
