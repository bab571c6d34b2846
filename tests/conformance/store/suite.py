"""What every store does. A store plugs in with a class that gives a `store` fixture: an empty one."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from archive.store.base import ObjectExists, ObjectMissing, Store, StoreRefused

BAD_KEYS = [
    "",
    "/etc/passwd",
    "../outside",
    "a/../../outside",
    "a/./b",
    "a//b",
    "a/",
    ".hidden",
    "a/.hidden",
    "a\0b",
    "a\nb",
    "a\\b",
    "\ud800",
    "x" * 256,
    "/".join(["x" * 200] * 6),
]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(store: Store, key: str, offset: int = 0, length: int | None = None) -> bytes:
    with store.open(key, offset, length) as stream:
        return stream.read()


class StoreSuite:
    """Subclass, give `store`, and optionally `many` (objects in the listing test)."""

    many = 1100
    large = 2_700_000

    @pytest.fixture
    def store(self) -> Store:
        pytest.fail("a subclass gives the store")

    def test_bytes_come_back(self, store):
        kept = store.put_bytes("warc/copa/2026/a.warc.gz", b"abc")
        assert (kept.key, kept.size, kept.sha256) == ("warc/copa/2026/a.warc.gz", 3, sha(b"abc"))
        assert read(store, "warc/copa/2026/a.warc.gz") == b"abc"
        found = store.stat("warc/copa/2026/a.warc.gz")
        assert found.size == 3
        assert found.sha256 in {"", sha(b"abc")}

    def test_an_empty_object(self, store):
        store.put_bytes("empty", b"")
        assert store.stat("empty").size == 0
        assert read(store, "empty") == b""

    def test_a_file_comes_back_and_stays_where_it_was(self, store, tmp_path):
        path = tmp_path / "spool.warc.gz"
        data = bytes(range(256)) * (self.large // 256)
        path.write_bytes(data)
        kept = store.put_file("warc/big", path, sha256=sha(data))
        assert (kept.size, kept.sha256) == (len(data), sha(data))
        assert path.read_bytes() == data
        path.unlink()
        assert read(store, "warc/big") == data

    def test_ranges(self, store, tmp_path):
        path = tmp_path / "file"
        data = b"".join(n.to_bytes(4, "big") for n in range(self.large // 4))
        path.write_bytes(data)
        store.put_file("big", path, sha256=sha(data))
        for offset, length in [
            (0, 10),
            (1, None),
            (1_048_570, 20),
            (len(data) - 5, None),
            (len(data) - 5, 100),
            (7, 0),
        ]:
            end = None if length is None else offset + length
            assert read(store, "big", offset, length) == data[offset:end], (offset, length)
        assert read(store, "big", len(data)) == b""
        assert read(store, "big", len(data) + 10, 5) == b""
        with store.open("big", 100, 1_500_000) as stream:
            assert stream.read(7) == data[100:107]
            assert stream.read(1_400_000) == data[107:1_400_107]
        with pytest.raises(ValueError), store.open("big", -1):
            pass

    def test_missing(self, store):
        store.put_bytes("a/b", b"1")
        for key in ["nothing", "a", "a/b/c", "a/bb"]:
            for call in (store.stat, lambda key: read(store, key), lambda key: read(store, key, 5, 0)):
                with pytest.raises(ObjectMissing) as caught:
                    call(key)
                assert key in str(caught.value)
                assert store.name in str(caught.value)
                assert not caught.value.retryable

    def test_never_overwritten(self, store, tmp_path):
        store.put_bytes("k", b"first")
        path = tmp_path / "file"
        path.write_bytes(b"other")
        for put in (
            lambda: store.put_bytes("k", b"second, longer"),
            lambda: store.put_bytes("k", b"sames"),
            lambda: store.put_file("k", path, sha256=sha(b"other")),
        ):
            with pytest.raises(ObjectExists) as caught:
                put()
            assert "k" in caught.value.where
            assert not caught.value.retryable
        assert read(store, "k") == b"first"

    def test_a_large_file_never_overwrites(self, store, tmp_path):
        store.put_bytes("k", b"first")
        path = tmp_path / "file"
        path.write_bytes(b"x" * self.large)
        with pytest.raises(ObjectExists):
            store.put_file("k", path, sha256=sha(path.read_bytes()))
        assert read(store, "k") == b"first"

    def test_a_resend_is_success(self, store, tmp_path):
        for size in (100, self.large):
            path = tmp_path / str(size)
            path.write_bytes(b"y" * size)
            first = store.put_file(f"k{size}", path, sha256=sha(b"y" * size))
            assert store.put_file(f"k{size}", path, sha256=sha(b"y" * size)) == first
            assert store.stat(f"k{size}").size == size
        assert store.put_bytes("k100", b"y" * 100).sha256 == sha(b"y" * 100)

    def test_bytes_that_are_not_what_was_sealed_are_refused(self, store, tmp_path):
        for size in (100, self.large):
            path = tmp_path / str(size)
            path.write_bytes(b"z" * size)
            with pytest.raises(StoreRefused, match="SHA-256"):
                store.put_file(f"k{size}", path, sha256=sha(b"sealed"))
        assert list(store.list()) == []

    def test_one_of_many_writers_wins(self, store):
        outcomes = []
        start = threading.Barrier(6)

        def put(number):
            start.wait()
            try:
                store.put_bytes("race", b"%d" % number)
                outcomes.append(number)
            except ObjectExists:
                pass

        threads = [threading.Thread(target=put, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 1
        assert read(store, "race") == b"%d" % outcomes[0]

    def test_equal_writers_all_succeed(self, store):
        errors = []

        def put():
            try:
                store.put_bytes("same", b"equal")
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=put) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []

    def test_list_is_in_bytewise_key_order(self, store):
        keys = ["a-b", "a/b", "a/b-c", "a/c/d", "a0", "aé", "B", "a~", "warc/ü/1", "warc/z/1"]
        for key in keys:
            store.put_bytes(key, key.encode())
        ordered = sorted(keys, key=lambda key: key.encode())
        assert [item.key for item in store.list()] == ordered
        assert [item.size for item in store.list()] == [len(key.encode()) for key in ordered]
        for prefix in ["a", "a/", "a/b", "warc/", "nothing", "a/c/d", "a/c/dd"]:
            assert [item.key for item in store.list(prefix)] == [key for key in ordered if key.startswith(prefix)]

    def test_list_beyond_one_page(self, store):
        if self.many:
            work = iter(range(self.many))
            lock = threading.Lock()

            def put():
                while True:
                    with lock:
                        number = next(work, None)
                    if number is None:
                        return
                    store.put_bytes(f"many/{number:06d}", b"x")

            threads = [threading.Thread(target=put) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [item.key for item in store.list("many/")] == [f"many/{n:06d}" for n in range(self.many)]

    @pytest.mark.parametrize("key", BAD_KEYS, ids=repr)
    def test_keys_never_escape(self, store, tmp_path, key):
        path = tmp_path / "file"
        path.write_bytes(b"x")
        for call in (
            lambda: store.put_bytes(key, b"x"),
            lambda: store.put_file(key, path, sha256=sha(b"x")),
            lambda: store.stat(key),
            lambda: read(store, key),
        ):
            with pytest.raises(StoreRefused):
                call()

    def test_a_missing_source_file_is_no_store_error(self, store, tmp_path: Path):
        with pytest.raises(FileNotFoundError):
            store.put_file("k", tmp_path / "none", sha256=sha(b""))
