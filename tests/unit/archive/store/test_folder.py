"""What only a folder can get wrong: links, permissions, leftovers, full disks, odd filesystems."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import signal
import stat
import subprocess
import sys

import pytest

from archive.store import atomic
from archive.store.base import ObjectExists, ObjectMissing, StoreFull, StoreRefused, StoreUnavailable
from archive.store.choose import open_store
from archive.store.folder import FolderStore
from config import faults
from config.home import Home, Settings, StoreConfig


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path / "store")


@pytest.fixture
def spooled(tmp_path):
    path = tmp_path / "spool.warc.gz"
    path.write_bytes(b"x" * 3_000_000)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_sealed_objects_are_read_only(store, spooled):
    path, sha256 = spooled
    store.put_bytes("a", b"1")
    store.put_file("b", path, sha256=sha256)
    for key in "ab":
        assert stat.S_IMODE((store.path / key).stat().st_mode) == 0o444


def test_a_large_file_is_linked_not_copied(store, spooled):
    path, sha256 = spooled
    store.put_file("b", path, sha256=sha256)
    assert path.samefile(store.path / "b")
    assert list((store.path).glob(".incoming/*")) == []


def test_a_file_with_another_name_elsewhere_is_copied(store, spooled, tmp_path):
    path, sha256 = spooled
    os.link(path, tmp_path / "elsewhere")
    store.put_file("b", path, sha256=sha256)
    assert not path.samefile(store.path / "b")


def test_symbolic_links_lead_nowhere(store, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    store.put_bytes("a/b", b"1")
    (store.path / "evil").symlink_to(outside)
    (store.path / "a" / "evil").symlink_to(outside / "secret")
    with pytest.raises((StoreRefused, ObjectMissing)):
        store.put_bytes("evil/new", b"x")
    for key in ("evil/secret", "a/evil"):
        with pytest.raises((StoreRefused, ObjectMissing)), store.open(key):
            pass
    with pytest.raises((StoreRefused, ObjectExists)):
        store.put_bytes("a/evil", b"secret")
    assert sorted(os.listdir(outside)) == ["secret"]
    assert [item.key for item in store.list()] == ["a/b"]


@pytest.mark.parametrize("name", ["ENOSPC", "EDQUOT"])
def test_a_full_disk(store, monkeypatch, name, spooled):
    path, sha256 = spooled
    monkeypatch.setattr(faults, "_plan", {"store.part": [(1, name, True)]})
    monkeypatch.setattr(faults, "_passed", {})
    for put in (lambda: store.put_bytes("a", b"1"), lambda: store.put_file("b", path, sha256=sha256)):
        with pytest.raises(StoreFull) as caught:
            put()
        assert not caught.value.retryable
        assert str(store.path) in caught.value.where
    assert list(store.list()) == []
    monkeypatch.setattr(faults, "_plan", {})
    store.put_bytes("a", b"1")


def test_a_disk_that_fills_while_writing(tmp_path):
    """A real limit of the system: files may not grow beyond 100 kB."""
    code = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from pathlib import Path
from archive.store.base import StoreFull
from archive.store.folder import FolderStore
store = FolderStore(Path({str(tmp_path)!r}) / "store")
try:
    store.put_bytes("big", b"x" * 3_000_000)
except StoreFull:
    assert list(store.list()) == []
    assert list(store.path.glob(".incoming/*")) == []
    store.put_bytes("small", b"x")
    raise SystemExit(7)
"""
    assert subprocess.run([sys.executable, "-B", "-c", code]).returncode == 7


def test_a_failing_disk_may_pass(store, monkeypatch):
    monkeypatch.setattr(faults, "_plan", {"store.part": [(1, "EIO", False)]})
    monkeypatch.setattr(faults, "_passed", {})
    with pytest.raises(StoreUnavailable):
        store.put_bytes("a", b"1")
    store.put_bytes("a", b"1")


@pytest.mark.parametrize("point", ["store.part", "store.put", "store.verified"])
def test_killed_at_every_point(tmp_path, point, spooled):
    path, sha256 = spooled
    code = f"""
from pathlib import Path
from archive.store.folder import FolderStore
FolderStore(Path({str(tmp_path)!r}) / "store").put_file("warc/a", Path({str(path)!r}), sha256={sha256!r})
"""
    killed = subprocess.run([sys.executable, "-c", code], env=os.environ | {"RECORDWATCH_FAULT": point})
    assert killed.returncode == -signal.SIGKILL
    store = FolderStore(tmp_path / "store")
    before = list(store.list())
    assert before == [] if point == "store.part" else [item.size for item in before] == [3_000_000]
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
    path.unlink()
    with store.open("warc/a") as stream:
        assert hashlib.sha256(stream.read()).hexdigest() == sha256


def test_leftovers_are_removed_but_not_those_of_the_living(store):
    store.put_bytes("a", b"1")
    incoming = store.path / ".incoming"
    for name in ("old", "locked", "young"):
        (incoming / f"{name}.part").write_bytes(b"half")
    for name in ("old", "locked"):
        os.utime(incoming / f"{name}.part", (1, 1))
    with (incoming / "locked.part").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        FolderStore(store.path).put_bytes("b", b"2")
    assert sorted(os.listdir(incoming)) == ["locked.part", "young.part"]
    assert [item.key for item in store.list()] == ["a", "b"]


def test_filesystems_without_hard_links(store, spooled, monkeypatch):
    def no_links(*_, **__):
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    path, sha256 = spooled
    for renames in (True, False):
        if not renames:
            monkeypatch.setattr(atomic, "_rename_new", lambda *_: False)
        store.put_file(f"file-{renames}", path, sha256=sha256)
        store.put_bytes(f"bytes-{renames}", b"1")
        with pytest.raises(ObjectExists):
            store.put_bytes(f"bytes-{renames}", b"2")
        with (store.path / f"target-{renames}").open("xb"):
            pass
        (store.path / "source").write_bytes(b"new")
        folder = os.open(store.path, os.O_RDONLY)
        with pytest.raises(FileExistsError):
            atomic.link_new(store.path / "source", f"target-{renames}", folder)
        os.close(folder)
    assert list((store.path / ".incoming").iterdir()) == []


def test_devices_and_folders_are_no_objects(store):
    store.put_bytes("a/b", b"1")
    os.mkfifo(store.path / "pipe")
    for key in ("pipe", "a"):
        with pytest.raises(ObjectMissing), store.open(key):
            pass
        with pytest.raises(ObjectExists):
            store.put_bytes(key, b"x")
    with pytest.raises(StoreRefused):
        store.put_bytes("a/b/c", b"x")


def test_choosing(tmp_path):
    assert isinstance(open_store(Home(tmp_path, Settings())), FolderStore)
    bucket = Home(tmp_path, Settings(store=StoreConfig(kind="s3", bucket="b", prefix="/x/")))
    assert open_store(bucket).name == "s3://b/x/"
