"""Parts of a file as bodies of requests, read from the disk as they are sent."""

from __future__ import annotations

import hashlib
import io
import os
from typing import Protocol

CHUNK = 1 << 20
MOST_PARTS = 10_000


class Digest(Protocol):
    """What hashlib gives."""

    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


class Piece(io.RawIOBase):
    """`length` bytes from `offset` of an open file, with a position of its own.

    Several pieces of one descriptor may be read at once; closing a piece leaves the file open.
    """

    def __init__(self, descriptor: int, offset: int, length: int) -> None:
        self._descriptor = descriptor
        self.offset = offset
        self.length = length
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.length}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        left = max(0, min(len(buffer), self.length - self._at))
        data = os.pread(self._descriptor, left, self.offset + self._at)
        memoryview(buffer)[: len(data)] = data
        self._at += len(data)
        return len(data)

    def digests(self, whole: Digest | None = None) -> tuple[Digest, bytes]:
        """(`whole`, or a new SHA-256, fed with this piece; MD5 of this piece). Rewinds."""
        whole = whole or hashlib.sha256()
        md5 = hashlib.md5(usedforsecurity=False)
        self.seek(0)
        while data := self.read(CHUNK):
            whole.update(data)
            md5.update(data)
        self.seek(0)
        return whole, md5.digest()


def split(descriptor: int, size: int, part_bytes: int) -> list[Piece]:
    """The file in parts of `part_bytes`, larger where there would be more parts than S3 allows."""
    step = max(part_bytes, -(-size // MOST_PARTS))
    return [Piece(descriptor, start, min(step, size - start)) for start in range(0, size, step)]
