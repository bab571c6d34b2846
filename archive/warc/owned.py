"""A stream out of a context manager, which ends when the stream is closed."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from typing import BinaryIO


class _Owned(io.RawIOBase):
    def __init__(self, context: AbstractContextManager[BinaryIO]) -> None:
        super().__init__()
        self._context = context
        self._stream = context.__enter__()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._context.__exit__(None, None, None)
        super().close()


def owned(context: AbstractContextManager[BinaryIO]) -> BinaryIO:
    """The stream that `context` gives, entered now; buffered."""
    return io.BufferedReader(_Owned(context), 256 * 1024)
