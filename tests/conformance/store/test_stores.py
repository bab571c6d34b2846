"""Each store against the one suite."""

from __future__ import annotations

import pytest

from archive.store.folder import FolderStore
from archive.store.s3 import S3Store
from tests.conformance.store.suite import StoreSuite


class TestFolder(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path):
        return FolderStore(tmp_path / "store")


class TestFolderOnAnotherFilesystem(StoreSuite):
    """The spool's file can not be linked, so it is copied."""

    many = 0

    @pytest.fixture
    def store(self, tmp_path, monkeypatch):
        monkeypatch.setattr(FolderStore, "_link", lambda *_: False)
        return FolderStore(tmp_path / "store")


class TestSwift(StoreSuite):
    many = 35

    @pytest.fixture
    def store(self, swift_server, monkeypatch):
        monkeypatch.setattr(S3Store, "page", 10)
        return S3Store(swift_server.config(prefix="some/home", part_bytes=1 << 20))


class TestSwiftOverTls(StoreSuite):
    many = 0

    @pytest.fixture
    def store(self, swift_tls):
        return S3Store(swift_tls.config(part_bytes=1 << 20))
