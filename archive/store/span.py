"""A stretch of an open file as a stream."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO


class Span(io.RawIOBase):
    """At most `left` bytes of an open file."""

    def __init__(self, file: BinaryIO, left: int | None, errors: Callable[[], AbstractContextManager[None]]) -> None:
        self._file = file
        self._left = left
        self._errors = errors

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        size = len(buffer) if self._left is None else min(len(buffer), self._left)
        with self._errors():
            count = self._file.readinto(memoryview(buffer)[:size])  # type: ignore[attr-defined]
        if self._left is not None:
            self._left -= count
        return int(count)
