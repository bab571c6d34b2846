"""The store contract: sealed objects, written once, never changed. A folder and S3 both keep it.

Duties of an implementation:
- `put_file` and `put_bytes` create and never overwrite. An object of the same key with the same
  SHA-256 is success (a resend after a crash); with other content, ObjectExists. A reader never sees
  half an object. On return the object has been checked at the store (size and digest where the
  service keeps one) and, for a folder, fsynced with its directory.
- The service enforces Content-MD5 per part; SHA-256 is kept as object metadata.
- Errors are ObjectMissing, ObjectExists, StoreFull (permanent) or StoreUnavailable (retryable);
  each names key and store. Retries are the caller's (tenacity), not botocore's.
- Thread-safe; no method keeps more than one part in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from config.errors import RecordwatchError, RetryableError


class ObjectMissing(RecordwatchError):
    """There is no object with this key."""


class ObjectExists(RecordwatchError):
    """The key is taken by other content; nothing was written."""


class StoreFull(RecordwatchError):
    """The store has no room, or a quota is used up."""


class StoreRefused(RecordwatchError):
    """The store does not let us: wrong credentials, no such bucket, forbidden."""


class StoreUnavailable(RetryableError):
    """The store is down, slow, or cut the connection; nothing is known to be written."""


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """An object's key, bytes, and SHA-256 (lowercase hex) where the store knows it, else empty."""

    key: str
    size: int
    sha256: str


class Store(Protocol):
    """See the module's text for the duties."""

    name: str
    """For messages: the folder, or `s3://bucket/prefix`."""

    def put_file(self, key: str, path: Path, *, sha256: str) -> ObjectStat: ...

    def put_bytes(self, key: str, data: bytes) -> ObjectStat: ...

    def open(self, key: str, offset: int = 0, length: int | None = None) -> AbstractContextManager[BinaryIO]:
        """A stream over `length` bytes from `offset` (to the end when None). Raises ObjectMissing."""
        ...

    def stat(self, key: str) -> ObjectStat: ...

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """Every object whose key starts with `prefix`, in key order (bytewise)."""
        ...
