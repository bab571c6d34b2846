"""A store that somebody waits for: once it does not answer, nobody else waits for it in the next moments."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.store.base import ObjectStat, Store, StoreUnavailable

REST = 10.0
"""Seconds in which a store that did not answer is not asked again: a page asks it several times."""


class Hurried:
    """`store`, for pages. Only reading is hurried: what is written is tried as ever."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.name = store.name
        self._until = 0.0

    def put_file(self, key: str, path: Path, *, sha256: str) -> ObjectStat:
        """See `Store`."""
        return self._store.put_file(key, path, sha256=sha256)

    def put_bytes(self, key: str, data: bytes) -> ObjectStat:
        """See `Store`."""
        return self._store.put_bytes(key, data)

    @contextmanager
    def open(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[BinaryIO]:
        """See `Store`."""
        with ExitStack() as opened:
            with self._watched(key):
                stream = opened.enter_context(self._store.open(key, offset, length))
            yield stream

    def stat(self, key: str) -> ObjectStat:
        """See `Store`."""
        with self._watched(key):
            return self._store.stat(key)

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """See `Store`."""
        return self._store.list(prefix)

    @contextmanager
    def _watched(self, key: str) -> Iterator[None]:
        if time.monotonic() < self._until:
            raise StoreUnavailable("the store did not answer a moment ago", where=f"{key} in {self.name}")
        try:
            yield
        except StoreUnavailable:
            self._until = time.monotonic() + REST
            raise
